"""The runs as a table: which rows a search finds, and which columns differ."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from gru_core.data.sources import SOURCES
from gru_core.data.words import clean
from gru_core.experiment.experiment import OPTIONS
from gru_core.figures import RUN_COLORS
from gru_core.options import Option
from pages.ui.messages import messages

if TYPE_CHECKING:
    from gru_core.store import StoredRun

__all__ = ["ACTIVE", "METRICS", "found", "name_of", "state_of", "table"]

#: The states of a run that goes on by itself.
ACTIVE = ("queued", "running")
#: The scores in the order shown. The first ones are always shown, the others among all columns.
METRICS = ("mae", "mase", "rmse", "smape")
USUAL_METRICS = METRICS[:2]


def name_of(run: StoredRun) -> str:
    """The name of a run, safe to show."""
    return clean(run.name) or clean(run.series_name) or messages("runs")("unnamed")


def state_of(run: StoredRun) -> str:
    """The state of a run in words. A run that trains says how far it is."""
    texts = messages("runs")
    words = texts(f"states.{run.status}") if f"states.{run.status}" in texts else run.status
    if run.status == "running" and run.epochs:
        return texts("running", state=words, epoch=run.epoch, epochs=run.epochs)
    return words


def found(runs: Sequence[StoredRun], words: str, states: Sequence[str]) -> list[StoredRun]:
    """The runs whose name, tags or series hold all `words`, in one of `states` (none: in any)."""
    wanted = clean(words).casefold().split()
    kept = []
    for run in runs:
        held = " ".join([name_of(run), *run.tags, clean(run.series_name)]).casefold()
        if all(word in held for word in wanted) and (not states or run.status in states):
            kept.append(run)
    return kept


def table(
    runs: Sequence[StoredRun],
    chosen: Sequence[str],
    letters: Mapping[str, str],
    *,
    everything: bool,
) -> pd.DataFrame:
    """One row for each run; the index holds their ids.

    Args:
        runs: the runs in the order shown.
        chosen: the ids of the runs that are ticked.
        letters: the letters of the runs that are drawn, by id.
        everything: show all columns, not only the options that differ.
    """
    columns: dict[str, list[Any]] = {
        "show": [run.id in chosen for run in runs],
        "letter": [_sign(letters.get(run.id, "")) for run in runs],
        "name": [name_of(run) for run in runs],
        "state": [state_of(run) for run in runs],
    }
    series = [clean(run.series_name) for run in runs]
    if everything or len(set(series)) > 1:
        columns["series"] = series
    for metric in METRICS:
        if everything or metric in USUAL_METRICS:
            columns[metric] = [_number(run.scores.get(metric)) for run in runs]
    columns |= _options(runs, everything=everything)
    columns["seconds"] = [_number(run.seconds) for run in runs]
    columns["pinned"] = [bool(run.pinned) for run in runs]
    columns["tags"] = [", ".join(run.tags) for run in runs]
    columns["created"] = [run.created for run in runs]
    if everything:
        columns["megabytes"] = [run.size / 1e6 for run in runs]
    return pd.DataFrame(columns, index=[run.id for run in runs])


def _options(runs: Sequence[StoredRun], *, everything: bool) -> dict[str, list[Any]]:
    """The columns of the options, by their names; only those that differ, or all."""
    columns = {}
    for name, option in OPTIONS.items():
        values = [getattr(run.experiment, name) for run in runs]
        if everything or len(set(values)) > 1:
            columns[f"option.{name}"] = _cells(option, values)
    parameters = [_parameters(run) for run in runs]
    if any(parameters) and (everything or len(set(parameters)) > 1):
        columns["parameters"] = parameters
    return columns


def _cells(option: Option, values: Sequence[Any]) -> list[Any]:
    """Values for the cells of a column: numbers as they are, so that the table can sort them."""
    if option.kind in ("int", "float") and None not in values:
        return list(values)
    return [option.words(value) for value in values]


def _parameters(run: StoredRun) -> str:
    """The parameters of the run's signal that are not the defaults, in words."""
    source = SOURCES.get(run.experiment.signal)
    if source is None:
        return ""
    given = run.experiment.parameters
    return ", ".join(
        f"{option.title} {option.words(given[name])}"
        for name, option in source.parameters.items()
        if given[name] != option.default
    )


def _number(value: float | None) -> float:
    """A number for a cell. An empty cell stands for one that is not known, or has exploded."""
    return value if value is not None and math.isfinite(value) else math.nan


def _sign(letter: str) -> str:
    """A disc with the run's letter in its colour, as the address of a picture; '' without one."""
    if not letter:
        return ""
    color = RUN_COLORS[ord(letter) - ord("A")]
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">'
        f'<circle cx="20" cy="20" r="19" fill="{color}"/><text x="20" y="28" fill="#fff" '
        'text-anchor="middle" font-family="sans-serif" font-size="23" font-weight="700">'
        f"{letter}</text></svg>"
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}"
