"""The table of runs on the page: choose runs, rename, tag and pin them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from gru_core.data.words import clean
from gru_core.experiment.experiment import OPTIONS
from pages.ui import browser
from pages.ui.messages import messages
from pages.ui.runs import listing
from pages.ui.server import store

if TYPE_CHECKING:
    from gru_core.store import StoredRun

__all__ = ["carry_out", "chosen", "draw", "search"]

_CHOSEN = "runs-chosen"  # the ids of the ticked runs, in the order in which they were ticked
_DRAWN = "runs-drawn"  # the shape of the table, which its edits belong to
_DONE = "runs-done"  # the edits that were carried out
_TRIES = "runs-tries"
EDITABLE = ("show", "name", "tags", "pinned")
#: The most characters of a name, of a tag, and the most tags of a run.
LONGEST_NAME, LONGEST_TAG, MOST_TAGS = 80, 30, 10


def chosen(runs: Sequence[StoredRun]) -> list[StoredRun]:
    """The ticked runs among `runs`, in the order in which they were ticked."""
    by_id = {run.id: run for run in runs}
    ticked = [one for one in st.session_state[_CHOSEN] if one in by_id]
    st.session_state[_CHOSEN] = ticked
    return [by_id[one] for one in ticked]


def carry_out() -> None:
    """Carry out what was edited in the table since the last time. Call it before `chosen`."""
    st.session_state.setdefault(_CHOSEN, [])
    key = _key()
    edited = st.session_state.get(key, {}).get("edited_rows", {})
    ids = st.session_state[_DRAWN][0] if edited else ()
    edits = {
        (ids[row], column): value
        for row, cells in edited.items()
        if 0 <= row < len(ids)  # a browser can send any number
        for column, value in cells.items()
    }
    done = st.session_state.get(_DONE, {})
    for (one, column), value in edits.items():
        if (one, column) not in done or done[one, column] != value:
            _change(one, column, value)
    # Only now: a newer click may have ended the script before, and then all is carried out again.
    if _key() == key:
        st.session_state[_DONE] = edits


def search(runs: Sequence[StoredRun]) -> tuple[bool, list[StoredRun]]:
    """Draw the search. Returns whether to show all columns, and the runs that are found."""
    texts = messages("runs")
    with st.container(horizontal=True, vertical_alignment="bottom", key="runs-search"):
        words = st.text_input(
            texts("find"), placeholder=texts("find-hint"), key="runs-find", persist_state="session"
        )
        statuses = list(dict.fromkeys(run.status for run in runs))
        titles = texts.group("states")
        states = st.multiselect(
            texts("state"),
            statuses,
            format_func=lambda status: titles.get(status, status),
            key="runs-states",
            persist_state="session",
        )
        everything = st.toggle(
            texts("everything"),
            key="runs-everything",
            help=texts("everything-help"),
            persist_state="session",
        )
    return everything, listing.found(runs, words, states)


def draw(
    runs: Sequence[StoredRun],
    ticked: Sequence[StoredRun],
    letters: Mapping[str, str],
    *,
    everything: bool,
) -> None:
    """Draw the table of `runs`. `carry_out` does what is edited in it.

    Args:
        runs: the rows.
        ticked: the chosen runs.
        letters: the letters of the runs that the figures show, by id.
        everything: show all columns.
    """
    table = listing.table(runs, [run.id for run in ticked], letters, everything=everything)
    # Streamlit keeps the edits of a table by the number of a row. So a table with other rows or
    # columns gets another key. The same rows with new values keep their edits and their order.
    shape = (tuple(table.index), tuple(table.columns), tuple(map(str, table.dtypes)))
    if st.session_state.get(_DRAWN) != shape:
        st.session_state[_DRAWN] = shape
        _begin_anew()
    key = _key()
    st.data_editor(
        table,
        key=key,
        hide_index=True,
        column_config=_columns(table),
        disabled=[name for name in table.columns if name not in EDITABLE],
        placeholder="–",
        alt=messages("runs")("table"),
    )


def _key() -> str:
    return f"runs-table-{st.session_state.setdefault(_TRIES, 0)}"


def _begin_anew() -> None:
    """Drop the edits of the table, which are all carried out."""
    st.session_state[_TRIES] = st.session_state.get(_TRIES, 0) + 1
    st.session_state[_DONE] = {}


def _change(one: str, column: str, value: Any) -> None:
    owner = browser.key()
    if column == "show":
        _tick(one, bool(value))
    elif column == "name":
        name = clean(str(value or ""), LONGEST_NAME)
        if name:
            store().rename(one, owner, name)
        else:
            _begin_anew()  # the table shows the old name again
    elif column == "tags":
        store().tag(one, owner, _tags(str(value or "")))
    elif column == "pinned":
        store().pin(one, owner, bool(value))


def _tick(one: str, ticked: bool) -> None:
    others = [other for other in st.session_state[_CHOSEN] if other != one]
    st.session_state[_CHOSEN] = [*others, one] if ticked else others


def _tags(words: str) -> tuple[str, ...]:
    """The tags in a text, in which commas separate them."""
    tags = [clean(tag, LONGEST_TAG) for tag in words.split(",")]
    return tuple(dict.fromkeys(filter(None, tags)))[:MOST_TAGS]


def _columns(table: pd.DataFrame) -> dict[str, Any]:
    """The title, the type and the help of each column."""
    texts, kinds = messages("runs"), st.column_config
    made: dict[str, Any] = {
        "show": kinds.CheckboxColumn(width=92),
        "letter": kinds.ImageColumn(width=50),
        "name": kinds.TextColumn(required=True, max_chars=LONGEST_NAME, width="medium"),
        "state": kinds.TextColumn(width=110),
        "series": kinds.TextColumn(width=110),
        "pinned": kinds.CheckboxColumn(),
        "seconds": kinds.NumberColumn(format="%.1f"),
        "megabytes": kinds.NumberColumn(format="%.2f"),
        "created": kinds.DatetimeColumn(format="distance"),
    }
    made |= {metric: kinds.NumberColumn(format="%.4g") for metric in listing.METRICS}
    columns = {}
    for name in table.columns:
        config = dict(made.get(name) or kinds.Column())
        if name.startswith("option."):
            option = OPTIONS[name.removeprefix("option.")]
            config |= {"label": option.title, "help": option.help}
        else:
            config["label"] = texts(f"columns.{name}")
            if f"help.{name}" in texts:
                config["help"] = texts(f"help.{name}")
        columns[name] = config
    return columns
