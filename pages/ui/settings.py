"""The values of the controls: an experiment that the user sets.

`st.session_state` holds the value of every control under a key from `key`. Presets and links set
the same values.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from gru_core.data.sources import SOURCES
from gru_core.errors import OptionError
from gru_core.experiment.experiment import OPTIONS, Experiment

__all__ = ["experiment_of_controls", "from_link", "key", "set_controls"]


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


def from_link(query: dict[str, str]) -> tuple[Experiment, str]:
    """The experiment from the valid part of the URL, and the errors in the rest."""
    try:
        return Experiment.from_query(query), ""
    except OptionError as error:
        wrong = str(error)
        concerned = set(error.options) | {f"signal.{name}" for name in error.options}
    rest = {name: text for name, text in query.items() if name not in concerned}
    if len(rest) == len(query):
        return Experiment(), wrong
    experiment, more = from_link(rest)
    return experiment, f"{wrong} {more}".strip()
