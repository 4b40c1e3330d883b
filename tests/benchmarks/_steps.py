"""One training step: the compiled one and PyTorch's side by side, and the machine's own product."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from gru_core import Experiment
from gru_core.forecast.parameters import recurrent_parameters
from gru_core.forecast.problem import Problem
from gru_core.training.compiled_learner import CompiledLearner
from gru_core.training.learner import Learner
from gru_core.training.schedule import Schedule
from gru_core.training.torch_learner import TorchLearner
from tests.benchmarks._machine import quiet
from tests.benchmarks._table import Row, median

__all__ = ["steps"]

#: The compiled step should reach this share of the machine's own product of matrices.
SHARE = 0.5
#: A round of a learner takes so many seconds at least. The other learner has driven its arrays out
#: of the processor's cache. In a shorter round, most of the time would go into loading them again.
ROUNDS, SECONDS = 7, 0.05

_CLOSED: dict[str, Any] = {"objective": "closed-loop", "curriculum": False}
SHAPES: dict[str, Experiment] = {
    "default": Experiment(),
    "batch 119": Experiment(batch_size=119),
    "batch 710": Experiment(batch_size=710),
    "hidden 32, window 25, batch 64, 3 members": Experiment(
        hidden_size=32, window=25, batch_size=64, members=3
    ),
    "hidden 64, window 48, closed loop 24, state": Experiment(
        hidden_size=64, window=48, batch_size=64, feedback="state", loop_steps=24, **_CLOSED
    ),
    "closed loop 10, window": Experiment(batch_size=119, loop_steps=10, **_CLOSED),
    "LSTM, batch 119": Experiment(cell="lstm", batch_size=119),
    "RNN, batch 119": Experiment(cell="rnn", batch_size=119),
    "textbook GRU, batch 119": Experiment(cell="gru-textbook", batch_size=119),
    "2 layers, batch 119": Experiment(layers=2, batch_size=119),
}
#: Those that must reach SHARE: the default and four other shapes.
JUDGED = tuple(SHAPES)[:6]


def steps() -> tuple[list[Row], list[str]]:
    """Milliseconds of a step by both learners, and GFLOP/s against those of the machine.

    The learners alternate, and so does the product, so other work on the machine slows all three.
    """
    rows, notes = [], []
    for name, experiment in SHAPES.items():
        problem = Problem.of(experiment)
        compiled = CompiledLearner(problem)
        by_torch = TorchLearner(problem, torch.device("cpu"))
        ours, theirs, products = [], [], []
        quiet()
        with threadpool_limits(1, "blas"):
            _seconds(compiled), _seconds(by_torch)  # what a first step sets up
            for _ in range(ROUNDS):
                ours.append(_seconds(compiled))
                theirs.append(_seconds(by_torch))
                products.append(_product_flops())
        rate = _flops(problem) / min(ours)
        share = rate / max(products)
        judged = SHARE if name in JUDGED else None
        rows += [
            Row(f"{name}: compiled, median", 1e3 * median(ours), "ms"),
            Row(f"{name}: PyTorch, median", 1e3 * median(theirs), "ms"),
            Row(f"{name}: PyTorch / compiled", median(theirs) / median(ours), "x"),
            Row(f"{name}: compiled / the machine's product", share, "", least=judged),
        ]
        notes.append(f"{name}: {rate / 1e9:.0f} of {max(products) / 1e9:.0f} GFLOP/s at best")
    return rows, notes


def _seconds(learner: Learner) -> float:
    """The seconds of one step, as the mean of a round."""
    batch = Schedule(learner.problem).batches(1)[0]
    began, count = time.perf_counter(), 0
    while (passed := time.perf_counter() - began) < SECONDS:
        learner.step(batch, 1e-4)
        count += 1
    return passed / count


def _flops(problem: Problem) -> float:
    """The operations of a step in its products: forward, and twice as many backward."""
    e, W, S = problem.experiment, problem.parts.window, problem.loop_steps
    cells = W * S if e.feedback == "window" else W + S - 1
    return 3 * 2 * e.members * cells * recurrent_parameters(e) * problem.batch_size


def _product_flops(size: int = 512) -> float:
    """The operations a second of a product of two matrices in single precision."""
    a = np.random.default_rng(0).standard_normal((size, size)).astype(np.float32)
    out = np.empty_like(a)
    best = np.inf
    for _ in range(5):
        began = time.perf_counter()
        np.dot(a, a, out)
        best = min(best, time.perf_counter() - began)
    return 2 * size**3 / best
