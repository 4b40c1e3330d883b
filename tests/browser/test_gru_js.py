"""The forward pass in the browser, held to the NumPy cells and to the `Forecaster`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.cells import CELLS, GATES, layers_of
from gru_core.forecast.events import Weights
from gru_core.forecast.problem import Problem
from gru_core.shipped import networks
from gru_core.shipped.networks import packed
from pages.ui.network import described

Array = NDArray[np.float64]


def random_weights(experiment: Experiment) -> Weights:
    """Weights of the right shapes, large enough that gates open and close."""
    random = np.random.default_rng(experiment.hidden_size)
    hidden, rows = experiment.hidden_size, GATES[experiment.cell] * experiment.hidden_size
    shapes: dict[str, tuple[int, ...]] = {"linear.weight": (1, hidden), "linear.bias": (1,)}
    for k in range(experiment.layers):
        shapes |= {
            f"rnn.weight_ih_l{k}": (rows, hidden if k else 1),
            f"rnn.weight_hh_l{k}": (rows, hidden),
            f"rnn.bias_ih_l{k}": (rows,),
            f"rnn.bias_hh_l{k}": (rows,),
        }
    if experiment.linear_path:
        shapes["path.weight"] = (1, experiment.window)
    return {
        name: random.normal(0, 0.5, (experiment.members, *shape)).astype(np.float32)
        for name, shape in shapes.items()
    }


def in_browser(tab: Any, code: str, *arguments: Any) -> Any:
    """Run `code`, a function body, in the browser. It can use gru.js and model.js."""
    tab.open("/healthz")
    wrapped = (
        "async (given) => { const gru = await import('/assets/shared/gru.js');"
        " const { Model } = await import('/assets/shared/model.js');"
        f" return ((...given) => {{ {code} }})(...given) }}"
    )
    return tab.page.evaluate(wrapped, list(arguments))


FORECAST = "return new Model(given[0]).forecast(given[1], given[2]).values;"


#: Many options at once that change how a network forecasts.
MIXTURE = {
    "cell": "lstm",
    "layers": 2,
    "members": 2,
    "normalization": "window",
    "difference": 3,
    "linear_path": True,
    "feedback": "state",
}


def experiments() -> list[Any]:
    """One experiment for each option that changes how a network forecasts, and some mixtures."""
    base = {"points": 120, "hidden_size": 5, "window": 6, "horizon": 20}
    kinds = {
        **{cell: {"cell": cell} for cell in CELLS},
        **{f"{cell}, state": {"cell": cell, "feedback": "state"} for cell in CELLS},
        "layers": {"layers": 3},
        "members": {"members": 3},
        "raw values": {"normalization": "none"},
        "window normalization": {"normalization": "window"},
        "window normalization, state": {"normalization": "window", "feedback": "state"},
        "difference": {"difference": 1},
        "seasonal difference": {"difference": 7},
        "linear path": {"linear_path": True},
        "linear path, state": {"linear_path": True, "feedback": "state"},
        "all at once": MIXTURE,
    }
    return [pytest.param(Experiment(**base | kind), id=name) for name, kind in kinds.items()]


@pytest.mark.parametrize("experiment", experiments())
def test_the_browser_forecasts_like_the_core(
    new_tab: Any, server: Any, experiment: Experiment
) -> None:
    problem, weights = Problem.of(experiment), random_weights(experiment)
    start = problem.parts.forecast_start
    before = problem.series.values[:start].tolist()
    forecast = in_browser(new_tab(server), FORECAST, described(problem, weights), before, 20)
    expected = problem.forecast_from(problem.forecaster(weights), start, 20)
    np.testing.assert_allclose(forecast, expected, rtol=0, atol=1e-3)  # the core uses float32


@pytest.mark.parametrize("experiment", experiments())
def test_the_browser_predicts_one_step_like_the_core(
    new_tab: Any, server: Any, experiment: Experiment
) -> None:
    problem, weights = Problem.of(experiment), random_weights(experiment)
    starts = range(problem.parts.first, problem.parts.first + 10)
    values = problem.series.values.tolist()
    code = (
        "const m = new Model(given[0]); return given[1].map((s) => m.oneStep(given[2].slice(0, s)))"
    )
    predicted = in_browser(new_tab(server), code, described(problem, weights), list(starts), values)
    expected = problem.one_step(problem.forecaster(weights), starts.start, starts.stop)
    np.testing.assert_allclose(predicted, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_one_step_equals_the_numpy_cell(new_tab: Any, server: Any, cell: str) -> None:
    experiment = Experiment(points=120, cell=cell, hidden_size=6, layers=2, window=5)
    weights = random_weights(experiment)
    parts, step = CELLS[cell]
    random = np.random.default_rng(3)
    x, state = random.normal(size=6), random.uniform(-1, 1, size=(parts, 6))
    given = dict(zip(("h", "c"), state.tolist(), strict=False))
    code = (
        "const { layers, cell } = new gru.Network(given[0]);"
        "const step = cell.step(given[1], given[2], layers[1]);"
        "return cell.parts.map((part) => Array.from(step[part]));"
    )
    network = described(Problem.of(experiment), weights)
    ours = in_browser(new_tab(server), code, network, x.tolist(), given)
    expected = step(x[None, None], state[:, None, None], layers_of(weights)[1])[:, 0, 0]
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-6)


def test_the_closed_loop_of_a_trained_network_equals_the_core(new_tab: Any, server: Any) -> None:
    experiment, weights = networks.network("home")
    problem = Problem.of(experiment)
    start = problem.parts.forecast_start
    before = problem.series.values[:start].tolist()
    forecast = in_browser(new_tab(server), FORECAST, described(problem, weights), before, 200)
    expected = problem.forecast_from(problem.forecaster(weights), start, 200)
    np.testing.assert_allclose(forecast, expected, rtol=0, atol=1e-3)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("feedback", ["window", "state"])
def test_a_muted_unit_is_as_if_its_weights_were_zero(
    new_tab: Any, server: Any, cell: str, feedback: str
) -> None:
    experiment = Experiment(points=120, cell=cell, hidden_size=4, window=6, feedback=feedback)
    problem, weights = Problem.of(experiment), random_weights(experiment)
    before = problem.series.values[:60].tolist()
    code = "return new Model(given[0]).forecast(given[1], 20, [{ h: new Map([[2, 0]]) }]).values"
    muted = in_browser(new_tab(server), code, described(problem, weights), before)
    weights["rnn.weight_hh_l0"][..., 2] = 0
    weights["linear.weight"][..., 2] = 0
    expected = problem.forecast_from(problem.forecaster(weights), 60, 20)
    np.testing.assert_allclose(muted, expected, rtol=0, atol=1e-3)


def test_an_update_gate_that_is_held_at_one_keeps_the_state(new_tab: Any, server: Any) -> None:
    experiment = Experiment(points=120, hidden_size=4, window=6)
    network = described(Problem.of(experiment), random_weights(experiment))
    code = (
        "const held = [{ z: new Map([[0, 1], [1, 0]]) }];"
        "const steps = new gru.Network(given[0]).trace([0.3, -0.7, 1.1], held);"
        "return steps.map(([{ h, n }]) => [h[0], h[1] - n[1]]);"
    )
    kept = in_browser(new_tab(server), code, network)
    np.testing.assert_allclose(kept, np.zeros((3, 2)), rtol=0, atol=1e-15)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"cell": "esn"}, "no cell esn"),
        ({"feedback": "none"}, "feedback none"),
    ],
)
def test_the_browser_refuses_what_it_cannot_compute(
    new_tab: Any, server: Any, wrong: dict[str, str], message: str
) -> None:
    experiment = Experiment(points=120, hidden_size=2)
    network = described(Problem.of(experiment), random_weights(experiment)) | wrong
    code = "try { new gru.Network(given[0]) } catch (error) { return error.message }"
    assert message in in_browser(new_tab(server), code, network)


def test_the_browser_says_when_a_member_is_missing(new_tab: Any, server: Any) -> None:
    experiment = Experiment(points=120, hidden_size=2, members=2)
    network = described(Problem.of(experiment), random_weights(experiment))
    code = "try { new gru.Network(given[0], 2) } catch (error) { return error.message }"
    assert "there are 2" in in_browser(new_tab(server), code, network)


def test_packed_weights_are_exact(new_tab: Any, server: Any) -> None:
    experiment = Experiment(points=120, hidden_size=3, members=2)
    weights = random_weights(experiment)
    network = described(Problem.of(experiment), weights)
    assert network["weights"] == packed(weights)
    code = "return Array.from(new gru.Network(given[0], 1).layers[0].hidden.values)"
    ours = in_browser(new_tab(server), code, network)
    assert ours == weights["rnn.weight_hh_l0"][1].astype(float).ravel().tolist()
