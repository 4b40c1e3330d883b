"""`Option`: its words, its checks and its text for a query. `table_of`: the table of options."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, replace
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from gru_core.data.sources import SOURCES
from gru_core.experiment.experiment import OPTIONS
from gru_core.options import Option, table_of


class Tea:
    """An example of a class with options."""

    cups: Annotated[int, Option(title="Cups", help="How many.", low=1, high=12)] = 2
    sugar: Annotated[float | None, Option(title="Sugar", help="How much.", low=0)] = None
    milk: Annotated[bool, Option(title="Milk", help="With milk.")] = False
    leaf: Annotated[
        Literal["green", "black"], Option(title="Leaf", help="Which.", labels={"green": "Green"})
    ] = "black"
    pot: Annotated[
        str, Option(title="Pot", help="Which.", labels={"big": "Big", "small": "Small"})
    ] = "big"
    drunk: Annotated[int, "no option"] = 0
    plain: int = 0


TEA = table_of(Tea, vars(Tea))
EVERY_OPTION = [
    *OPTIONS.values(),
    *(option for source in SOURCES.values() for option in source.parameters.values()),
]
NUMBER = Option(title="", help="")


def values_of(option: Option) -> st.SearchStrategy[Any]:
    """Every value that the option allows."""
    if option.kind == "bool":
        values: st.SearchStrategy[Any] = st.booleans()
    elif option.kind == "choice":
        values = st.sampled_from(option.choices)
    else:
        assert option.low is not None
        assert option.high is not None
        if option.kind == "int":
            values = st.integers(int(option.low), int(option.high))
        else:
            values = st.floats(option.low, option.high)
    return st.none() | values if option.optional else values


# --- table_of


def test_the_table_holds_the_options_in_order() -> None:
    assert list(TEA) == ["cups", "sugar", "milk", "leaf", "pot"]
    assert [option.name for option in TEA.values()] == list(TEA)


@pytest.mark.parametrize(
    ("name", "kind", "default", "choices", "optional"),
    [
        ("cups", "int", 2, (), False),
        ("sugar", "float", None, (), True),
        ("milk", "bool", False, (), False),
        ("leaf", "choice", "black", ("green", "black"), False),
        ("pot", "choice", "big", ("big", "small"), False),
    ],
)
def test_the_table_adds_the_facts_of_the_annotation(
    name: str, kind: str, default: Any, choices: tuple[str, ...], optional: bool
) -> None:
    option = TEA[name]
    assert (option.kind, option.default) == (kind, default)
    assert (option.choices, option.optional) == (choices, optional)


def test_the_table_of_a_function() -> None:
    def brew(leaves: str, *, minutes: Annotated[float, Option(title="M", help="H")] = 3.0) -> None:
        """Make tea."""

    [option] = table_of(brew, {"minutes": 3.0}).values()
    assert (option.name, option.kind, option.default) == ("minutes", "float", 3.0)


def test_the_annotation_itself_is_not_changed() -> None:
    written = Tea.__annotations__["cups"]
    assert "name" not in str(written)
    assert table_of(Tea, {**vars(Tea), "cups": 7})["cups"].default == 7
    assert TEA["cups"].default == 2


def test_an_option_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        TEA["cups"].low = 0  # type: ignore[misc]


# --- range and label


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (replace(NUMBER, low=1, high=1000, unit="values"), "1 to 1000 values"),
        (replace(NUMBER, low=0.0, high=2.0), "0 to 2"),
        (replace(NUMBER, low=1e-6, high=0.5), "1e-06 to 0.5"),
        (replace(NUMBER, low=-1, high=2**53 - 1), "-1 to 9007199254740991"),
        (replace(NUMBER, low=0, high=1e300), "0 to 1e+300"),
        (replace(NUMBER, low=1), "at least 1"),
        (replace(NUMBER, low=1, unit="steps"), "at least 1 steps"),
        (replace(NUMBER, high=1), "−∞ to 1"),
        (NUMBER, "any number"),
        (replace(NUMBER, unit="ppm"), "any number ppm"),
        (TEA["milk"], "on or off"),
        (TEA["leaf"], "green or black"),
        (replace(TEA["leaf"], choices=("gru", "lstm", "rnn")), "gru, lstm or rnn"),
        (replace(TEA["leaf"], choices=("one-step",)), "one-step"),
    ],
)
def test_the_range_in_words(option: Option, words: str) -> None:
    assert option.range == words


def test_a_choice_without_a_label_is_its_own_label() -> None:
    assert [TEA["leaf"].label(choice) for choice in TEA["leaf"].choices] == ["Green", "black"]


# --- check


@pytest.mark.parametrize("value", [1, 12, 1.5, True, None, "words are for others to check"])
def test_check_returns_a_value_in_range(value: Any) -> None:
    assert TEA["cups"].check(value) is value


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        (0, "out of range"),
        (13, "out of range"),
        (math.nextafter(1, 0), "out of range"),
        (math.nan, "not a finite number"),
        (math.inf, "not a finite number"),
        (-math.inf, "not a finite number"),
        (2**64, "out of range"),
        pytest.param(10**400, "out of range|not a finite", id="larger than any float"),
    ],
)
def test_check_refuses_a_value_out_of_range(value: float, cause: str) -> None:
    with pytest.raises(ValueError, match=cause):
        TEA["cups"].check(value)


def test_a_missing_bound_allows_any_value() -> None:
    assert TEA["sugar"].check(1e300) == 1e300
    with pytest.raises(ValueError, match="out of range"):
        TEA["sugar"].check(-1e-300)


def test_pydantic_checks_an_annotated_value() -> None:
    cups = TypeAdapter(Annotated[int, TEA["cups"]])
    assert cups.validate_python(12) == 12
    with pytest.raises(ValidationError, match="out of range"):
        cups.validate_python(13)


# --- text


@pytest.mark.parametrize(
    ("option", "value", "text"),
    [
        (TEA["cups"], 2, "2"),
        (TEA["sugar"], None, ""),
        (TEA["sugar"], 2, "2.0"),
        (TEA["sugar"], 0.1, "0.1"),
        (TEA["milk"], True, "1"),
        (TEA["milk"], False, "0"),
        (TEA["leaf"], "green", "green"),
    ],
)
def test_format(option: Option, value: Any, text: str) -> None:
    assert option.format(value) == text


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        (TEA["cups"], "3", 3),
        (TEA["cups"], "-3", -3),  # out of range, which is for `check` to say
        (TEA["sugar"], "", None),
        (TEA["sugar"], "1e-3", 0.001),
        (TEA["milk"], "1", True),
        (TEA["milk"], "TRUE", True),
        (TEA["milk"], "false", False),
        (TEA["leaf"], "black", "black"),
    ],
)
def test_parse(option: Option, text: str, value: Any) -> None:
    parsed = option.parse(text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("option", "text"),
    [
        (TEA["cups"], ""),
        (TEA["cups"], "2.5"),
        (TEA["cups"], "two"),
        (TEA["cups"], "9" * 5000),  # Python refuses to read so long a number
        (TEA["sugar"], "1,5"),
        (TEA["milk"], "maybe"),
        (TEA["milk"], ""),
        (TEA["leaf"], "white"),
    ],
)
def test_a_text_that_cannot_be_parsed_is_returned_unchanged(option: Option, text: str) -> None:
    assert option.parse(text) == text


@pytest.mark.parametrize("option", EVERY_OPTION, ids=lambda option: option.name)
@given(data=st.data())
def test_every_value_of_every_option_reads_back(option: Option, data: st.DataObject) -> None:
    value = data.draw(values_of(option))
    parsed = option.parse(option.format(value))
    assert parsed == value
    assert type(parsed) is type(value)
    assert option.check(parsed) == value


@given(st.sampled_from(EVERY_OPTION), st.text())
def test_parse_accepts_any_text(option: Option, text: str) -> None:
    parsed = option.parse(text)
    assert parsed == text or repr(option.parse(option.format(parsed))) == repr(parsed)


# --- a value in words


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("cups", 1000, "1000"),
        ("sugar", 0.5, "0.5"),
        ("sugar", 1 / 6, "0.166667"),
        ("sugar", 0.00001, "0.00001"),
        ("sugar", 2.0, "2"),
        ("sugar", None, "none"),
        ("milk", True, "on"),
        ("milk", False, "off"),
        ("leaf", "green", "Green"),
        ("leaf", "black", "black"),
    ],
)
def test_a_value_in_words(name: str, value: Any, words: str) -> None:
    assert TEA[name].words(value) == words


def test_none_has_the_words_of_its_option() -> None:
    assert replace(TEA["sugar"], none_means="no sugar").words(None) == "no sugar"


@pytest.mark.parametrize("option", EVERY_OPTION, ids=lambda option: option.name)
def test_every_default_has_words(option: Option) -> None:
    assert option.words(option.default)
