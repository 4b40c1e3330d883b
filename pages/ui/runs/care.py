"""What is done with the chosen runs: open, duplicate, download, import, delete, and undo."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from gru_core.errors import GruLabError
from gru_core.experiment.experiment import OWN_DATA
from gru_core.wording import count, megabytes
from pages.ui import browser, frame, text
from pages.ui.live_region import live_region
from pages.ui.messages import messages
from pages.ui.runs import editor, listing
from pages.ui.server import store
from pages.ui.session import current_session, open_lab, open_run

if TYPE_CHECKING:
    from gru_core.store import StoredRun

__all__ = ["actions", "importing", "said", "space"]

_DELETED = "runs-deleted"  # the ids of the runs that were deleted last
_SAID = "runs-said"  # what came of the last deletion or file, in words
_FAULT = "runs-fault"  # what was wrong with it
_UPLOADS = "runs-uploads"
#: So many names of runs are shown that will be removed next.
MOST_DOOMED = 5


def actions(ticked: Sequence[StoredRun]) -> None:
    """Draw the buttons for the ticked runs."""
    texts = messages("runs")
    with st.container(horizontal=True, key="runs-actions"):
        if _button("open", ":material/science:", len(ticked) == 1):
            open_run(ticked[0].id)
        if _button("duplicate", ":material/content_copy:", len(ticked) == 1):
            _duplicate(ticked[0])
        st.download_button(
            texts("actions.download"),
            _zipped(ticked),
            "gru-lab-runs.zip",
            on_click="ignore",
            disabled=not ticked,
            icon=":material/download:",
            key="runs-download",
            help=texts("help.download"),
        )
        importing()
        removable = [run.id for run in ticked if run.status not in listing.ACTIVE]
        _button("delete", ":material/delete:", bool(removable), _delete, removable)
    if len(removable) < len(ticked):
        st.caption(texts("still-active"))


def _button(
    name: str,
    icon: str,
    possible: bool,
    do: Callable[[Sequence[str], str], None] | None = None,
    ids: Sequence[str] = (),
) -> bool:
    texts = messages("runs")
    return st.button(
        texts(f"actions.{name}"),
        icon=icon,
        disabled=not possible,
        key=f"runs-{name}",
        help=texts(f"help.{name}"),
        on_click=do,
        args=(ids, browser.key()) if do is not None else (),
    )


def _zipped(ticked: Sequence[StoredRun]) -> Callable[[], bytes]:
    """Makes the zip of the ticked runs. It is called at the click, outside the session."""
    owner = browser.key()

    def zipped() -> bytes:
        from gru_core.export import archive

        found = [(run, store().result(run.id, owner)) for run in ticked]
        pairs = [(result, listing.name_of(run)) for run, result in found if result is not None]
        return archive.write([result for result, _ in pairs], [name for _, name in pairs])

    return zipped


def _duplicate(run: StoredRun) -> None:
    """Open the Lab with the settings of a run, and its series if it is the user's own."""
    if run.experiment.signal == OWN_DATA:
        current_session().own_series = store().series(run.series_digest)
    open_lab(run.experiment)


def _delete(ids: Sequence[str], owner: str) -> None:
    if not ids:  # a click on an outdated page
        return
    if store().delete(ids, owner):
        _say(messages("runs")("deleted", runs=count(len(ids), "run")), ids=ids)
        editor.forget()
    else:
        _say(fault=store().trouble or messages("runs")("not-done"))


def _say(words: str = "", *, fault: str = "", ids: Sequence[str] = ()) -> None:
    """Keep what came of an action, and the ids that Undo brings back."""
    st.session_state[_SAID], st.session_state[_FAULT] = words, fault
    st.session_state[_DELETED] = list(ids)


def importing() -> None:
    """Draw the place for a zip of runs. Its runs are kept as runs of this browser."""
    texts = messages("runs")
    with st.popover(texts("actions.import"), icon=":material/upload:", help=texts("help.import")):
        # Another key empties the place after each file.
        key = f"runs-file-{st.session_state.setdefault(_UPLOADS, 0)}"
        file = st.file_uploader(texts("zip"), type=["zip"], key=key)
        if file is not None:
            st.session_state[_UPLOADS] += 1
            _import(file.getvalue())
            st.rerun()


def _import(data: bytes) -> None:
    """Keep the runs in a zip, and say how many there were or what is wrong."""
    from gru_core.export import archive  # it is large, and few visits need it

    texts, owner = messages("runs"), browser.key()
    try:
        runs = archive.read(data)
    except GruLabError as error:
        _say(fault=str(error))
        return
    for run in runs:
        id, result = uuid.uuid4().hex, run.result
        done = store().add(id, owner, result.experiment, result.series) and store().end(
            id, result.status, result.reason, result
        )
        if not done:
            _say(fault=store().trouble or texts("not-done"))
            return
        store().rename(id, owner, run.name)
    _say(texts("imported", runs=count(len(runs), "run")))


def said() -> None:
    """Say what came of the last deletion or file, and offer to bring deleted runs back."""
    ids = st.session_state.get(_DELETED, [])
    with st.container(horizontal=True, vertical_alignment="center", key="runs-said-bar"):
        live_region(st.session_state.get(_SAID, ""), key="runs-said-aloud")
        if ids:
            st.button(
                messages("runs")("actions.undo"),
                icon=":material/undo:",
                key="runs-undo",
                on_click=_undo,
                args=(ids, browser.key()),
            )
    if fault := st.session_state.get(_FAULT, ""):
        frame.error(fault)


def _undo(ids: Sequence[str], owner: str) -> None:
    if store().restore(ids, owner):
        _say(messages("runs")("restored", runs=count(len(ids), "run")))
    else:
        _say(fault=store().trouble or messages("runs")("not-done"))


def space(runs: Sequence[StoredRun]) -> None:
    """Say how much space the runs use, and which of them will be removed next."""
    texts = messages("runs")
    size = megabytes(sum(run.size for run in runs))
    words = texts("space", runs=count(len(runs), "run"), size=size)
    doomed = store().doomed(browser.key())
    if doomed:
        names = [f"**{text.plain(listing.name_of(run))}**" for run in doomed[:MOST_DOOMED]]
        if len(doomed) > len(names):
            names.append(texts("more", runs=count(len(doomed) - len(names), "more run")))
        words += " " + texts("doomed", names=", ".join(names))
    st.caption(words)
