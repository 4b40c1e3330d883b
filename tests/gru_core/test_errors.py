"""The errors for the user end at the user's own line."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gru_core
from gru_core import (
    Experiment,
    GruLabError,
    OptionError,
    SeriesError,
    evaluate,
    interval,
    plot,
    read_table,
    recommend,
    run,
    train,
)
from gru_core.errors import raised_at_call
from gru_core.export import archive, to_onnx

PACKAGE = Path(gru_core.__file__).parent
SMALL = Experiment(points=60, window=5, hidden_size=4, epochs=1)
RESULT = run(SMALL)
DIVERGED = replace(
    RESULT, weights_by_epoch={RESULT.kept_epoch: {"linear.bias": np.array([np.nan])}}
)
HOLES = read_table("a,b\n1,2\n2,\n3,4\n4,5\n")

#: Calls that are refused, from everywhere in the package.
REFUSED: dict[str, Callable[[], Any]] = {
    "run": lambda: run(SMALL, series=[1.0, float("nan")]),
    "run without data": lambda: run(Experiment(signal="own")),
    "run too short": lambda: run(SMALL, series=np.arange(5.0)),
    "train": lambda: list(train(SMALL, series=[1.0, float("nan")])),
    "recommend": lambda: recommend([1.0, 2.0], 3),
    "evaluate": lambda: evaluate(RESULT, horizon=1000),
    "interval": lambda: interval(RESULT, 2.0),
    "plot": lambda: plot(RESULT, "loops"),
    "read_table": lambda: read_table("no numbers\nat all\n"),
    "series": lambda: HOLES.series("b"),
    "column": lambda: HOLES.series("c"),
    "to_onnx": lambda: to_onnx(DIVERGED),
    "archive.write": lambda: archive.write([], []),
    "archive.read": lambda: archive.read(b"no zip"),
    "experiment": lambda: Experiment(window=0),
    "replace": lambda: SMALL.replace(window=0),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_traceback_of_an_error_for_the_user_is_short(name: str) -> None:
    with pytest.raises(GruLabError) as caught:
        REFUSED[name]()
    frames = traceback.extract_tb(caught.value.__traceback__)
    inside = [frame.name for frame in frames if Path(frame.filename).is_relative_to(PACKAGE)]
    assert len(inside) <= 2, inside
    shown = "".join(traceback.format_exception(caught.value))
    assert "During handling" not in shown
    assert "direct cause" not in shown


def test_every_function_of_the_package_raises_at_the_call() -> None:
    public = {name: getattr(gru_core, name) for name in gru_core.__all__}
    functions = {name: f for name, f in public.items() if inspect.isfunction(f)}
    assert "run" in functions
    assert [name for name, f in functions.items() if not hasattr(f, "__wrapped__")] == []


def test_an_error_that_is_not_for_the_user_keeps_its_traceback() -> None:
    def deep() -> None:
        raise ZeroDivisionError

    @raised_at_call
    def call() -> None:
        deep()

    with pytest.raises(ZeroDivisionError) as caught:
        call()
    assert traceback.extract_tb(caught.value.__traceback__)[-1].name == "deep"


def test_the_options_of_an_error_are_kept() -> None:
    @raised_at_call
    def call() -> None:
        raise OptionError("no", ("window",))

    with pytest.raises(OptionError) as caught:
        call()
    assert caught.value.options == ("window",)


def test_a_generator_stays_one_and_can_be_closed() -> None:
    closed = []

    @raised_at_call
    def numbers() -> Any:
        try:
            yield 1
            raise SeriesError("bad")
        finally:
            closed.append(True)

    assert inspect.isgeneratorfunction(numbers)
    first = numbers()
    assert next(first) == 1
    first.close()
    with pytest.raises(SeriesError) as caught:
        list(numbers())
    assert closed == [True, True]
    names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert "numbers" not in names
