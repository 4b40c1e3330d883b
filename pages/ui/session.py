"""All that one session holds: the values of the controls, the run, the result.

Every control stands in `st.session_state` under a key made here, so that presets, the URL and the
controls speak of the same values. The URL is read once, when a session begins, and then follows.
"""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass, field
from typing import Any, NoReturn

import streamlit as st

from gru_core.data.series import Series
from gru_core.data.signals import SOURCES
from gru_core.engine import Question, QuestionJob, RunJob
from gru_core.errors import OptionError
from gru_core.experiment.experiment import OPTIONS, OWN_DATA, Experiment
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.search.recipe import Recipe
from pages.ui.findings import Findings
from pages.ui.gallery_runs import GalleryRuns
from pages.ui.server import engine

__all__ = [
    "Session",
    "current_session",
    "experiment_of_controls",
    "key",
    "open_lab",
    "set_controls",
]

#: A search takes no longer than this: a class shares the server's workers.
MOST_SECONDS = 60.0


@dataclass
class Session:
    """What one browser tab works on."""

    owner: str
    job: RunJob | None = None
    result: Result | None = None
    findings: Findings | None = None  # of the result
    running: bool = False
    suggestion: QuestionJob | None = None
    suggesting: bool = False
    comparing: bool = False
    rewound: bool = False
    train_at_once: bool = False  # the visitor asked for it on another page
    link_error: str = ""
    own_series: Series | None = None
    gallery: GalleryRuns = field(default_factory=GalleryRuns)

    def collect(self) -> None:
        """If the run has ended, take its result; a run that left none keeps the one before.

        What goes on is decided here, once for all that is drawn in one run of the page: it may end
        at any moment in between.
        """
        self.gallery.follow()
        self.comparing = self._comparison is not None and self._comparison.active
        self.running = self.job is not None and self.job.active
        if self.job is not None and not self.running and self.job.result is not None:
            self.result = self.job.result
        asked = self.suggestion
        ended = self.suggesting and asked is not None and not asked.active
        self.suggesting = asked is not None and asked.active
        if ended and asked is not None and asked.result is not None:
            self._fill_in(asked.result.chosen.recipe)

    @property
    def busy(self) -> bool:
        """Whether anything goes on: one visitor has one thing at a time."""
        return self.running or self.suggesting or self.comparing or self.gallery.running

    def stop(self) -> None:
        """Ask whatever goes on to end."""
        for work in (self.job, self.suggestion, self._comparison):
            if work is not None:
                work.stop()
        self.gallery.stop()

    @property
    def _comparison(self) -> QuestionJob | None:
        return self.findings.models if self.findings is not None else None

    def suggest(self, problem: Problem) -> None:
        """Ask which settings suit what may be seen of the series: all before the holdout."""
        experiment, parts = problem.experiment, problem.parts
        arguments = {
            "horizon": parts.horizon,
            "seed": experiment.seed,
            "period": experiment.period,
            "budget_s": MOST_SECONDS,
        }
        past = problem.series.part(0, parts.holdout_start)
        self.suggestion = engine().ask(Question("settings", past, arguments), owner=self.owner)
        self.suggesting = True

    def _fill_in(self, recipe: Recipe) -> None:
        # The forecast that the controls ask for now may be another one: only how to train changes.
        with contextlib.suppress(OptionError):  # the controls contradict each other: they say so
            set_controls(recipe.applied_to(experiment_of_controls()))

    def train(self, experiment: Experiment, resume: Result | None = None) -> None:
        """Submit a run; `resume` is the result to go on from."""
        series = resume.series if resume is not None else self.own_data(experiment)
        self.job = engine().submit(experiment, series, owner=self.owner, resume=resume)
        self.running = True
        self.rewound = False

    def train_if_asked(self, problem: Problem) -> None:
        """Begin the run that another page asked for, unless something goes on already."""
        asked, self.train_at_once = self.train_at_once, False
        if asked and not self.busy:
            self.train(problem.experiment)

    def own_data(self, experiment: Experiment) -> Series | None:
        """The user's own series where the experiment is about it."""
        return self.own_series if experiment.signal == OWN_DATA else None


def current_session() -> Session:
    """This tab's session, begun from the URL at the first call."""
    if "session" not in st.session_state:
        found = Session(owner=uuid.uuid4().hex)
        experiment, found.link_error = _from_link(st.query_params.to_dict())
        set_controls(experiment)
        st.session_state["session"] = found
    session: Session = st.session_state["session"]
    return session


def key(name: str, signal: str | None = None) -> str:
    """The key of an option's control, or of a signal's own parameter."""
    return f"signal.{signal}.{name}" if signal else f"option.{name}"


def set_controls(experiment: Experiment) -> None:
    """Make the controls show `experiment`; before they are drawn, or in a callback."""
    for name in OPTIONS:
        st.session_state[key(name)] = getattr(experiment, name)
    for name, value in experiment.parameters.items():
        st.session_state[key(name, experiment.signal)] = value


def experiment_of_controls() -> Experiment:
    """The experiment that the controls show.

    Raises:
        OptionError: they contradict each other, or the browser sent what no control offers.
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
    """Go to the Lab with these settings; `train` begins the run there at once."""
    current_session().train_at_once = train
    set_controls(experiment)
    st.switch_page("lab.py", query_params=experiment.to_query())


def _from_link(query: dict[str, str]) -> tuple[Experiment, str]:
    """The experiment in the URL, as far as it is valid, and what was wrong with the rest."""
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
