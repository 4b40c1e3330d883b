"""How the user's data were read: a preview, what the reader decided, and all of its choices.

The choices stand in the session, not in the widgets. So a button beside a note can change them,
too, and they are still there after a visit to another page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from gru_core.data.reading import ENCODINGS, Note, ReadChoices, Table
from gru_core.data.reading.numbers.parse import DECIMALS, THOUSANDS
from gru_core.data.reading.times.order import NO_ROW
from gru_core.data.words import moment_in_words
from gru_core.wording import number
from pages.ui import text
from pages.ui.messages import messages

__all__ = ["choices", "forget", "notes", "preview", "series", "ways"]

_texts = messages("reading")
_CHOICES = "own.choices"
_MISTAKE = "own.mistake"
#: The first option of a list. None would count as nothing chosen. No column has such a name.
_DETECT = "\0detect"
#: So many rows of each end are shown.
_SHOWN = 3
#: What one can choose from a list. The columns and the rows of the table are added.
_LISTED: Mapping[str, tuple[Any, ...]] = {
    "layout": ("columns", "rows", "calendar", "list"),
    "row": (),
    "time_column": ("",),
    "dates": ("day", "month", "year"),
    "decimal": DECIMALS,
    "thousands": THOUSANDS,
    "separator": (",", ";", "\t", "|", " ", ""),
    "encoding": ENCODINGS,
}


def choices() -> ReadChoices:
    """What the user has chosen in this session."""
    chosen: ReadChoices = st.session_state.setdefault(_CHOICES, ReadChoices())
    return chosen


def forget() -> None:
    """Detect everything again. The choices for one file are wrong for another."""
    st.session_state[_CHOICES] = ReadChoices()
    st.session_state[_MISTAKE] = ""


def _change(**changed: Any) -> None:
    st.session_state[_CHOICES] = replace(choices(), **changed)
    st.session_state[_MISTAKE] = ""


def series(table: Table) -> None:
    """Let the user choose one of the series of a table that has several."""
    if table.row_names:
        _listed("row", table)


def preview(table: Table, column: str) -> None:
    """Show what the reader understood: how many values, the first and last ones, and the step."""
    values = table.data[column]
    name = text.plain(column)
    what = _texts("understood", count=f"{len(values):,}", name=name)
    if len(values) == 1:
        what = _texts("one", name=name)
    st.markdown(f"{what}{_span(table)}")
    shown = [*range(len(values))]
    if len(values) > 2 * _SHOWN:
        shown = [*shown[:_SHOWN], *shown[-_SHOWN:]]
    rows = [_row(table, values, k) for k in shown]
    if len(values) > 2 * _SHOWN:
        rows.insert(_SHOWN, ["…"] * len(rows[0]))
    heads = [_texts("value-row" if table.word == "value" else "row")]
    heads += [] if table.time is None else [_texts("time")]
    st.table(pd.DataFrame(rows, columns=[*heads, name]), border="horizontal", hide_index=True)


def _span(table: Table) -> str:
    if table.time is None:
        return f". {_texts('no-time')}"
    ends = (text.plain(moment_in_words(moment)) for moment in (table.time[0], table.time[-1]))
    span = _texts("span", first=next(ends), last=next(ends))
    if table.step is None:
        return f"{span} {_texts('irregular')}"
    if table.next_time is None:
        return f"{span} {_texts('step-alone', step=table.step)}"
    after = text.plain(moment_in_words(table.next_time))
    return f"{span} {_texts('step', step=table.step, next=after)}"


def _row(table: Table, values: pd.Series[float], k: int) -> list[str]:
    moment = [] if table.time is None else [moment_in_words(table.time[k])]
    value = float(values.iloc[k])
    place = "–" if table.rows[k] == NO_ROW else str(table.rows[k])  # a time without a row
    return [place, *moment, "–" if pd.isna(value) else number(value, 6)]


def notes(said: Iterable[Note]) -> None:
    """Show what the reader decided. A button beside a note changes it."""
    for position, note in enumerate(said):
        words = f":material/info: {text.plain(note.text)}"
        if not note.change:
            st.caption(words)
            continue
        place = st.container(horizontal=True, vertical_alignment="center", key=f"note-{position}")
        place.caption(words)
        place.button(
            text.plain(note.label),
            key=f"own.note.{position}",
            on_click=_change,
            kwargs=dict(note.change),
        )


def ways(table: Table | None) -> None:
    """Show every choice of the reader. `table` is None if the data could not be read."""
    with st.popover(_texts("popover"), icon=":material/tune:", key="own.how"):
        for field in _LISTED:
            if field != "row":  # it stands beside the value column
                _listed(field, table)
        for field in _TYPED:
            _typed(field, table)
        if st.session_state.get(_MISTAKE):
            st.error(st.session_state[_MISTAKE])
        st.button(
            _texts("again"),
            icon=":material/restart_alt:",
            key="own.again",
            disabled=choices() == ReadChoices(),
            on_click=forget,
        )


def _listed(field: str, table: Table | None) -> None:
    options: list[Any] = [*_LISTED[field]]
    if table is not None and field == "time_column":
        options += table.detected.columns
    if table is not None and field == "row":
        options += table.row_names
    chosen = getattr(choices(), field)
    if chosen is not None and chosen not in options:
        options.append(chosen)
    key = f"own.{field}"
    st.session_state[key] = _DETECT if chosen is None else chosen
    st.selectbox(
        _texts(f"labels.{field}"),
        [_DETECT, *options],
        key=key,
        format_func=lambda option: _option(field, option, table),
        on_change=lambda: _take_listed(field, st.session_state[key]),
    )


def _take_listed(field: str, option: Any) -> None:
    _change(**{field: None if option == _DETECT else option})


def _option(field: str, option: Any, table: Table | None) -> str:
    if option != _DETECT:
        named: str = _texts.group(f"options.{field}").get(option, str(option))
        return named
    detected = None if table is None else getattr(table.detected, field)
    if detected is None:
        return _texts("detect")
    return _texts("detected", what=_option(field, detected, None))


def _typed(field: str, table: Table | None) -> None:
    parse, show = _TYPED[field]
    key = f"own.{field}"
    chosen = getattr(choices(), field)
    detected = None if table is None else getattr(table.detected, field)
    st.session_state[key] = "" if chosen is None else show(chosen)
    st.text_input(
        _texts(f"labels.{field}"),
        key=key,
        placeholder=_texts("detect")
        if detected is None
        else _texts("detected", what=show(detected)),
        help=_texts(f"help.{field}"),
        on_change=lambda: _take(field, st.session_state[key].strip(), parse),
    )


def _take(field: str, given: str, parse: Callable[[str], Any]) -> None:
    """Take what the user typed for a choice, or say why it cannot be taken."""
    try:
        _change(**{field: parse(given) if given else None})
    except ValueError as error:
        label = _texts(f"labels.{field}")
        st.session_state[_MISTAKE] = _texts(
            "bad", label=label, given=text.plain(given), fix=_texts(str(error))
        )


def _line(given: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", given):
        raise ValueError("fix-line")
    return int(given)


def _lines(given: str) -> tuple[int, ...]:
    """Line numbers, such as '2, 17-20'."""
    if given in ("-", "−"):
        return ()
    lines: set[int] = set()
    for part in re.split(r"[,;\s]+", given.strip(",; ")):
        ends = re.fullmatch("([0-9]{1,9})(?:[-–]([0-9]{1,9}))?", part)
        if ends is None:
            raise ValueError("fix-lines")
        first, last = int(ends[1]), int(ends[2] or ends[1])
        if not 0 < first <= last < first + 100_000:
            raise ValueError("fix-lines")
        lines.update(range(first, last + 1))
    return tuple(sorted(lines))


def _numbers(given: str) -> tuple[float, ...]:
    if given in ("-", "−"):
        return ()
    try:
        return tuple(float(part) for part in re.split(r"[,;\s]+", given.replace("−", "-")) if part)
    except ValueError:
        raise ValueError("fix-numbers") from None


def _spans(lines: Iterable[int]) -> str:
    """Line numbers as one types them: '2, 17-20', or '-' for none."""
    spans: list[list[int]] = []
    for line in sorted(lines):
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans) or "-"


def _codes(codes: Iterable[float]) -> str:
    return ", ".join(f"{code:g}" for code in codes) or "-"


#: How the text of each typed choice is read, and how its value is written.
_TYPED: Mapping[str, tuple[Callable[[str], Any], Callable[[Any], str]]] = {
    "header": (_line, str),
    "left_out": (_lines, _spans),
    "missing_codes": (_numbers, _codes),
}
