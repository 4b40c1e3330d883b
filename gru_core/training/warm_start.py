"""The readout solved exactly, before any training."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from gru_core.training.network import Network, window_scale

__all__ = ["solve_readout"]

#: The ridge penalties that are tried, as shares of the mean square of a hidden unit.
PENALTIES = tuple(10.0**e for e in range(-9, 3))

Windows = tuple[Tensor, ...]


@torch.no_grad()
def solve_readout(network: Network, train: Windows, validation: Windows, at_once: int) -> None:
    """Fit each member's readout by ridge regression on its last hidden state after each window.

    The recurrent weights stay random. This is an echo state network (Jaeger 2001) with a GRU as
    the reservoir. All members share one penalty: the one with the smallest one-step error on the
    validation part, or on the training part if there is no validation part.

    The windows are encoded in blocks, and no block is kept. So a long series and long windows need
    no more memory than short ones.

    Args:
        network: its readout is overwritten.
        train, validation: windows (N, W) and targets (N, k). Only the first target is used.
        at_once: how many windows a block has.
    """
    gram, moment = _sums(network, train, at_once)
    solutions = [_solved(gram[m], moment[m]) for m in range(network.members)]  # (P, size, 1) each
    by_penalty = torch.stack(solutions, dim=1)  # (P, K, size, 1)
    errors = torch.zeros(len(PENALTIES), dtype=torch.float64)
    judged = validation if len(validation[1]) else train
    for states, targets in _blocks(network, judged, at_once):
        for p, solution in enumerate(by_penalty):
            errors[p] += (states @ solution - targets).square().sum()
    errors[~errors.isfinite()] = torch.inf  # for this penalty there is no solution
    if errors.isinf().all():  # there is nothing to learn, for example on a constant series
        return
    best = by_penalty[errors.argmin()]
    network.set_readout(best[:, :-1].transpose(1, 2), best[:, -1])


def _sums(network: Network, windows: Windows, at_once: int) -> tuple[Tensor, Tensor]:
    """The sums of the states' products with each other and with the targets, over all windows.

    The shapes are (K, size, size) and (K, size, 1).
    """
    gram, moment = None, None
    for states, targets in _blocks(network, windows, at_once):
        products, with_targets = states.mT @ states, states.mT @ targets
        gram = products if gram is None else gram.add_(products)
        moment = with_targets if moment is None else moment.add_(with_targets)
    assert gram is not None
    assert moment is not None
    return gram, moment


def _solved(gram: Tensor, moment: Tensor) -> Tensor:
    """One member's weights for each penalty: (P, size, 1); NaN where there is no solution."""
    diagonal = gram.diagonal().clone()
    penalty = diagonal[:-1].mean() * torch.ones_like(diagonal)
    penalty[-1] = 0.0  # the bias is free
    solutions = []
    for share in PENALTIES:
        gram.diagonal().copy_(diagonal + share * penalty)  # in place: a matrix can be large
        solution, failed = torch.linalg.solve_ex(gram, moment)
        solutions.append(torch.full_like(solution, torch.nan) if failed else solution)
    gram.diagonal().copy_(diagonal)
    return torch.stack(solutions)


def _blocks(network: Network, windows: Windows, at_once: int) -> Iterator[tuple[Tensor, Tensor]]:
    """What the readout reads (K, B, h + 1), and the next values (K or 1, B, 1), block by block.

    The readout reads the last hidden state and a 1 for the bias. With a linear path the window
    stands between them: (K, B, h + W + 1).
    """
    inputs, targets = (torch.split(part, at_once) for part in windows)
    for block, values in zip(inputs, targets, strict=True):
        x = block.expand(network.members, *block.shape)
        next_values = values[None, :, :1]
        if network.floor is not None:
            level, scale = window_scale(x, network.floor)
            x, next_values = (x - level) / scale, (next_values - level) / scale
        h = network.encode(x)[-1][0]
        if network.path:
            h = torch.cat([h, x], dim=-1)
        ones = h.new_ones(*h.shape[:2], 1)
        # In double precision, because on a clean wave the states are nearly collinear. On the CPU,
        # because Apple's GPUs have no double precision.
        yield torch.cat([h, ones], dim=-1).cpu().double(), next_values.cpu().double()
