"""The two learners: the compiled one makes the steps of PyTorch's, and each is chosen where due."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from threadpoolctl import threadpool_info, threadpool_limits

from gru_core import Experiment, run
from gru_core.forecast.events import Checkpoint, Finished
from gru_core.forecast.problem import Problem
from gru_core.training.choose import learner_of
from gru_core.training.compiled_learner import CompiledLearner, kernel
from gru_core.training.kernels.space import GUARD
from gru_core.training.learner import Learner
from gru_core.training.loop import train
from gru_core.training.schedule import OneCycle, Schedule
from gru_core.training.torch_learner import TorchLearner

SMALL = Experiment(points=160, window=8, hidden_size=6, epochs=5, horizon=20, noise=0.1)
CPU = torch.device("cpu")
LOOP: dict[str, Any] = {"objective": "closed-loop", "loop_steps": 5}


def pair(experiment: Experiment) -> tuple[CompiledLearner, TorchLearner]:
    problem = Problem.of(experiment)
    return CompiledLearner(problem), TorchLearner(problem, CPU)


def assert_same(one: Learner, other: Learner, tolerance: float) -> None:
    for ours, theirs in ((one.weights(), other.weights()), (one.moments(), other.moments())):
        assert ours.keys() == theirs.keys()
        for name, values in ours.items():
            assert_allclose(values, theirs[name], atol=tolerance * (np.abs(values).max() or 1))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"clip": None},
        {"clip": 0.01},
        {"members": 3, "clip": 0.01},
        {"schedule": "constant", "learning_rate": 0.02},
        {"cell": "lstm", "layers": 2},
        {"batch_size": 50, "shuffle": False},  # the last batch is smaller
        {"feedback": "state", "normalization": "window", "linear_path": True, **LOOP},
        {"cell": "gru-textbook", "curriculum": True, **LOOP},
    ],
    ids=str,
)
def test_step_by_step_the_compiled_learner_does_what_pytorch_does(options: dict[str, Any]) -> None:
    """Each step begins at the same weights and moments, so that rounding cannot add up."""
    experiment = SMALL.replace(**options)
    compiled, by_torch = pair(experiment)
    schedule = Schedule(compiled.problem)
    assert_same(compiled, by_torch, 0.0)
    made = 0
    for epoch in range(1, 4):
        for batch in schedule.batches(epoch):
            rate = schedule.rate(made)
            assert_allclose(compiled.step(batch, rate), by_torch.step(batch, rate), rtol=1e-5)
            made += 1
            assert_same(compiled, by_torch, 2e-5)
            checkpoint = Checkpoint(
                epoch, by_torch.weights(), by_torch.moments(), made, by_torch.weights(), 0, 0.0
            )
            compiled = CompiledLearner(compiled.problem, checkpoint)
        assert_allclose(compiled.validation_loss(), by_torch.validation_loss(), rtol=1e-5)
        assert_allclose(compiled.glance(), by_torch.glance(), atol=1e-4)


@pytest.mark.parametrize("steps", [1, 2, 9, 10, 600])
def test_the_one_cycle_rate_is_that_of_pytorch_to_the_last_bit(steps: int) -> None:
    optimizer = torch.optim.Adam([torch.zeros(1, requires_grad=True)], lr=0.3)
    theirs = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=0.3,
        total_steps=steps + 1,
        pct_start=max(0.1, min(1.0, 2 / (steps + 1))),
        cycle_momentum=False,
    )
    ours = OneCycle(0.3, steps)
    for step in range(steps):
        assert ours(step) == theirs.get_last_lr()[0]
        optimizer.step()
        theirs.step()


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({}, "compiled"),
        ({"layers": 2}, "compiled"),
        ({"layers": 2, "dropout": 0.2}, "torch"),
        ({"batch_size": 1}, "torch"),
    ],
    ids=str,
)
def test_the_steps_are_compiled_wherever_they_can_be(options: dict[str, Any], kind: str) -> None:
    assert learner_of(Problem.of(SMALL.replace(**options))).kind == kind


def test_the_lesson_is_left_to_pytorch() -> None:
    assert learner_of(Problem.of(Experiment.lesson())).kind == "torch"


def test_a_run_says_who_made_its_steps() -> None:
    assert run(SMALL).learner == "compiled"
    assert run(SMALL.replace(layers=2, dropout=0.5)).learner == "torch"


def test_every_blas_has_kernel_in_a_step() -> None:
    """NumPy and SciPy each bring one. The compiled products use SciPy's."""
    run(SMALL)
    with threadpool_limits(2, "blas"), kernel():
        threads = {one["filepath"]: one["num_threads"] for one in _blas_info()}
    assert len(threads) >= 2
    assert set(threads.values()) == {1}


def test_numbers_too_small_for_full_precision_count_as_zero_in_a_step() -> None:
    """Processors are a hundred times slower with them, and long windows make many."""
    learner = CompiledLearner(Problem.of(Experiment(points=700, window=200, epochs=1)))
    schedule = Schedule(learner.problem)
    learner.step(schedule.batches(1)[0], schedule.rate(0))
    sizes = np.abs(learner._spaces[True].gates)  # of the gradients of all steps, after a pass back
    sizes = sizes[sizes != 0]
    assert sizes.min() < 1e-30
    assert sizes.min() >= np.finfo(np.float32).tiny
    assert np.float32(1e-40) * np.float32(1) > 0  # outside, they are what they were


def _blas_info() -> list[dict[str, Any]]:
    return [one for one in threadpool_info() if one["user_api"] == "blas"]


@pytest.mark.parametrize("options", [{}, {"members": 2, "layers": 2}, LOOP], ids=str)
def test_the_same_seed_gives_the_same_bits(options: dict[str, Any]) -> None:
    first, second = run(SMALL.replace(**options)), run(SMALL.replace(**options))
    for name, weights in first.checkpoint.weights.items():
        assert_array_equal(weights, second.checkpoint.weights[name])
    assert_array_equal(first.forecast["forecast"], second.forecast["forecast"])


def test_the_arrays_of_a_learner_lie_far_from_each_other() -> None:
    """Else the bits would depend on where they lie; see `GUARD`."""
    learner, _ = pair(SMALL.replace(layers=2))
    learner.step(Schedule(learner.problem).batches(1)[0], 0.1)
    learner.validation_loss()
    arrays = [value for value in vars(learner).values() if isinstance(value, np.ndarray)]
    assert len(arrays) == 4  # the weights, their gradients, and two moments
    arrays += [array for space in learner._spaces.values() for array in space if array.size]
    ends = sorted((array.ctypes.data, array.ctypes.data + array.nbytes) for array in arrays)
    assert all(start - end >= 4 * GUARD for (_, end), (start, _) in pairwise(ends))


def test_a_resumed_run_goes_on_with_the_same_bits() -> None:
    """Without a schedule that ends, two times two epochs are four epochs."""
    experiment = SMALL.replace(schedule="constant", epochs=4, members=2, keep="last")
    whole = list(train(experiment))[-1]
    half = list(train(experiment.replace(epochs=2)))[-1]
    assert isinstance(whole, Finished)
    assert isinstance(half, Finished)
    rest = list(train(experiment.replace(epochs=2), resume=half.checkpoint))[-1]
    assert isinstance(rest, Finished)
    for name, weights in whole.checkpoint.weights.items():
        assert_array_equal(weights, rest.checkpoint.weights[name])
    for name, moments in whole.checkpoint.moments.items():
        assert_array_equal(moments, rest.checkpoint.moments[name])


def test_the_network_and_the_compiled_steps_see_the_same_weights() -> None:
    learner, _ = pair(SMALL.replace(members=2, layers=2))
    other = {name: values + 1 for name, values in learner.weights().items()}
    learner.load(other)
    loss = learner.validation_loss()
    for name, values in learner.weights().items():
        assert_array_equal(values, other[name])
    learner.step(Schedule(learner.problem).batches(1)[0], 0.1)
    assert any((learner.weights()[name] != values).any() for name, values in other.items())
    assert learner.validation_loss() != loss


def test_a_loss_that_is_not_finite_stays_so_in_the_weights() -> None:
    learner, _ = pair(SMALL)
    weights = learner.weights()
    weights["rnn.weight_hh_l0"][0, 0, 0] = np.nan
    learner.load(weights)
    assert np.isnan(learner.step(Schedule(learner.problem).batches(1)[0], 0.1))
    assert not learner.finite
    assert np.isnan(learner.validation_loss())


def test_a_curriculum_keeps_the_arrays_of_one_length_only() -> None:
    learner, _ = pair(SMALL.replace(curriculum=True, epochs=10, **LOOP))
    schedule = Schedule(learner.problem)
    lengths = set()
    for epoch in range(1, 11):
        batch = schedule.batches(epoch)[0]
        learner.step(batch, 0.01)
        learner.validation_loss()
        lengths.add(batch.loop_steps)
        kept = [
            len(space.values) - learner.problem.parts.window for space in learner._spaces.values()
        ]
        assert kept == [batch.loop_steps, learner.problem.loop_steps]
    assert len(lengths) > 2
