"""The readout solved exactly, before any training."""

from __future__ import annotations

import torch
from torch import Tensor

from gru_core.training.network import Network, window_scale

__all__ = ["solve_readout"]

#: The ridge penalties that are tried, as shares of the mean square of a hidden unit.
PENALTIES = tuple(10.0**e for e in range(-9, 3))

#: So many windows are encoded at once.
WINDOWS_AT_ONCE = 2048

Windows = tuple[Tensor, ...]


@torch.no_grad()
def solve_readout(network: Network, train: Windows, validation: Windows) -> None:
    """Fit each member's readout by ridge regression on its last hidden state after each window.

    The recurrent weights stay random. This is an echo state network (Jaeger 2001) with a GRU as
    the reservoir. All members share one penalty: the one with the smallest one-step error on the
    validation part, or on the training part if there is no validation part.

    Args:
        network: its readout is overwritten.
        train, validation: windows (N, W) and targets (N, k). Only the first target is used.
    """
    states, targets = _states(network, *train)
    judged = _states(network, *validation) if len(validation[1]) else (states, targets)
    size = states.shape[-1]
    gram = states.transpose(1, 2) @ states  # (K, h + 1, h + 1)
    moment = states.transpose(1, 2) @ targets  # (K, h + 1, 1)
    unit = gram.diagonal(dim1=1, dim2=2)[:, :-1].mean(dim=1)  # (K,)
    penalty = torch.eye(size, dtype=gram.dtype)
    penalty[-1, -1] = 0.0  # the bias is free
    best, least = None, torch.inf
    for share in PENALTIES:
        ridge = gram + share * unit.view(-1, 1, 1) * penalty
        solution, failed = torch.linalg.solve_ex(ridge, moment)
        error = (judged[0] @ solution - judged[1]).square().mean().item()
        if not failed.any() and error < least:
            best, least = solution, error
    if best is None:  # there is nothing to learn, for example on a constant series
        return
    network.set_readout(best[:, :-1].transpose(1, 2), best[:, -1])


def _states(network: Network, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """What the readout reads (K, N, h + 1), and the next values (K or 1, N, 1).

    The readout reads the last hidden state and a 1 for the bias. With a linear path the window
    stands between them: (K, N, h + W + 1).
    """
    x = inputs.expand(network.members, *inputs.shape)
    values = targets[None, :, :1]
    if network.floor is not None:
        level, scale = window_scale(x, network.floor)
        x, values = (x - level) / scale, (values - level) / scale
    # In parts, because PyTorch's loop keeps the states of every step and not only the last one.
    parts = torch.split(x, WINDOWS_AT_ONCE, dim=1)
    h = torch.cat([network.encode(part)[-1][0] for part in parts], dim=1)
    if network.path:
        h = torch.cat([h, x], dim=-1)
    ones = h.new_ones(*h.shape[:2], 1)
    # In double precision, because on a clean wave the states are nearly collinear. On the CPU,
    # because Apple's GPUs have no double precision.
    return torch.cat([h, ones], dim=-1).cpu().double(), values.cpu().double()
