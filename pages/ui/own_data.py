"""The user's own data: a file or pasted text, and which of its columns is the series."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import streamlit as st

from gru_core.data.reading import ReadChoices, Table, read_table, safe_name
from gru_core.data.series import Series
from gru_core.errors import GruLabError, ReadError
from pages.ui import frame, reading, text

__all__ = ["choose"]

_MISSING = {
    "interpolate": "Fill them in between their neighbours",
    "drop": "Leave out their rows",
}


def choose(kept: Series | None, *, remove: Callable[[], None], folded: bool) -> Series | None:
    """Let the user give a series. Returns None, and shows why, until a series can be read.

    Args:
        kept: the series that the user has brought before. A new one is used instead.
        remove: forgets `kept`.
        folded: fold this part away, because the series is in use.
    """
    with st.expander("Your data", expanded=not folded, icon=":material/upload:", key="own.place"):
        source, name = _source()
        if source is None and kept is not None:
            _show_kept(kept, remove)
            return kept
        if source is None:
            st.info("Upload a CSV file, or paste numbers. Put one value or one row on each line.")
            return None
        table: Table | None = None
        try:
            table = _read(source, name, reading.choices())
            return _series(table)
        except GruLabError as error:
            frame.error(error)
            if isinstance(error, ReadError):
                reading.notes(error.notes)
            return None
        finally:
            reading.ways(table)


def _show_kept(series: Series, remove: Callable[[], None]) -> None:
    name = text.plain(series.name)
    st.caption(f"In use: **{name}**, {len(series):,} values. You brought it on an earlier visit.")
    st.button("Remove it", key="own.remove-kept", on_click=remove)


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
    reading.forget()


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
    reading.series(table)
    names = [*table.data.columns, *table.problems]
    key = f"own.column.{hash(tuple(names))}"
    st.session_state.setdefault(key, table.default)
    column = st.selectbox("Value column", names, key=key, persist_state="session")
    if column in table.problems:
        reading.notes([table.problems[column]])
    else:
        reading.preview(table, column)
    reading.notes(table.notes)
    missing = None
    if column not in table.problems and table.data[column].isna().any():
        missing = st.segmented_control(
            "Missing values",
            _MISSING,
            format_func=_MISSING.__getitem__,
            key="own.missing",
            persist_state="session",
        )
    series, notes = table.series_and_notes(column, missing or "refuse")
    reading.notes(notes)
    return series
