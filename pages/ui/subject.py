"""The network that a screen looks into: the one that was just trained, or one that ships."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from gru_core.experiment.experiment import OPTIONS
from gru_core.forecast.events import Weights
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.shipped import networks
from gru_core.wording import count
from pages.ui import text
from pages.ui.messages import messages
from pages.ui.network import described
from pages.ui.session import Session

__all__ = ["Subject", "shipped", "subject_of"]


@dataclass(frozen=True, eq=False)
class Subject:
    """A trained network and its series. `result` is None for a network that ships."""

    problem: Problem
    weights: Weights
    result: Result | None = None
    _made: dict[str, str] = field(default_factory=dict, repr=False)

    def once(self, name: str, make: Callable[[], object]) -> str:
        """What `make` returns, as JSON for the browser. It is made once and kept under `name`.

        An equal string also keeps a component from drawing again.
        """
        if name not in self._made:
            self._made[name] = json.dumps(make())
        return self._made[name]

    @property
    def network(self) -> str:
        """The network for the browser, as JSON."""
        return self.once("network", lambda: described(self.problem, self.weights))

    @property
    def name(self) -> str:
        """What is looked at, in words for Markdown."""
        experiment = self.problem.experiment
        cell = OPTIONS["cell"].label(experiment.cell)
        return messages("screen")(
            "shipped" if self.result is None else "own",
            cell=cell,
            units=count(experiment.hidden_size, "unit"),
            series=text.plain(self.problem.series.name),
        )


def subject_of(session: Session) -> Subject:
    """The network of the session's last run, or the shipped one before any run."""
    result = session.result
    if session.subject is None or session.subject.result is not result:
        session.subject = shipped() if result is None else _of(result)
    return session.subject


def _of(result: Result) -> Subject:
    _, weights = result.checkpoint.kept(result.experiment.keep)
    return Subject(result.problem, weights, result)


@cache
def shipped() -> Subject:
    """The network of the Home page. All sessions share it."""
    experiment, weights = networks.network("home")
    return Subject(Problem.of(experiment), weights)
