"""Programs reproduce the forecasts of runs, for each kind of option."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gru_core import OPTIONS, Experiment, Result, run
from gru_core.export import to_script
from tests.gru_core.export.conftest import Execute

pytestmark = pytest.mark.usefixtures("by_torch")

#: Small and quick.
SMALL: dict[str, Any] = {
    "points": 120,
    "parameters": {"span": 12},
    "hidden_size": 6,
    "epochs": 3,
    "horizon": 20,
}
CLOSED = {"objective": "closed-loop", "loop_steps": 4}

#: For each option, what is tried. A test checks that no option and no choice is missing.
CASES: dict[str, list[dict[str, Any]]] = {
    "signal": [{"signal": name} for name in OPTIONS["signal"].labels if name != "own"],
    "points": [{"points": 150}],
    "noise": [{"noise": 0.2}, {"noise": 0.2, "signal": "mackey-glass"}],
    "signal_seed": [{"signal_seed": 3, "noise": 0.1}, {"signal_seed": 3, "signal": "ar2"}],
    "parameters": [{"signal": "damped", "parameters": {"rate": 0.1, "span": 20.5}}],
    "window": [{"window": 1}, {"window": 24}],
    "cell": [
        {"cell": cell, "layers": layers, "feedback": feedback, "members": members}
        for cell in OPTIONS["cell"].choices
        for layers, feedback, members in ((1, "window", 1), (2, "state", 1), (2, "state", 2))
    ],
    "hidden_size": [{"hidden_size": 1}, {"hidden_size": 17}],
    "layers": [{"layers": 3}, {"layers": 2, "feedback": "state"}],
    "dropout": [
        {"dropout": 0.3, "layers": 2},
        {"dropout": 0.9, "layers": 3, "shuffle": False, "cell": "lstm"},
        {"dropout": 0.3, "layers": 2, "feedback": "state", **CLOSED},
        {"dropout": 0.3, "layers": 2, "members": 2, "warm_start": True},
    ],
    "normalization": [
        {"normalization": "none"},
        {"normalization": "standard"},
        {"normalization": "window"},
        {"normalization": "window", "feedback": "state"},
        {"normalization": "window", "feedback": "state", **CLOSED},
        {"normalization": "window", "members": 2},
    ],
    "difference": [{"difference": 1}, {"difference": 7, "normalization": "none"}],
    "linear_path": [
        {"linear_path": True},
        {"linear_path": True, "feedback": "state"},
        {"linear_path": True, "members": 2, "normalization": "window"},
        {"linear_path": True, "feedback": "state", **CLOSED},
    ],
    "feedback": [
        {"feedback": "window"},
        {"feedback": "state"},
        {"feedback": "state", "horizon": 1, "normalization": "window"},
    ],
    "members": [{"members": 3}, {"members": 2, "clip": None, "seed": 4}],
    "epochs": [{"epochs": 1}],
    "learning_rate": [{"learning_rate": 0.001}],
    "batch_size": [{"batch_size": 1}, {"batch_size": 500}, {"batch_size": 7, "shuffle": False}],
    "schedule": [{"schedule": "constant"}, {"schedule": "one-cycle", "epochs": 1}],
    "shuffle": [{"shuffle": False}, {"shuffle": False, "batch_size": 1, **CLOSED}],
    "clip": [{"clip": None}, {"clip": 0.01}, {"clip": 0.01, "members": 2}],
    "validation": [{"validation": 0.0}, {"validation": 0.5}],
    "patience": [{"patience": 1, "epochs": 6, "learning_rate": 1.0}, {"patience": None}],
    "keep": [{"keep": "last"}, {"keep": "best", "learning_rate": 1.0, "epochs": 6}],
    "objective": [{"objective": "one-step"}, CLOSED, CLOSED | {"members": 2}],
    "loop_steps": [
        CLOSED | {"loop_steps": 12, "feedback": "state"},
        CLOSED | {"loop_steps": 500, "points": 40, "horizon": 5},
    ],
    "curriculum": [CLOSED | {"curriculum": False}, CLOSED | {"epochs": 6, "feedback": "state"}],
    "warm_start": [
        {"warm_start": True},
        {"warm_start": True, "validation": 0.0, "layers": 2, "feedback": "state"},
        {"warm_start": True, "normalization": "window", "linear_path": True, **CLOSED},
        {"warm_start": True, "members": 2, "linear_path": True, "cell": "lstm"},
        # More windows than are read at once: at most 2048, and fewer if they are long.
        {"warm_start": True, "points": 2200, "epochs": 1, "validation": 0.0, "holdout": 0.05},
        {"warm_start": True, "points": 1100, "window": 500, "hidden_size": 40, "batch_size": 512},
    ],
    "seed": [{"seed": 2**53 - 1}],
    "forecast_start": [
        {"forecast_start": "holdout"},
        {"forecast_start": "first", "difference": 3},
        {"forecast_start": "point", "forecast_point": 50},
        {"forecast_start": "end", "members": 2},
    ],
    "forecast_point": [{"forecast_start": "point", "forecast_point": 10}],
    "horizon": [{"horizon": None}, {"horizon": 1}, {"forecast_start": "end", "horizon": 200}],
    "holdout": [{"holdout": 0.0, "forecast_start": "first"}, {"holdout": 0.5}],
}

#: Options that change nothing in a program, and why.
NOT_NEEDED = {
    "period": "only the baselines and the scores use it",
    "device": "a program trains on the CPU; a run on a GPU is tested by its weights",
}


def differences(result: Result, forecast: np.ndarray[Any, Any]) -> float:
    """The largest difference to the run's forecast, in standard deviations of the series."""
    expected = result.forecast["forecast"].to_numpy()
    assert forecast.shape == expected.shape
    assert forecast.dtype == np.float64
    equal = (forecast == expected) | (np.isnan(forecast) & np.isnan(expected))  # also if infinite
    gaps = np.where(equal, 0.0, forecast) - np.where(equal, 0.0, expected)
    return float(np.abs(gaps).max() / (result.series.values.std() or 1.0))


def small(options: dict[str, Any]) -> Experiment:
    """A small experiment with `options`."""
    own = {} if options.get("signal", "sine") in ("sine", "cosine") else {"parameters": {}}
    return Experiment(**(SMALL | own | options))


@pytest.mark.parametrize(
    "options",
    [pytest.param(o, id=f"{name}-{k}") for name, all in CASES.items() for k, o in enumerate(all)],
)
def test_the_program_reproduces_the_forecast(options: dict[str, Any], execute: Execute) -> None:
    result = run(small(options))
    script = to_script(result)
    assert max(map(len, script.splitlines())) <= 100
    assert "base64" not in script  # it trains
    assert differences(result, execute(script)) < 1e-4


def test_a_program_imports_all_that_it_needs(execute_alone: Execute) -> None:
    result = run(small(CLOSED | {"feedback": "state"}))
    assert differences(result, execute_alone(to_script(result))) < 1e-4


def test_every_option_is_covered() -> None:
    assert set(CASES) - {"parameters"} | set(NOT_NEEDED) == set(OPTIONS)


@pytest.mark.parametrize("name", [name for name, o in OPTIONS.items() if o.kind == "choice"])
def test_every_choice_is_covered(name: str) -> None:
    tried = {case[name] for case in CASES.get(name, ()) if name in case}
    elsewhere = {"own"} if name == "signal" else set()  # see test_own_data_are_reproduced
    assert name in NOT_NEEDED or tried == set(OPTIONS[name].choices) - elsewhere


@pytest.mark.parametrize("draw", range(8))
def test_a_random_mix_of_options_is_reproduced(draw: int, execute: Execute) -> None:
    random = np.random.default_rng(draw)

    def one(*values: Any) -> Any:
        return values[random.integers(len(values))]

    options = {
        "signal": one("sine", "two-sines", "random-walk", "logistic-map", "nile"),
        "cell": one(*OPTIONS["cell"].choices),
        "layers": one(1, 2),
        "normalization": one("none", "standard", "window", "window"),
        "difference": one(None, 1, 4),
        "linear_path": one(False, True),
        "feedback": one("window", "state"),
        "members": one(1, 1, 2),
        "batch_size": one(None, 5),
        "schedule": one("constant", "one-cycle"),
        "shuffle": one(False, True),
        "clip": one(None, 0.1),
        "validation": one(0.0, 0.2),
        "keep": one("best", "last"),
        "objective": one("one-step", "closed-loop"),
        "curriculum": one(False, True),
        "warm_start": one(False, True),
        "window": one(3, 8),
        "forecast_start": one("holdout", "first", "end"),
    }
    options["dropout"] = one(0.0, 0.25) if options["layers"] > 1 else 0.0
    result = run(small({"loop_steps": 4, "seed": draw, **options}))
    assert differences(result, execute(to_script(result))) < 1e-4
