"""What is done with the chosen runs: open, duplicate, download, import, delete, and undo."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from gru_core.errors import GruLabError
from gru_core.experiment.experiment import OWN_DATA
from gru_core.wording import count, megabytes
from pages.ui import browser, frame, text
from pages.ui.live_region import live_region
from pages.ui.messages import messages
from pages.ui.runs import listing
from pages.ui.server import store
from pages.ui.session import current_session, open_lab, open_run

if TYPE_CHECKING:
    from gru_core.store import StoredRun

__all__ = ["actions", "importing", "said", "space"]

_NOTICE = "runs-notice"
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
        current_session().use_series(run.series_digest)
    open_lab(run.experiment)


@dataclass
class _Notice:
    """What came of the last deletion or file: words, or what was wrong, and what Undo brings back.

    Streamlit may end a script whenever it touches the session, because a newer click waits. So an
    action takes its notice before the store is changed, and then changes only the notice.
    """

    words: str = ""
    fault: str = ""
    ids: Sequence[str] = ()

    def say(self, words: str = "", *, fault: str = "", ids: Sequence[str] = ()) -> None:
        self.words, self.fault, self.ids = words, fault, tuple(ids)


def _notice() -> _Notice:
    notice: _Notice = st.session_state.setdefault(_NOTICE, _Notice())
    return notice


def _delete(ids: Sequence[str], owner: str) -> None:
    if not ids:  # a click on an outdated page
        return
    texts, notice = messages("runs"), _notice()
    if store().delete(ids, owner):
        notice.say(texts("deleted", runs=count(len(ids), "run")), ids=ids)
    else:
        notice.say(fault=store().trouble or texts("not-done"))


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

    texts, owner, notice = messages("runs"), browser.key(), _notice()
    try:
        runs = archive.read(data)
    except GruLabError as error:
        notice.say(fault=str(error))
        return
    for run in runs:
        id, result = uuid.uuid4().hex, run.result
        done = store().add(id, owner, result.experiment, result.series) and store().end(
            id, result.status, result.reason, result
        )
        if not done:
            notice.say(fault=store().trouble or texts("not-done"))
            return
        store().rename(id, owner, run.name)
    notice.say(texts("imported", runs=count(len(runs), "run")))


def said() -> None:
    """Say what came of the last deletion or file, and offer to bring deleted runs back."""
    notice = _notice()
    with st.container(horizontal=True, vertical_alignment="center", key="runs-said-bar"):
        live_region(notice.words, key="runs-said-aloud")
        if notice.ids:
            st.button(
                messages("runs")("actions.undo"),
                icon=":material/undo:",
                key="runs-undo",
                on_click=_undo,
                args=(notice.ids, browser.key()),
            )
    if notice.fault:
        frame.error(notice.fault)


def _undo(ids: Sequence[str], owner: str) -> None:
    texts, notice = messages("runs"), _notice()
    if store().restore(ids, owner):
        notice.say(texts("restored", runs=count(len(ids), "run")))
    else:
        notice.say(fault=store().trouble or texts("not-done"))


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
