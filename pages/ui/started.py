"""What the Lab sets by itself when the user's own series is new, and what it leaves alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from gru_core.data.series import Series
from gru_core.experiment.experiment import OPTIONS, OWN_DATA, Experiment
from gru_core.experiment.start import STARTED, Start, start_from

__all__ = ["Started"]


@dataclass
class Started:
    """The settings that the user's own series has set.

    Attributes:
        chosen: the options that the user or a link has set. They are never changed here.
        start: what the series asks for.
    """

    chosen: set[str] = field(default_factory=set)
    start: Start = field(default_factory=lambda: Start({}, {}))
    _series: int | None = None  # a hash of its values
    _waiting: dict[str, Any] = field(default_factory=dict)

    def follow(self, experiment: Experiment, series: Series) -> None:
        """If `series` is new, set the options that nobody has chosen, and draw the page again."""
        mark = hash(series.values.tobytes())
        if mark == self._series:
            return
        before = self.start.options
        self._series = mark
        self.start = start_from(series.values[: round(len(series) * (1 - experiment.holdout))])
        for name in STARTED:
            now, default = getattr(experiment, name), OPTIONS[name].default
            wanted = self.start.options.get(name, default)
            free = name not in self.chosen and now in (default, before.get(name, default))
            if free and now != wanted:
                self._waiting[name] = wanted
        if self._waiting:
            st.rerun()  # the controls are drawn already, and show the old values

    def take(self) -> dict[str, Any]:
        """The options to set now, before the controls are drawn. Each is given once."""
        waiting, self._waiting = self._waiting, {}
        return waiting

    def reasons(self, experiment: Experiment) -> list[str]:
        """Why the settings of `experiment` are as they are, where the series has set them."""
        options, reasons = self.start.options, self.start.reasons
        return [why for name, why in reasons.items() if getattr(experiment, name) == options[name]]

    def query(self, experiment: Experiment) -> dict[str, str]:
        """The query of the address. With a series of one's own it holds all that could be started.

        A default is left out of other queries. Here, it would be set anew by the data.
        """
        query = experiment.to_query()
        if experiment.signal != OWN_DATA or self._series is None:
            return query
        return query | {name: OPTIONS[name].format(getattr(experiment, name)) for name in STARTED}
