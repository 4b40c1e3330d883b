"""The user's own data: a file or pasted text. The format is detected, and can be corrected."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import streamlit as st

from gru_core.data.reading import ReadChoices, Table, read_table, safe_name
from gru_core.data.series import Series
from gru_core.errors import GruLabError
from pages.ui import frame, text

__all__ = ["choose"]

#: For each field of `ReadChoices`: a label and the choices. None means: detect it.
_READING: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "separator": (
        "Separator",
        {"Detect": None, "Comma ,": ",", "Semicolon ;": ";", "Tab": "\t", "Bar |": "|"},
    ),
    "decimal": ("Decimal mark", {"Detect": None, "Point 1.5": ".", "Comma 1,5": ","}),
    "header": (
        "Header",
        {"Detect": None, "First row is a header": True, "No header": False},
    ),
    "day_first": (
        "Dates",
        {"Detect": None, "Day first 31/12": True, "Month first 12/31": False},
    ),
}
_MISSING = {
    "refuse": "Show an error that lists them",
    "interpolate": "Fill in values between the neighbours",
    "drop": "Leave out those rows",
}


def choose(*, folded: bool) -> Series | None:
    """Let the user give a series. Returns None, and shows why, until a series can be read.

    Args:
        folded: fold this part away, because the series is in use.
    """
    with st.expander("Your data", expanded=not folded, icon=":material/upload:", key="own.place"):
        source, name = _source()
        if source is None:
            st.info("Upload a CSV file, or paste numbers. Put one value or one row on each line.")
            return None
        try:
            return _series(_read(source, name, _choices()))
        except GruLabError as error:
            frame.error(error)
            return None


def _source() -> tuple[bytes | str | None, str]:
    """Return the user's data and their name. The data are None if the user has given none."""
    st.file_uploader(
        "CSV file",
        type=["csv", "txt", "tsv"],
        key="own.file",
        on_change=_keep_file,
        help="Up to 20 MB.",
    )
    file = st.session_state.get("own.kept")
    if file is not None and st.session_state["own.file"] is None:
        st.caption(f"In use: {text.plain(safe_name(file.name))}, uploaded before.")
        if st.button("Remove it", key="own.remove"):
            st.session_state["own.kept"] = None
            st.rerun()
    pasted = st.text_area(
        "or paste numbers",
        key="own.text",
        persist_state="session",
        placeholder="month,passengers\n1949-01,112\n1949-02,118",
        height=110,
        disabled=file is not None,
    )
    if file is not None:
        return file.getvalue(), file.name
    return pasted if pasted.strip() else None, "pasted text"


def _keep_file() -> None:
    # Streamlit forgets an upload while another page is open. So each new upload is kept here.
    st.session_state["own.kept"] = st.session_state["own.file"]


def _choices() -> ReadChoices:
    with st.popover("How to read the data", icon=":material/tune:", key="own.how"):
        chosen = {
            field: choices[
                st.selectbox(label, choices, key=f"own.{field}", persist_state="session")
            ]
            for field, (label, choices) in _READING.items()
        }
        time = st.text_input(
            "Time column",
            key="own.time",
            persist_state="session",
            placeholder="detected",
            help="The name of the column. Enter '-' if there is none.",
        )
    time_column = {"": None, "-": ""}.get(time.strip(), time.strip())
    return ReadChoices(time_column=time_column, **chosen)


def _read(source: bytes | str, name: str, choices: ReadChoices) -> Table:
    # The last table is kept with a hash of its bytes. A rerun must not read 20 MB again.
    data = source if isinstance(source, bytes) else source.encode()
    mark = (hashlib.sha256(data).hexdigest(), name, choices)
    kept = st.session_state.get("own.table")
    if kept is None or kept[0] != mark:
        kept = (mark, read_table(source, name=name, choices=choices))
        st.session_state["own.table"] = kept
    table: Table = kept[1]
    return table


def _series(table: Table) -> Series:
    names = [*table.data.columns, *table.problems]
    column = st.selectbox(
        "Value column",
        names,
        key=f"own.column.{hash(tuple(names))}",
        persist_state="session",
    )
    missing = "refuse"
    if column not in table.problems and table.data[column].isna().any():
        missing = st.selectbox(
            "Missing values",
            _MISSING,
            format_func=_MISSING.__getitem__,
            key="own.missing",
            persist_state="session",
        )
    series, notes = table.series_and_notes(column, missing)
    st.caption(text.plain(table.describe()))
    for note in (*table.notes, *notes):
        st.caption(f":material/info: {text.plain(note.text)}")
    return series
