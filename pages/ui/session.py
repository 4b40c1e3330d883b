"""The state of one session: the run, the result, and what else the pages show.

The URL is read once, when a session begins. After that, it follows the controls. What a tab shows
is stored. So a new session of the same tab, as after a reload, goes on with it.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from gru_core.data.series import Series
from gru_core.engine import Question, QuestionJob, RunJob
from gru_core.errors import OptionError, StoreError
from gru_core.experiment.experiment import OWN_DATA, Experiment
from gru_core.forecast.problem import Problem, series_of
from gru_core.forecast.result import Result
from gru_core.search.recipe import Recipe
from gru_core.teaching.progress import Kind, Progress
from pages.ui import browser, tabs
from pages.ui.findings import Findings
from pages.ui.gallery_runs import GalleryRuns
from pages.ui.run_row import RunRow
from pages.ui.server import engine, keeper, store
from pages.ui.settings import experiment_of_controls, from_link, key, set_controls
from pages.ui.started import Started

if TYPE_CHECKING:
    from gru_core.store import StoredRun, TabState
    from pages.ui.subject import Subject

__all__ = ["Session", "current_session", "open_lab", "open_run"]

#: Set in the environment for a class: a run that anybody has made is then shown to all at once.
SHARED = "GRU_LAB_SHARE_RUNS"
#: Parameters in the URL of other pages: which part of the page is open. They are no settings.
PARTS = frozenset({"learn", "inside", "practice"})


@dataclass
class Session:
    """The state of one browser tab.

    Attributes:
        browser: the key of its browser, to which its runs belong.
        tab: its own id. The engine knows what it asks for by names that begin with it.
    """

    browser: str
    tab: str
    job: RunJob | None = None  # a run of this server
    stored: StoredRun | None = None  # a run that was made before, without a `job`
    made_before: bool = False  # `stored` is shown because the user asked for an equal run
    result: Result | None = None
    findings: Findings | None = None  # about `result`
    subject: Subject | None = None  # the network that the pages look into
    running: bool = False
    suggestion: QuestionJob | None = None  # the search for settings
    suggesting: bool = False
    comparing: bool = False
    rewound: bool = False
    turn: int | None = None  # the place in the queue that a click has taken
    train_at_once: bool = False  # another page asked for a run
    train_again: bool = False  # the user asked to make the shown run once more
    link_error: str = ""
    damage: str = ""  # why what the tab showed cannot be shown again
    own_series: Series | None = None
    kept_series: Series | None = None  # one that was brought before this session began
    started: Started = field(default_factory=Started)  # what `own_series` has set
    question: Question | None = None  # the search for settings that is possible now
    no_question: str = ""  # why none is possible, in words
    gallery: GalleryRuns = field(init=False)
    cells: RunRow[Result] = field(init=False)
    progress: Progress = field(default_factory=Progress)  # what the learner has done
    sketch: list[float] | None = None  # the forecast that the learner drew
    _remembered: TabState | None = None  # what the store knows of this tab

    def __post_init__(self) -> None:
        self.gallery = GalleryRuns(owner=f"{self.tab}/gallery")
        self.cells = RunRow(lambda result: result, owner=f"{self.tab}/cells")

    @property
    def owner(self) -> str:
        """The name of the Lab of this tab at the engine."""
        return f"{self.tab}/lab"

    def restore(self, showed: TabState) -> None:
        """Show again what this tab showed: the user's series, and the run or its result."""
        self._remembered = showed
        active = engine().active(self.owner)
        if isinstance(active, RunJob):  # it goes on
            self.job = active
        elif showed.run is not None:
            self.show_run(showed.run)
        try:
            if showed.series_digest is not None:
                self.kept_series = store().series(showed.series_digest)
        except StoreError as error:
            self.damage = str(error)

    def show_run(self, id: str) -> bool:
        """Show one of the runs of this browser, in whichever tab it was made.

        Returns False if there is none with this id.
        """
        job = engine().job(id, self.browser)
        stored = store().run(id, self.browser) if job is None else None
        if job is None and stored is None:
            return False
        self.job, self.stored, self.made_before, self.rewound = job, stored, False, False
        self.damage = ""
        try:
            self.result = store().result(id, self.browser) if stored is not None else None
        except StoreError as error:
            self.result, self.damage = None, str(error)
        return True

    def remember(self, experiment: Experiment) -> None:
        """Let the store know what this tab shows, if that has changed."""
        from gru_core.store import TabState, series_digest

        own = self.own_data(experiment)
        key = series_digest(own) if own is not None else None
        query = urlencode(self.started.query(experiment))
        state = TabState(self.tab, query, key, self.run_id, datetime.now(UTC))
        known = self._remembered
        if known is None or replace(state, seen=known.seen) != known:
            self._remembered = state
            keeper().later(lambda store: store.remember(self.tab, self.browser, state, own))

    def collect(self) -> None:
        """Note what is running, and take new results. A run without one keeps the old result.

        Call it once, before the page is drawn. A job may end at any moment, but all parts of the
        page must agree about it.
        """
        self.question, self.no_question = None, ""
        for name, value in self.started.take().items():
            st.session_state[key(name)] = value
        for row in self._rows:
            row.follow()
        self.comparing = self._comparison is not None and self._comparison.active
        self.running = self.job is not None and self.job.active
        if self.job is not None and not self.running and self.job.result is not None:
            self.result = self.job.result
        search = self.suggestion
        ended = self.suggesting and search is not None and not search.active
        self.suggesting = search is not None and search.active
        if ended and search is not None and search.result is not None:
            self._fill_in(search.result.chosen.recipe)

    @property
    def busy(self) -> bool:
        """Whether anything is running. A visitor can run only one job at a time."""
        mine = self.running or self.suggesting or self.comparing
        return mine or any(row.running for row in self._rows)

    def stop(self) -> None:
        """Stop everything that is running."""
        for work in (self.job, self.suggestion, self._comparison):
            if work is not None:
                work.stop()
        for row in self._rows:
            row.stop()

    @property
    def _rows(self) -> tuple[RunRow[Any], ...]:
        return self.gallery, self.cells

    @property
    def _comparison(self) -> QuestionJob | None:
        return self.findings.models if self.findings is not None else None

    def tried(self, kind: Kind, name: str, passed: bool) -> None:
        """Remember one try of a screen's check, a question or an exercise."""
        self.progress = self.progress.tried(kind, name, passed)

    def suggest(self) -> None:
        """Start a search for settings: the `question`."""
        assert self.question is not None
        self.suggestion = engine().ask(self.question, owner=self.owner)
        self.suggesting = True

    def _fill_in(self, recipe: Recipe) -> None:
        # The user may have changed the controls during the search. The recipe sets only how to
        # train, not what to forecast.
        with contextlib.suppress(OptionError):  # the page shows the contradiction
            set_controls(recipe.applied_to(experiment_of_controls()))

    def train(
        self,
        experiment: Experiment,
        resume: Result | None = None,
        *,
        finish: bool = False,
        again: bool = False,
    ) -> None:
        """Start a run. `resume` is the result to go on from; see `Engine.submit`.

        If an equal run was made before, its result is shown at once. `again` trains in any case,
        and so does Rewind: who goes back to the initial weights wants to see the training.
        """
        again = again or self.rewound
        series = resume.series if resume is not None else self.own_data(experiment)
        self.rewound = False
        if resume is None and not again and self._show_equal(experiment, series):
            return
        continues = self.run_id if resume is not None else None
        turn, self.turn = self.turn, None
        self.job = engine().submit(
            experiment,
            series,
            owner=self.owner,
            resume=resume,
            finish=finish,
            turn=turn,
            browser=self.browser,
            continues=continues,
        )
        self.running, self.stored, self.made_before, self.damage = True, None, False, ""

    def _show_equal(self, experiment: Experiment, series: Series | None) -> bool:
        """Show the result of an equal run that was made before; False if there is none."""
        owner = None if os.environ.get(SHARED) else self.browser
        equal = store().twin(experiment, series_of(experiment, series), owner)
        result = None
        with contextlib.suppress(StoreError):  # a damaged result is made again
            result = store().result(equal.id, owner) if equal is not None else None
        if equal is None or result is None:
            return False
        self.job, self.stored, self.result, self.made_before = None, equal, result, True
        return True

    @property
    def run_id(self) -> str | None:
        """The id of the run that is shown, if it is kept."""
        if self.job is not None:
            return self.job.id
        return self.stored.id if self.stored is not None else None

    def take_turn(self) -> None:
        """Take a place in the queue at the click. Drawing the page takes longer for some visitors.

        Without this, a later click could pass an earlier one.
        """
        self.turn = engine().take_turn()

    def give_up_turn(self) -> None:
        """Let others pass, if the click did not start a run."""
        if self.turn is not None:
            engine().give_up_turn(self.turn)
            self.turn = None

    def train_if_asked(self, problem: Problem) -> None:
        """Start the run that another page asked for, unless something is running already."""
        asked, self.train_at_once = self.train_at_once, False
        again, self.train_again = self.train_again, False
        if (asked or again) and not self.busy:
            self.train(problem.experiment, again=again)

    def ask_again(self) -> None:
        """Train once more, although an equal run was made before."""
        self.train_again = True

    @property
    def uses_own_data(self) -> bool:
        """Whether a run or a search has used the user's own series."""
        used = (self.job, self.stored, self.suggestion)
        return self.own_series is not None and any(run is not None for run in used)

    def use_series(self, digest: str) -> None:
        """Use a series that was brought before, instead of a file or a text of this visit."""
        self.kept_series = store().series(digest)
        st.session_state.update({"own.kept": None, "own.text": ""})

    def remove_series(self) -> None:
        """Forget the series that was brought before this session began."""
        self.kept_series = self.own_series = None

    def own_data(self, experiment: Experiment) -> Series | None:
        """The user's own series if the experiment uses it, or None."""
        return self.own_series if experiment.signal == OWN_DATA else None


def current_session() -> Session:
    """This tab's session. The first call makes it from the URL, and from what the tab showed."""
    if "session" not in st.session_state:
        st.session_state["session"] = _new_session()
    known: Session = st.session_state["session"]
    if not tabs.stay(known.tab):  # another session has taken it after a lost connection
        known.tab, _ = tabs.take([], {}, alone=browser.alone())
    return known


def _new_session() -> Session:
    query = {name: value for name, value in st.query_params.items() if name not in PARTS}
    mine = browser.key()
    tab, showed = tabs.take(store().tabs(mine), query, alone=browser.alone())
    if showed is not None:
        query = query or dict(parse_qsl(showed.query, keep_blank_values=True))
    experiment, link_error = from_link(query)
    set_controls(experiment)
    session = Session(mine, tab, link_error=link_error)
    session.started.chosen.update(query)
    if showed is not None:
        session.restore(showed)
    return session


def open_lab(experiment: Experiment, *, train: bool = False) -> NoReturn:
    """Go to the Lab with these settings. With `train`, the run starts there at once."""
    current_session().train_at_once = train
    set_controls(experiment)
    st.switch_page("lab.py", query_params=experiment.to_query())


def open_run(id: str) -> NoReturn:
    """Go to the Lab and show a run of this browser as it was: settings, series and result."""
    session = current_session()
    run = store().run(id, session.browser)
    if run is None or not session.show_run(id):
        st.rerun()  # it was deleted in another tab
    if run.experiment.signal == OWN_DATA:
        session.use_series(run.series_digest)
    session.started.chosen.update(run.experiment.to_query())
    open_lab(run.experiment)
