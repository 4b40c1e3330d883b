"""The sidebar: every control, made from the table of options."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

from gru_core.data.sources import SOURCES
from gru_core.errors import OptionError
from gru_core.experiment.experiment import GROUPS, OPTIONS
from gru_core.experiment.presets import PRESETS
from gru_core.options import Option
from pages.ui import decimal_comma
from pages.ui.heading import preset_of
from pages.ui.session import current_session
from pages.ui.settings import experiment_of_controls, key, set_controls

__all__ = ["sidebar"]

#: Options that apply only to a synthetic signal.
_SYNTHETIC = ("points", "noise", "signal_seed")

#: The keys of the controls for numbers that are not whole.
_FRACTIONS = [key(name) for name, option in OPTIONS.items() if option.kind == "float"] + [
    key(name, signal)
    for signal, source in SOURCES.items()
    for name, option in source.parameters.items()
    if option.kind == "float"
]


def sidebar() -> None:
    """Draw the presets, then the options in numbered groups. Advanced options are folded away.

    The values survive a visit to another page (`persist_state`).
    """
    st.session_state["preset"] = _preset()
    with st.sidebar:
        st.selectbox(
            "Preset",
            list(PRESETS),
            index=None,
            placeholder="Choose ready-made settings",
            key="preset",
            on_change=_take_preset,
            help="Fills in all the settings below.",
        )
        for number, (group, title) in enumerate(GROUPS.items(), 1):
            st.header(f"{number} {title}", divider="gray", anchor=False)
            _group(group)
        decimal_comma.accept(_FRACTIONS)


def _preset() -> str | None:
    try:
        return preset_of(experiment_of_controls())
    except OptionError:  # the controls contradict each other
        return None


def _take_preset() -> None:
    if preset := PRESETS.get(st.session_state["preset"] or ""):
        set_controls(preset.experiment)


def _group(group: str) -> None:
    options = [option for option in OPTIONS.values() if option.group == group]
    shown = [option for option in options if _applies(option.name)]
    for option in shown:
        if not option.advanced:
            _control(option, key(option.name))
            if option.name == "signal":
                _signal()
    advanced = [option for option in shown if option.advanced]
    if advanced:
        # Drawn only while it is open: half of all controls are in here, and each costs time in
        # the server and in the browser at every change.
        with st.expander("Advanced", key=f"advanced-{group}", on_change="rerun") as folded:
            if folded.open:
                for option in advanced:
                    _control(option, key(option.name))


def _signal() -> None:
    name = st.session_state[key("signal")]
    if name in SOURCES:
        st.caption(SOURCES[name].help)
        for option in SOURCES[name].parameters.values():
            _control(option, key(option.name, name))


def _applies(name: str) -> bool:
    if name in _SYNTHETIC:
        source = SOURCES.get(st.session_state[key("signal")])
        return source is not None and source.synthetic
    if name == "forecast_point":
        return bool(st.session_state[key("forecast_start")] == "point")
    if name in ("loop_steps", "curriculum"):
        return bool(st.session_state[key("objective")] == "closed-loop")
    if name == "dropout":
        # Dropout needs two layers. A value that is set stays visible, so the user can clear it.
        return bool((st.session_state[key("layers")] or 1) > 1 or st.session_state[key("dropout")])
    # An option with only one choice needs no control.
    return OPTIONS[name].kind != "choice" or len(OPTIONS[name].choices) > 1


def _control(option: Option, widget: str) -> None:
    st.session_state.setdefault(widget, option.default)
    help_text = f"{option.help}  \nAllowed: {option.range}."
    if option.optional:
        help_text += f" Empty: {option.none_means}."
    label = f"{option.title} ({option.unit})" if option.unit else option.title
    if option.kind == "choice":
        _keep_valid(widget, option.choices, option.default)
        st.selectbox(
            label,
            option.choices,
            format_func=option.label,
            key=widget,
            help=help_text,
            persist_state="session",
            on_change=current_session().started.chosen.add,
            args=(option.name,),
        )
    elif option.kind == "bool":
        st.toggle(label, key=widget, help=help_text, persist_state="session")
    else:
        st.number_input(
            label,
            key=widget,
            help=help_text,
            placeholder=option.none_means,
            persist_state="session",
            on_change=current_session().started.chosen.add,
            args=(option.name,),
            **_numbers(option),
        )


def _numbers(option: Option) -> dict[str, Any]:
    """The widget has no limits of its own: `Experiment` checks the value, and the page says what
    is wrong. With limits, Streamlit replaces a value beyond them by the lowest one, and says
    nothing. Without a default value it does not replace an empty field either.
    """
    if option.kind == "int":
        return {"value": None, "step": 1}
    return {"value": None, "step": _step(option), "format": "%g"}


def _step(option: Option) -> float:
    default = abs(float(option.default or 1.0))
    for step in (0.001, 0.01, 0.05, 0.1, 1.0):
        if default <= 50 * step:
            return step
    return 1.0


def _keep_valid(widget: str, choices: Iterable[str], default: Any) -> None:
    if st.session_state[widget] not in choices:
        st.session_state[widget] = default
