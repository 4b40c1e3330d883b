"""What a notebook prints: every record is short, and says what it is and how large."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

import gru_core
from gru_core import Experiment, evaluate, interval, judge, read_table, run, stability, train
from gru_core.engine.snapshot import Snapshot
from gru_core.forecast.events import Event
from gru_core.forecast.result import Result
from gru_core.judgement.evaluation import Evaluation
from gru_core.judgement.handover import handovers
from gru_core.judgement.intervals import Interval
from gru_core.judgement.plane import plane
from gru_core.judgement.stability import Stability
from gru_core.search.search import search
from gru_core.shipped.gallery import Outcome
from gru_core.wording import short_repr

#: No repr is longer.
MOST_CHARACTERS, MOST_LINES = 500, 5

DAYS = pd.date_range("2001-01-01", periods=900, freq="D")
SERIES = pd.Series(np.sin(np.arange(900) / 5) * 1e7 + np.arange(900) / 3, DAYS, name="x" * 300)
LONG = Experiment(
    epochs=2, members=3, layers=2, dropout=0.1, hidden_size=5, window=12, normalization="window",
    horizon=100, learning_rate=0.0123456789, batch_size=999, loop_steps=50, warm_start=True,
)  # fmt: skip


@pytest.fixture(scope="module")
def result() -> Result:
    return run(LONG.replace(signal="own"), series=SERIES)


@pytest.fixture(scope="module")
def judged(result: Result) -> tuple[Interval, Stability, Evaluation]:
    return interval(result), stability(result), evaluate(result)


@pytest.fixture(scope="module")
def records(result: Result, judged: tuple[Interval, Stability, Evaluation]) -> list[Any]:
    """One record of every kind that a user can get."""
    events: dict[type, Event] = {type(event): event for event in train(LONG.replace(horizon=9))}
    found = search(SERIES[:60], 6, budget_s=1e-3)
    _, weights = result.checkpoint.kept("best")
    forecast = result.forecast["forecast"].to_numpy()
    snapshot = Snapshot(
        status="running",
        place=0,
        epoch=3.5,
        epochs=10,
        history=result.history,
        seconds_left=2.0,
        silence=None,
        loss=0.1,
        forecast=(3, forecast),
        message="m" * 900,
        notices=("n" * 900,),
    )
    table = read_table(SERIES.to_csv())
    return [
        result, *events.values(), result.problem, result.series, result.parts, result.checkpoint,
        result.problem.normalization, LONG, *judged, *judge(result), handovers(result)[3],
        plane(result.problem, weights), found, found.chosen, found.chosen.recipe, found.traits,
        snapshot, table, table.detected, table.series(), Outcome.of(result),
    ]  # fmt: skip


def test_no_repr_is_long(records: list[Any]) -> None:
    long = {type(one).__name__: repr(one) for one in records if len(repr(one)) > MOST_CHARACTERS}
    assert long == {}
    assert all(len(repr(one).splitlines()) <= MOST_LINES for one in records)


def test_no_repr_prints_an_array_or_a_table(records: list[Any]) -> None:
    for one in records:
        assert not re.search(r"array\(|\[[\d., ]{9}|dtype", repr(one)), repr(one)
        assert type(one).__name__ in repr(one)


def holds_much(kind: type) -> bool:
    """Whether a field of this dataclass can hold an array, a table, weights or a record of them."""
    much = re.compile(r"Array|DataFrame|Index|Weights|Series|Result|Problem|Checkpoint")
    types = [str(field.type) for field in dataclasses.fields(kind)]
    return any(much.search(one) for one in types if "Callable" not in one)


def public_dataclasses() -> dict[str, type]:
    """All dataclasses that a module of the core offers in its `__all__`."""
    found: dict[str, type] = {}
    for module in pkgutil.walk_packages(gru_core.__path__, "gru_core."):
        if ".make_" in module.name or module.name == "gru_core.engine.worker":
            continue  # a program, or code that runs in a worker only
        loaded = importlib.import_module(module.name)
        for name in getattr(loaded, "__all__", ()):
            one = getattr(loaded, name)
            if isinstance(one, type) and dataclasses.is_dataclass(one):
                found[f"{one.__module__}.{name}"] = one
    return found


def test_every_record_that_holds_much_has_a_repr_of_its_own() -> None:
    found = public_dataclasses()
    assert len(found) > 20
    # `dataclass` marks the repr that it makes itself in this way.
    dumps = [n for n, kind in found.items() if hasattr(kind.__repr__, "__wrapped__")]
    assert [name for name in dumps if holds_much(found[name])] == []


def test_the_main_results_say_their_scores(
    result: Result, judged: tuple[Interval, Stability, Evaluation]
) -> None:
    band, verdict, evaluation = judged
    assert f"mase {result.scores['mase']:.4g}" in repr(result)
    assert f"coverage={band.coverage:.4g}" in repr(band)
    assert f"forecast {evaluation.table['mase']['forecast']:.3g}" in repr(evaluation)
    assert verdict.sentence in repr(verdict)
    assert f"values=ndarray of {len(SERIES)}" in repr(result.series)


@pytest.mark.parametrize(
    "experiment",
    [Experiment(), LONG, Experiment.lesson(), Experiment(signal="chirp"),
     Experiment(parameters={"span": 50.0})],
)  # fmt: skip
def test_an_experiment_shows_what_is_not_a_default(experiment: Experiment) -> None:
    assert eval(repr(experiment), {"Experiment": Experiment}) == experiment
    assert repr(Experiment(window=24)) == "Experiment(window=24)"


@dataclasses.dataclass
class Record:
    value: Any

    __repr__ = short_repr


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (np.zeros((3, 4)), "value=ndarray of 3 × 4"),
        (pd.DataFrame({"a": [1, 2]}), "value=DataFrame of 2 × 1"),
        (float("nan"), ""),
        (None, ""),
        ((), ""),
        ({}, ""),
        ("", ""),
        (1 / 3, "value=0.3333"),
        (np.float64(1 / 3), "value=0.3333"),
        (np.array(1 / 3), "value=array(0.33333333)"),
        (0, "value=0"),
        (False, "value=False"),
        (("a", "b"), "value=('a', 'b')"),
        ({1: np.zeros(9)}, "value=1 in a dict"),
        (["a" * 99] * 9, "value=9 in a list"),
    ],
)
def test_a_value_is_shown_by_its_kind(value: object, shown: str) -> None:
    assert repr(Record(value)) == f"Record({shown})"
