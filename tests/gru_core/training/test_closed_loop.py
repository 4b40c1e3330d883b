"""Training for the closed loop: its loss, its members, per-window normalization, the warm start."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from gru_core import Experiment, run
from gru_core.forecast.cells import CELLS
from gru_core.forecast.events import EpochEnd, Finished
from gru_core.forecast.problem import Problem
from gru_core.forecast.windows import window_scale
from gru_core.training.loop import train
from gru_core.training.network import Network
from gru_core.training.schedule import Schedule
from gru_core.training.warm_start import PENALTIES, solve_readout

Array = NDArray[np.float64]

SMALL = Experiment(
    points=80,
    window=6,
    hidden_size=5,
    epochs=3,
    batch_size=16,
    objective="closed-loop",
    loop_steps=4,
    curriculum=False,
)
LOOPS = [
    {"feedback": feedback, "normalization": normalization}
    for feedback, normalization in product(("window", "state"), ("none", "standard", "window"))
]
every_loop = pytest.mark.parametrize("loop", LOOPS, ids=lambda o: "-".join(o.values()))


# --- the objective


@every_loop
def test_the_loss_is_the_squared_error_of_the_forecasts_from_every_start(
    loop: dict[str, str],
) -> None:
    """One batch holds every window, so the first loss belongs to the first weights."""
    experiment = SMALL.replace(**loop, epochs=1, batch_size=4096)
    result = run(experiment)
    problem = Problem.of(experiment)
    inputs, targets = problem.train
    untrained = problem.forecaster(first_weights(experiment, problem))
    losses = np.square(untrained.closed_loop(inputs, 4) - targets)
    assert result.history["train_loss"][0] == pytest.approx(losses.mean(), rel=1e-4)


def first_weights(experiment: Experiment, problem: Problem) -> dict[str, NDArray[np.float32]]:
    return Network(
        experiment.cell,
        experiment.hidden_size,
        experiment.layers,
        seed=experiment.seed,
        members=experiment.members,
        floor=problem.normalization.floor,
    ).weights()


@every_loop
def test_the_validation_loss_is_that_of_the_kept_network(loop: dict[str, str]) -> None:
    result = run(SMALL.replace(**loop, validation=0.3))
    inputs, targets = result.problem.validation
    assert targets.shape[1] == 4
    loss = np.square(result.forecaster.closed_loop(inputs, 4) - targets).mean()
    assert result.history["val_loss"][result.kept_epoch - 1] == pytest.approx(loss, rel=1e-3)


def test_every_window_has_all_its_targets_in_the_training_part() -> None:
    problem = Problem.of(SMALL.replace(normalization="none"), np.arange(80.0))
    inputs, targets = problem.train
    parts = problem.parts
    assert_array_equal(targets[:, 0], np.arange(6, parts.train_end - 3))
    assert_array_equal(targets[0], [6, 7, 8, 9])
    assert_array_equal(inputs[:, -1], targets[:, 0] - 1)
    assert targets.max() == parts.train_end - 1


def test_a_loop_too_long_for_the_series_is_shortened_with_a_notice() -> None:
    result = run(SMALL.replace(loop_steps=500))
    assert result.problem.loop_steps == result.parts.train_windows // 2
    assert "loop steps were lowered from 500 to" in result.notices[0]


def test_a_curriculum_begins_with_one_step_and_ends_with_all() -> None:
    schedule = Schedule(Problem.of(SMALL.replace(curriculum=True, epochs=10, loop_steps=8)))
    steps = [schedule.batches(epoch)[0].loop_steps for epoch in range(1, 11)]
    assert steps == sorted(steps)
    assert steps[0] <= 2
    assert steps[4:] == [8] * 6


def test_training_through_the_loop_lowers_the_error_of_the_loop() -> None:
    """On this series a network trained one step ahead forecasts badly in the closed loop."""
    base = Experiment(
        signal="mackey-glass", points=500, window=20, hidden_size=16, epochs=25, horizon=25
    )
    one = run(base.replace(objective="one-step", feedback="state"))
    loop = run(base.replace(objective="closed-loop", feedback="state", loop_steps=16))
    inputs, targets = loop.problem.validation
    errors = [
        np.square(result.forecaster.closed_loop(inputs, 16) - targets).mean()
        for result in (one, loop)
    ]
    assert errors[1] < 0.7 * errors[0]


@every_loop
@pytest.mark.parametrize("layers", [1, 2])
def test_training_lowers_the_loss_of_the_textbook_form(loop: dict[str, str], layers: int) -> None:
    experiment = SMALL.replace(**loop, cell="gru-textbook", layers=layers, epochs=15)
    losses = run(experiment).history["train_loss"].to_numpy()
    assert losses[-1] < 0.5 * losses[0]


# --- members


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [1, 2])
def test_each_member_is_the_network_that_is_trained_alone_with_its_seed(
    cell: str, layers: int
) -> None:
    experiment = SMALL.replace(
        cell=cell, layers=layers, feedback="state", shuffle=False, keep="last", clip=0.05
    )
    together = run(experiment.replace(members=3)).checkpoint.weights
    for m in range(3):
        alone = run(experiment.replace(seed=m)).checkpoint.weights
        for name, array in alone.items():
            assert_allclose(together[name][m], array[0], rtol=0, atol=2e-5, err_msg=name)


def test_the_forecast_is_the_mean_of_the_members() -> None:
    result = run(SMALL.replace(members=3))
    problem, parts = result.problem, result.parts
    paths = result.forecaster.paths(problem.context[None], parts.horizon)
    assert paths.shape == (3, 1, parts.horizon)
    assert np.ptp(paths, axis=0).min() > 0
    expected = problem.normalization.undo(paths.mean(axis=0)[0])
    assert_allclose(result.forecast["forecast"], expected, rtol=0, atol=1e-4)


def test_members_can_be_continued() -> None:
    first = run(SMALL.replace(members=2))
    more = run(SMALL.replace(members=2), resume=first)
    assert list(more.history["epoch"]) == [1, 2, 3, 4, 5, 6]


# --- per-window normalization


@given(
    level=st.floats(-1e3, 1e3),
    scale=st.floats(0.01, 1e3),
    feedback=st.sampled_from(["window", "state"]),
)
@settings(max_examples=15)
def test_the_forecast_follows_level_and_scale(level: float, scale: float, feedback: str) -> None:
    values = np.sin(np.arange(80.0)) + 0.03 * np.arange(80.0)
    experiment = SMALL.replace(normalization="window", feedback=feedback, epochs=1)
    plain = run(experiment, values).forecast["forecast"]
    moved = run(experiment, level + scale * values).forecast["forecast"]
    assert_allclose((moved - level) / scale, plain, rtol=0, atol=2e-2)


def test_a_trend_is_followed_beyond_the_values_in_training() -> None:
    t = np.arange(240.0)
    values = 0.1 * t + np.sin(2 * np.pi * t / 12)
    base = Experiment(window=24, hidden_size=24, epochs=40, holdout=0.1, learning_rate=0.01)
    errors = {
        normalization: run(base.replace(normalization=normalization), values).scores["mae"]
        for normalization in ("standard", "window")
    }
    assert errors["window"] < 0.5 * errors["standard"]


def test_window_scale_is_smooth_and_never_zero() -> None:
    windows = np.array([[1.0, 1.0, 1.0], [0.0, 3.0, 0.0]])
    level, scale = window_scale(windows, 0.1)
    assert_allclose(level[:, 0], [1, 1])
    assert_allclose(scale[:, 0], [0.1, np.sqrt(2 + 0.01)])


# --- the warm start


@pytest.mark.parametrize("cell", ["gru", "gru-textbook"])
def test_a_warm_start_forecasts_a_clean_sine_before_any_training(cell: str) -> None:
    result = run(Experiment(cell=cell, warm_start=True, epochs=1))
    untrained = result.forecasts_by_epoch[0]
    assert np.sqrt(np.square(untrained - result.forecast["actual"]).mean()) < 1e-3


@pytest.mark.parametrize("floor", [None, 0.2])
@pytest.mark.parametrize("members", [1, 2])
@pytest.mark.parametrize("path", [None, 8])
@pytest.mark.parametrize("at_once", [1000, 50, 7, 1])
def test_the_readout_is_the_ridge_solution(
    floor: float | None, members: int, path: int | None, at_once: int
) -> None:
    rng = np.random.default_rng(0)
    values = np.sin(0.3 * np.arange(90)) + 0.1 * rng.standard_normal(90)
    rows = np.lib.stride_tricks.sliding_window_view(values, 9)
    data = torch.tensor(rows, dtype=torch.float32)
    train, judged = (data[:50, :8], data[:50, 8:]), (data[50:, :8], data[50:, 8:])
    network = Network("gru", 6, seed=3, members=members, floor=floor, path=path)
    before = network.weights()

    solve_readout(network, train, judged, at_once)

    after = network.weights()
    for name in before:
        assert name.startswith(("linear.", "path.")) or (before[name] == after[name]).all()

    def states(inputs: torch.Tensor, targets: torch.Tensor) -> tuple[Array, Array]:
        windows, y = inputs.numpy().astype(float), targets.numpy().astype(float)
        level, scale = (0.0, 1.0) if floor is None else window_scale(windows, floor)
        x = torch.tensor((windows - level) / scale, dtype=torch.float32)
        with torch.no_grad():
            h = network.encode(x.expand(members, *x.shape))[-1][0].numpy().astype(float)
        read = [h, np.ones((*h.shape[:2], 1))]
        if path:
            read.insert(1, np.repeat(x.numpy()[None].astype(float), members, axis=0))
        return np.concatenate(read, axis=2), (y - level) / scale

    (H, y), (Hv, yv) = states(*train), states(*judged)
    parts = [
        after[name].swapaxes(1, 2) for name in ("linear.weight", "path.weight") if name in after
    ]
    solved = np.concatenate([*parts, after["linear.bias"][..., None]], 1)
    solutions = []
    for share in PENALTIES:
        fits = []
        for m in range(members):
            gram = H[m].T @ H[m]
            penalty = share * np.diag(gram)[:-1].mean() * np.diag([1.0] * (H.shape[2] - 1) + [0.0])
            fits.append(np.linalg.solve(gram + penalty, H[m].T @ y))
        solutions.append(np.stack(fits))
    best = min(solutions, key=lambda fit: np.square(Hv @ fit - yv).mean())
    assert_allclose(solved, best, rtol=1e-3, atol=1e-3)


def test_a_warm_start_is_kept_if_training_makes_it_worse() -> None:
    events = list(train(Experiment(points=200, warm_start=True, epochs=2, learning_rate=0.5)))
    end = events[-1]
    assert isinstance(end, Finished)
    assert min(e.val_loss for e in events if isinstance(e, EpochEnd)) > end.checkpoint.best_loss
    assert end.kept_epoch == 0


def test_a_warm_start_on_a_constant_series_is_no_error() -> None:
    result = run(Experiment(points=60, window=5, warm_start=True, epochs=1), np.full(60, 3.0))
    assert_allclose(result.forecasts_by_epoch[0], 3.0, atol=1e-3)


def test_a_warm_start_gives_a_notice() -> None:
    assert any(
        "readout was solved exactly" in n
        for n in Problem.of(SMALL.replace(warm_start=True)).notices
    )
