"""The state of one session: the values of the controls, the run and the result.

`st.session_state` holds the value of every control under a key from `key`. Presets and links set
the same values. The URL is read once, when a session begins. After that, it follows the controls.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import streamlit as st

from gru_core.data.series import Series
from gru_core.data.sources import SOURCES
from gru_core.engine import Question, QuestionJob, RunJob
from gru_core.errors import GruLabError, OptionError
from gru_core.experiment.experiment import OPTIONS, OWN_DATA, Experiment
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.forecast.windows import split
from gru_core.search.recipe import FEWEST_VALUES, Recipe
from gru_core.teaching.progress import Kind, Progress
from pages.ui import browser
from pages.ui.findings import Findings
from pages.ui.gallery_runs import GalleryRuns
from pages.ui.run_row import RunRow
from pages.ui.server import engine, new_owner, store
from pages.ui.started import Started

if TYPE_CHECKING:
    from pages.ui.subject import Subject

__all__ = [
    "Session",
    "current_session",
    "experiment_of_controls",
    "key",
    "open_lab",
    "open_run",
    "set_controls",
]

#: Parameters in the URL of other pages: which part of the page is open. They are no settings.
PARTS = frozenset({"learn", "inside", "practice"})
#: The longest time of a search, because a class shares the server's workers.
MOST_SECONDS = 60.0


@dataclass
class Session:
    """The state of one browser tab."""

    owner: str
    job: RunJob | None = None
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
    link_error: str = ""
    own_series: Series | None = None
    started: Started = field(default_factory=Started)  # what `own_series` has set
    question: Question | None = None  # the search for settings that is possible now
    no_question: str = ""  # why none is possible, in words
    gallery: GalleryRuns = field(default_factory=GalleryRuns)
    cells: RunRow[Result] = field(default_factory=lambda: RunRow(lambda result: result))
    progress: Progress = field(default_factory=Progress)  # what the learner has done
    sketch: list[float] | None = None  # the forecast that the learner drew

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

    def prepare(self, experiment: Experiment, series: Series) -> None:
        """Prepare the `question` of a search for settings, also if these settings do not fit.

        The search sees only the values before the holdout. If it is not possible, `no_question`
        says why.
        """
        self.question, self.no_question = None, ""
        try:
            # The shortest window fits every series that a search can use.
            smallest = experiment.replace(window=1, difference=None, validation=0.0)
            parts = split(smallest, len(series))
        except GruLabError as error:
            self.no_question = str(error)
            return
        if parts.holdout_start < FEWEST_VALUES:
            self.no_question = (
                f"It needs at least {FEWEST_VALUES} values before the holdout, and there are "
                f"{parts.holdout_start}. Bring a longer series, or make the holdout smaller."
            )
            return
        past = series.part(0, parts.holdout_start)
        arguments = {
            "horizon": parts.horizon,
            "seed": experiment.seed,
            "period": experiment.period,
            "budget_s": MOST_SECONDS,
        }
        self.question = Question("settings", past, arguments)

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
        self, experiment: Experiment, resume: Result | None = None, *, finish: bool = False
    ) -> None:
        """Start a run. `resume` is the result to go on from; see `Engine.submit`."""
        series = resume.series if resume is not None else self.own_data(experiment)
        turn, self.turn = self.turn, None
        self.job = engine().submit(
            experiment, series, owner=self.owner, resume=resume, finish=finish, turn=turn
        )
        self.running = True
        self.rewound = False

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
        if asked and not self.busy:
            self.train(problem.experiment)

    @property
    def uses_own_data(self) -> bool:
        """Whether a run or a search has used the user's own series."""
        jobs = (self.job, self.suggestion)
        return self.own_series is not None and any(job is not None for job in jobs)

    def own_data(self, experiment: Experiment) -> Series | None:
        """The user's own series if the experiment uses it, or None."""
        return self.own_series if experiment.signal == OWN_DATA else None


def current_session() -> Session:
    """This tab's session. The first call makes it from the URL."""
    if "session" not in st.session_state:
        query = {name: value for name, value in st.query_params.items() if name not in PARTS}
        experiment, link_error = _from_link(query)
        set_controls(experiment)
        session = Session(owner=new_owner(), link_error=link_error)
        session.started.chosen.update(query)
        st.session_state["session"] = session
        return session
    known: Session = st.session_state["session"]
    return known


def key(name: str, signal: str | None = None) -> str:
    """The key of the control of an option, or of a parameter of `signal`."""
    return f"signal.{signal}.{name}" if signal else f"option.{name}"


def set_controls(experiment: Experiment) -> None:
    """Make the controls show `experiment`. Call it before they are drawn, or in a callback."""
    for name in OPTIONS:
        st.session_state[key(name)] = getattr(experiment, name)
    for name, value in experiment.parameters.items():
        st.session_state[key(name, experiment.signal)] = value


def experiment_of_controls() -> Experiment:
    """The experiment that the controls show.

    Raises:
        OptionError: the controls contradict each other, or the browser sent a value that no
            control offers.
    """
    values: dict[str, Any] = {name: st.session_state[key(name)] for name in OPTIONS}
    source = SOURCES.get(values["signal"])
    if source is not None:
        values["parameters"] = {
            name: st.session_state.get(key(name, source.name), option.default)
            for name, option in source.parameters.items()
        }
    return Experiment(**values)


def open_lab(experiment: Experiment, *, train: bool = False) -> NoReturn:
    """Go to the Lab with these settings. With `train`, the run starts there at once."""
    current_session().train_at_once = train
    set_controls(experiment)
    st.switch_page("lab.py", query_params=experiment.to_query())


def open_run(run: str) -> NoReturn:
    """Go to the Lab and show a stored run as it was: its settings, its series and its result."""
    stored = store().run(run, browser.key())
    if stored is None:
        st.rerun()  # it was deleted in another tab
    session = current_session()
    session.result = store().result(run, browser.key())
    session.job, session.rewound = None, False
    if stored.experiment.signal == OWN_DATA:
        session.own_series = store().series(stored.series_digest)
    open_lab(stored.experiment)


def _from_link(query: dict[str, str]) -> tuple[Experiment, str]:
    """The experiment from the valid part of the URL, and the errors in the rest."""
    try:
        return Experiment.from_query(query), ""
    except OptionError as error:
        wrong = str(error)
        concerned = set(error.options) | {f"signal.{name}" for name in error.options}
    rest = {name: text for name, text in query.items() if name not in concerned}
    if len(rest) == len(query):
        return Experiment(), wrong
    experiment, more = _from_link(rest)
    return experiment, f"{wrong} {more}".strip()
