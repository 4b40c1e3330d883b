"""The trained networks that ship: their files, their scripts, and what they really do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.cells import CELLS, layers_of
from gru_core.forecast.events import Weights
from gru_core.forecast.problem import Problem
from gru_core.judgement.stability import Stability, analyse
from gru_core.shipped import make_before_after, make_home, make_pair, networks
from gru_core.shipped.networks import NAMES, network
from gru_core.training.choose import learner_of
from gru_core.training.run import run

Array = NDArray[np.float64]

#: How many steps the picture on Home shows before it begins again (`LAST` in hero.js).
SHOWN = 5000

#: The experiment of each network, as its script states it.
EXPERIMENTS = {"home": make_home.EXPERIMENT, **make_pair.EXPERIMENTS} | {
    f"{cell}-{stage}": make_before_after.EXPERIMENT.replace(cell=cell)
    for cell in make_before_after.CELLS
    for stage in ("before", "after")
}


# --- the files


@pytest.mark.parametrize("name", NAMES)
def test_the_script_writes_the_same_file(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    experiment, weights = network(name)
    assert experiment == EXPERIMENTS[name]
    kept = (networks.FOLDER / f"{name}.json").read_text(encoding="utf-8")
    monkeypatch.setattr(networks, "FOLDER", tmp_path)
    assert networks.write(name, experiment, weights).read_text(encoding="utf-8") == kept


def test_unpacked_weights_are_exact() -> None:
    weights = {"a": np.float32([[0.1, -1e-38], [np.pi, 3e38]]), "b": np.float32([[1.0]])}
    read = networks.unpacked(networks.packed(weights))
    for name, values in weights.items():
        assert read[name].dtype == np.float32
        np.testing.assert_array_equal(read[name], values)


def test_an_unknown_name_is_an_error_with_all_names() -> None:
    with pytest.raises(KeyError, match=r"no shipped network 'house'.*pair"):
        network("house")


def test_everything_that_ships_is_small() -> None:
    assert sum(path.stat().st_size for path in networks.FOLDER.glob("*.json")) < 400_000


# --- the scripts


def test_the_script_trains_the_network_on_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quick = make_home.EXPERIMENT.replace(epochs=1)
    monkeypatch.setattr(make_home, "EXPERIMENT", quick)
    monkeypatch.setattr(networks, "FOLDER", tmp_path)
    make_home.main()
    assert_trained("home", quick, capsys.readouterr().out)


def test_the_script_trains_both_pairs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quick = {name: each.replace(epochs=1) for name, each in make_pair.EXPERIMENTS.items()}
    monkeypatch.setattr(make_pair, "EXPERIMENTS", quick)
    monkeypatch.setattr(networks, "FOLDER", tmp_path)
    make_pair.main()
    printed = capsys.readouterr().out
    for name, experiment in quick.items():
        assert_trained(name, experiment, printed)


def assert_trained(name: str, quick: Experiment, printed: str) -> None:
    experiment, weights = network(name)
    assert experiment == quick
    result = run(quick)
    assert_equal(weights, result.checkpoint.kept(quick.keep)[1])
    assert f"{result.scores['rmse']:.4f}" in printed


def test_the_script_stores_each_cell_before_and_after_its_training(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quick = make_before_after.EXPERIMENT.replace(epochs=1)
    monkeypatch.setattr(make_before_after, "EXPERIMENT", quick)
    monkeypatch.setattr(networks, "FOLDER", tmp_path)
    make_before_after.main()
    printed = capsys.readouterr().out
    for cell in make_before_after.CELLS:
        experiment, before = network(f"{cell}-before")
        assert experiment == quick.replace(cell=cell)
        assert_equal(before, learner_of(Problem.of(experiment)).weights())
        after = network(f"{cell}-after").weights
        result = run(experiment)
        assert_equal(after, result.checkpoint.kept(experiment.keep)[1])
        assert f"{cell}: closed-loop RMSE {result.scores['rmse']:.4f}" in printed


def assert_equal(weights: Weights, expected: Weights) -> None:
    assert weights.keys() == expected.keys()
    for name, values in weights.items():
        np.testing.assert_array_equal(values, expected[name])


# --- what they do


def free_run(name: str, steps: int) -> tuple[Problem, Array]:
    """The closed loop of a network from the start of its holdout, in data units."""
    experiment, weights = network(name)
    problem = Problem.of(experiment)
    start = problem.parts.forecast_start
    return problem, problem.forecast_from(problem.forecaster(weights), start, steps)


def test_the_loop_on_home_follows_the_wave_as_long_as_it_is_shown() -> None:
    problem, forecast = free_run("home", SHOWN)
    start = problem.parts.forecast_start
    truth = np.sin((start + np.arange(SHOWN)) * 100 / 999)
    by_part = np.sqrt(np.square(forecast - truth).reshape(-1, 100).mean(axis=1))
    assert by_part[0] < 0.005  # on the holdout
    assert by_part.max() < 0.05


def judged(problem: Problem, generated: Array) -> Stability:
    period = 2 * np.pi / (100 / 599)
    return analyse(generated, problem.series.values, period, problem.parts.forecast_start)


def test_the_pair_locks_on() -> None:
    problem, forecast = free_run("pair", 2400)
    verdict = judged(problem, forecast)
    assert verdict.kind == "locks on"
    assert abs(verdict.phase) < 0.1  # degrees per cycle
    assert abs(verdict.phase_end) < 5  # degrees, after 64 cycles
    assert verdict.late == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("name", make_pair.EXPERIMENTS)
def test_a_pair_falls_onto_one_cycle_from_all_over_the_square(name: str) -> None:
    experiment, weights = network(name)
    assert experiment.feedback == "state"
    [layer] = layers_of(weights)
    readout, bias = (weights[f"linear.{part}"].ravel().astype(float) for part in ("weight", "bias"))
    corners = np.linspace(-0.9, 0.9, 7)
    h = np.stack(np.meshgrid(corners, corners), axis=-1).reshape(1, -1, 2)
    step = CELLS["gru"][1]
    for _ in range(3000):
        h = step((h @ readout + bias)[..., None], h[None], layer)[0]
    ends = []
    for _ in range(38):
        ends.append(h[0])
        h = step((h @ readout + bias)[..., None], h[None], layer)[0]
    # Each start has come near every point of the first start's cycle.
    cycle, others = np.array(ends)[:, 0], np.array(ends)  # (38, 2), (38, 49, 2)
    distance = np.linalg.norm(cycle[:, None, None] - others[None], axis=-1).min(axis=1)  # (38, 49)
    size = np.ptp(cycle, axis=0).max()
    assert size > 0.5
    assert distance.max() < 0.1 * size


def test_trained_one_step_ahead_the_same_pair_drifts() -> None:
    ours, other = (network(name).experiment for name in ("pair", "pair-one-step"))
    assert other == ours.replace(objective="one-step", batch_size=other.batch_size)
    assert Problem.of(ours).steps_per_epoch == Problem.of(other).steps_per_epoch
    problem, forecast = free_run("pair-one-step", 2400)
    verdict = judged(problem, forecast)
    assert verdict.kind == "drifts"
    assert 10 < verdict.phase < 20  # degrees per cycle, ahead
    assert verdict.phase_end > 2 * 360  # degrees, after 64 cycles


# --- how far gradients reach


def gradient_norm(name: str, back: int) -> float:
    """‖∂h(t)/∂h(t−k)‖ with k = `back`, by differences, from the NumPy cells."""
    experiment, weights = network(name)
    problem = Problem.of(experiment)
    parts, step = CELLS[experiment.cell]
    [layer] = layers_of(weights)
    size = experiment.hidden_size

    def read(states: Array, values: Array) -> Array:
        for x in values:
            states = step(np.full((1, states.shape[2], 1), x), states, layer)
        return states

    window = problem.context
    older = read(np.zeros((parts, 1, 1, size)), window[:-back]).repeat(size, axis=2)
    ends = []
    for small in (1e-5, -1e-5):
        moved = older.copy()
        moved[0, 0] += small * np.eye(size)
        ends.append(read(moved, window[-back:])[0, 0])
    return float(np.linalg.norm((ends[0] - ends[1]) / 2e-5, 2))


@pytest.mark.parametrize("cell", make_before_after.CELLS)
def test_the_printed_gradients_are_those_of_the_numpy_cells(cell: str) -> None:
    for back in (1, 10, 20):
        name = f"{cell}-after"
        experiment, weights = network(name)
        printed = make_before_after.reach(Problem.of(experiment), weights, back)
        assert printed == pytest.approx(gradient_norm(name, back), rel=1e-3)


@pytest.mark.parametrize("cell", make_before_after.CELLS)
def test_training_makes_gradients_reach_further(cell: str) -> None:
    for back in (10, 20, 30, 38):
        before, after = (gradient_norm(f"{cell}-{stage}", back) for stage in ("before", "after"))
        assert after > 10 * before
    assert gradient_norm(f"{cell}-before", 38) < 1e-6


def test_the_gradients_of_the_trained_gru_reach_furthest() -> None:
    reach = {cell: gradient_norm(f"{cell}-after", 38) for cell in make_before_after.CELLS}
    assert reach["gru"] > 1e-3
    assert reach["gru"] > 10 * max(reach["lstm"], reach["rnn"])
