"""Invalid options: a link with them is corrected with a warning, and controls explain them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from gru_core.experiment.experiment import OPTIONS

IGNORED = "Part of the link is not valid and was ignored."


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"learning_rate": "0"}, "Learning rate .* cannot be 0.0: it must be 1e-06 to 1"),
        ({"learning_rate": "-0.01"}, "Learning rate .* cannot be -0.01"),
        ({"learning_rate": "nan"}, "Learning rate .* cannot be nan"),
        ({"learning_rate": "1e6"}, "Learning rate .* cannot be 1000000.0"),
        ({"hidden_size": "0"}, "Hidden size .* cannot be 0: it must be 1 to 1024 units"),
        ({"hidden_size": "1000000"}, "Hidden size .* cannot be 1000000"),
        ({"layers": "0"}, "Layers .* cannot be 0: it must be 1 to 8"),
        ({"layers": "500"}, "Layers .* cannot be 500"),
        ({"dropout": "1.0"}, "Dropout .* cannot be 1.0: it must be 0 to 0.9"),
        ({"dropout": "0.5"}, "Dropout .* works between layers, but there is only 1 layer"),
        ({"window": "0"}, "Window .* cannot be 0"),
        ({"window": "ten"}, "Window .* cannot be 'ten'"),
        ({"epochs": "0"}, "Epochs .* cannot be 0: it must be 1 to 10000"),
        ({"epochs": "1000000000"}, "Epochs .* cannot be 1000000000"),
        ({"holdout": "0"}, "the holdout is 0. Set a holdout"),
        ({"holdout": "1"}, "Holdout .* cannot be 1.0: it must be 0 to 0.9"),
        ({"seed": "-1"}, "Seed .* cannot be -1"),
        ({"seed": str(2**64)}, f"Seed .* cannot be {2**64}"),
        ({"cell": "transformer"}, "Cell .* cannot be 'transformer': it must be gru, gru-textbook"),
        ({"signal": "noise"}, "There is no signal 'noise'"),
        ({"signal.span": "inf"}, "Range .* cannot be inf"),
        ({"signal.mass": "3"}, "The signal 'Sine' has no parameter 'mass'"),
        ({"forecast_start": "point"}, "a chosen point, but no point is given"),
        ({"shuffle": "perhaps"}, "Shuffle windows .* cannot be 'perhaps'"),
        ({"cheat": "1"}, "There is no option 'cheat'"),
        ({"points": "9" * 5000}, "Points .* cannot be '9+…"),
    ],
)
def test_an_invalid_option_in_a_link_is_ignored_with_a_warning(
    visit: Any, query: dict[str, str], words: str
) -> None:
    lab = visit("lab.py", {"noise": "0.1", "clip": "2.0"} | query)
    warning = lab.text("warning")
    assert warning.startswith(IGNORED)
    assert re.search(words, warning), warning
    for name in query:
        if f"option.{name}" in lab.controls:
            assert lab.value(name) == OPTIONS[name].default
    assert lab.address == {"noise": "0.1", "clip": "2.0"}  # the valid options are kept
    assert not lab.app.error
    assert not lab.button("Train").disabled


def test_one_warning_names_all_invalid_options_of_a_link(visit: Any) -> None:
    lab = visit("lab.py", {"window": "0", "layers": "500", "cheat": "1", "points": "200"})
    warning = lab.text("warning")
    for words in ("Window", "Layers", "cheat"):
        assert words in warning
    assert lab.value("points") == 200


@pytest.mark.parametrize("name", ["{}", "signal", "signal.{}", "window"])
def test_markup_in_a_link_is_shown_as_plain_text(visit: Any, name: str) -> None:
    markup = "[prize](https://example.org) $x$"
    lab = visit("lab.py", {name.format(markup): markup})
    assert markup not in lab.markdown("warning")
    assert markup in lab.text("warning")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (
            {"points": "50", "window": "60"},
            "50 values − 10 of holdout − 4 of validation leaves 36 to train on",
        ),
        ({"horizon": "500"}, "The horizon (500 steps) is longer than the holdout has (200 of"),
        (
            {"forecast_start": "point", "forecast_point": "2000"},
            "cannot start at position 2000",
        ),
    ],
)
def test_settings_that_do_not_fit_the_series_show_the_arithmetic(
    visit: Any, query: dict[str, str], words: str
) -> None:
    lab = visit("lab.py", query)
    assert words in lab.text("error")
    assert lab.button("Train").disabled
    assert lab.address == query


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"holdout": 0.0}, "Set a holdout, such as 0.2."),
        ({"forecast_start": "point"}, "Set 'Chosen point' to the position"),
        ({"layers": 2, "dropout": 0.5, "forecast_start": "point"}, "Set 'Chosen point'"),
        ({"window": 900}, "a window with its target needs 901"),
    ],
)
def test_controls_that_contradict_each_other_show_an_error(
    visit: Any, changes: dict[str, Any], words: str
) -> None:
    lab = visit("lab.py")
    for name, value in changes.items():
        lab.set(name, value)
    assert words in lab.text("error")
    assert lab.button("Train").disabled
    assert not lab.charts


def test_a_dropout_that_contradicts_one_layer_can_be_changed(visit: Any) -> None:
    lab = visit("lab.py", {"layers": "2", "dropout": "0.5"})
    lab.set("layers", 1)
    assert "option.dropout" in lab.controls or not lab.app.error


def test_a_batch_that_is_too_large_is_lowered_with_a_note(lab: Any) -> None:
    session = lab(batch_size="4000")
    words = "The batch size was lowered from 4000 to 76"
    assert words in session.text("caption")
    session.train()
    assert words in session.text("caption")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"hidden_size": "1024", "layers": "8"}, "47,239,169 parameters (at most 5,000,000)"),
        ({"batch_size": "1", "epochs": "10000"}, "(at most 1 h 0 min)"),
    ],
)
def test_a_run_over_the_budget_is_refused_with_numbers(
    visit: Any, query: dict[str, str], words: str
) -> None:
    lab = visit("lab.py", query)
    lab.press("Train")
    assert words in lab.text("error")
    assert "Use fewer layers" in lab.text("error")
    assert lab.button("Stop").disabled


#: With these settings, every number has a control.
ALL_SHOWN = {
    "objective": "closed-loop",
    "forecast_start": "point",
    "forecast_point": "100",
    "layers": "2",
    "noise": "0.1",
}
NUMBERS = [option for option in OPTIONS.values() if option.kind in ("int", "float")]


def forge(lab: Any, key: str, value: Any) -> None:
    """Send `value` as the browser would, without the limits of the page."""
    states = lab.app._tree.get_widget_states()
    [state] = [state for state in states.widgets if state.id == lab.controls[key].id]
    if isinstance(value, str):
        state.string_value = value
    else:
        state.double_value = value
    lab.app._run(states)
    lab.look()


def test_a_forged_number_is_refused_with_its_range(visit: Any) -> None:
    """Streamlit would replace it by the lowest value, and the run would use that."""
    lab = visit("lab.py", ALL_SHOWN)
    for option in NUMBERS:
        usual = lab.value(option.name)
        assert option.low is not None
        beyond = option.high + 1 if option.high is not None else -1e9
        for value in (option.low - 1, beyond, -1e15):
            forge(lab, f"option.{option.name}", value)
            words = lab.text("error")
            assert f"{option.title} (" in words, (option.name, value)
            assert "cannot be" in words
            assert f"it must be {option.range}" in words
            assert lab.button("Train").disabled
        lab.set(option.name, usual)
        assert not lab.app.error, option.name


def test_a_forged_parameter_of_a_signal_is_refused_with_its_range(visit: Any) -> None:
    lab = visit("lab.py")
    for value in (1e9, -1e9):
        forge(lab, "signal.sine.span", value)
        assert "Range" in lab.text("error")
        assert lab.button("Train").disabled


def test_an_empty_field_is_refused_unless_empty_has_a_meaning(visit: Any) -> None:
    lab = visit("lab.py", ALL_SHOWN)
    for option in NUMBERS:
        usual = lab.value(option.name)
        lab.set(option.name, None)
        if option.optional and option.name != "forecast_point":  # a chosen point needs its number
            assert not lab.app.error, option.name
        else:
            assert option.title in lab.text("error")
            assert lab.button("Train").disabled
        lab.set(option.name, usual)


@pytest.mark.parametrize(
    ("option", "forged"), [("cell", "transformer"), ("signal", "../secret"), ("device", "")]
)
def test_a_forged_choice_changes_nothing_silently(visit: Any, option: str, forged: str) -> None:
    lab = visit("lab.py")
    before = lab.value(option)
    forge(lab, f"option.{option}", forged)
    assert lab.value(option) == before or lab.app.error
