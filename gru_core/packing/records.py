"""The package's own types: which ones can be packed, and how each is made again."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from gru_core.experiment.experiment import Experiment
from gru_core.packing.checks import check_fields, check_value
from gru_core.packing.codec import Codec

__all__ = ["MODULES", "codec_by_name", "codec_by_type"]

#: Every type that can be packed, and its module. Data can make nothing else.
MODULES = {
    "Series": "gru_core.data.series",
    **dict.fromkeys(
        ("NumberStep", "FixedStep", "GivenStep", "InMonth", "MonthStep", "WeekdayStep"),
        "gru_core.data.steps",
    ),
    "Experiment": "gru_core.experiment.experiment",
    **dict.fromkeys(
        ("Checkpoint", "Started", "StepEnd", "EpochEnd", "Forecasted", "Saved"),
        "gru_core.forecast.events",
    ),
    **dict.fromkeys(("Finished", "Stopped", "Diverged"), "gru_core.forecast.events"),
    "FrameWeights": "gru_core.forecast.frames",
    "Problem": "gru_core.forecast.problem",
    **dict.fromkeys(("Normalization", "Split"), "gru_core.forecast.windows"),
    **dict.fromkeys(("Result", "Unfinished"), "gru_core.forecast.result"),
    **dict.fromkeys(("Recipe", "Recommendation", "Traits", "Trial"), "gru_core.search.recipe"),
    "Progress": "gru_core.store.records",
    "Calibration": "gru_core.engine.cost",
}


def codec_by_type(kind: type) -> Codec | None:
    """How values of `kind` are packed; None if they cannot be."""
    known = MODULES.get(kind.__name__) == kind.__module__
    return codec_by_name(kind.__name__) if known else None


@functools.cache
def codec_by_name(name: str) -> Codec | None:
    """How values of the type `name` are packed; None if they cannot be."""
    if name not in MODULES:
        return None
    kind: Any = getattr(importlib.import_module(MODULES[name]), name)
    if kind is Experiment:
        return Codec(name, kind, lambda experiment: (experiment.to_json(),), kind.from_json)
    if issubclass(kind, tuple):
        return Codec(name, kind, lambda value: value, lambda *parts: _tuple(kind, parts))
    parts, build = _parts, functools.partial(_record, kind)
    if name == "Recommendation":
        return Codec(name, kind, _recommendation_parts, functools.partial(_recommendation, kind))
    return Codec(name, kind, parts, build)


def _parts(value: Any) -> Iterable[Any]:
    """The names of the fields, each followed by its value."""
    for field in fields(value):
        yield field.name
        yield getattr(value, field.name)


def _record(kind: Any, *parts: Any) -> Any:
    values = dict(zip(parts[::2], parts[1::2], strict=True))
    check_fields(kind, values)
    value = kind(**values)
    check_value(value)
    return value


def _tuple(kind: Any, parts: tuple[Any, ...]) -> Any:
    check_fields(kind, dict(zip(kind._fields, parts, strict=True)))
    value = kind(*parts)
    check_value(value)
    return value


def _recommendation_parts(value: Any) -> Iterable[Any]:
    """The chosen trial is one of the trials, the very same object. So its place stands for it."""
    for name, part in zip(*[iter(_parts(value))] * 2, strict=True):
        yield name
        yield next(k for k, t in enumerate(value.trials) if t is part) if name == "chosen" else part


def _recommendation(kind: Any, *parts: Any) -> Any:
    values = dict(zip(parts[::2], parts[1::2], strict=True))
    values["chosen"] = values["trials"][values["chosen"]]
    return _record(kind, *(part for pair in values.items() for part in pair))
