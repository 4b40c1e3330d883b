"""The heading of the Lab: the signal, and why a preset or a failure is worth a try."""

from __future__ import annotations

import streamlit as st

from gru_core.experiment.experiment import OPTIONS, Experiment
from gru_core.experiment.gallery import GALLERY
from gru_core.experiment.presets import PRESETS

__all__ = ["preset_of", "show"]


def show(experiment: Experiment | None) -> None:
    """Show the page's only h1. A preset or a failure of the gallery gets a text of its own.

    `experiment` is None while the controls contradict each other.
    """
    with st.container(key="lab-heading"):
        if experiment is None:
            st.title("Lab", anchor=False)
            return
        st.title(f"Lab: {OPTIONS['signal'].label(experiment.signal)}", anchor=False)
        if why := _why(experiment):
            st.caption(why)


def preset_of(experiment: Experiment) -> str | None:
    """The title of the preset that equals `experiment`, or None."""
    titles = [title for title, preset in PRESETS.items() if preset.experiment == experiment]
    return titles[0] if titles else None


def _why(experiment: Experiment) -> str:
    if title := preset_of(experiment):
        return f"**{title}.** {PRESETS[title].why}"
    for failure in GALLERY.values():
        if experiment == failure.broken:
            return f"**From the gallery: {failure.title}.** {failure.symptom}"
        if experiment == failure.fixed:
            return f"**From the gallery: {failure.title}, fixed.** {failure.reason}"
    return ""
