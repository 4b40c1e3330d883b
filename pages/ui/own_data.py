"""Bringing one's own data: a file or pasted text, read forgivingly, and overruled where wrong."""

from __future__ import annotations

import hashlib

import streamlit as st

from gru_core.data.reading import ReadChoices, Table, read_table, safe_name
from gru_core.data.series import Series
from gru_core.errors import GruLabError
from pages.ui import frame, text

__all__ = ["choose"]

_DETECT = "Detect"
_SEPARATORS = {_DETECT: None, "Comma ,": ",", "Semicolon ;": ";", "Tab": "\t", "Bar |": "|"}
_DECIMALS = {_DETECT: None, "Point 1.5": ".", "Comma 1,5": ","}
_HEADERS = {_DETECT: None, "First row is a header": True, "No header": False}
_DAYS = {_DETECT: None, "Day first 31/12": True, "Month first 12/31": False}
_MISSING = {
    "refuse": "Refuse, and list them",
    "interpolate": "Fill in between their neighbours",
    "drop": "Drop those rows",
}


def choose() -> Series | None:
    """Let the user bring a series; None, with the reason shown, until there is one."""
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
        placeholder="month,passengers\n1949-01,112\n1949-02,118",
        height=110,
        disabled=file is not None,
    )
    if file is None and not pasted.strip():
        st.info("Upload a CSV file or paste numbers, one value or one row a line.")
        return None
    try:
        source = file.getvalue() if file is not None else pasted
        name = file.name if file is not None else "pasted text"
        table = _read(source, name, _choices())
        return _series(table)
    except GruLabError as error:
        frame.error(error)
        return None


def _keep_file() -> None:
    # Streamlit forgets an upload while another page is open; called when the user changes it.
    st.session_state["own.kept"] = st.session_state["own.file"]


def _choices() -> ReadChoices:
    with st.expander("How it is read", key="own.how"):
        pick = {
            "separator": (st.selectbox("Separator", _SEPARATORS, key="own.separator"), _SEPARATORS),
            "decimal": (st.selectbox("Decimal mark", _DECIMALS, key="own.decimal"), _DECIMALS),
            "header": (st.selectbox("Header", _HEADERS, key="own.header"), _HEADERS),
            "day_first": (st.selectbox("Dates", _DAYS, key="own.days"), _DAYS),
        }
        time = st.text_input(
            "Time column", key="own.time", placeholder="detected", help="Its name; '-' for none."
        )
    chosen = {name: table[choice] for name, (choice, table) in pick.items()}
    time_column = {"": None, "-": ""}.get(time.strip(), time.strip())
    return ReadChoices(time_column=time_column, **chosen)


def _read(source: bytes | str, name: str, choices: ReadChoices) -> Table:
    # The last table is kept by the digest of its bytes: a rerun must not read 20 MB again.
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
    column = st.selectbox("Value column", names, key=f"own.column.{hash(tuple(names))}")
    missing = "refuse"
    if column not in table.problems and table.data[column].isna().any():
        missing = st.selectbox(
            "Missing values", _MISSING, format_func=_MISSING.__getitem__, key="own.missing"
        )
    series, notes = table.series_and_notes(column, missing)
    st.caption(text.plain(table.describe()))
    for note in (*table.notes, *notes):
        st.caption(f":material/info: {text.plain(note)}")
    return series
