"""`Experiment`: it cannot be changed, refuses wrong options in words, and is read back equal.

The ranges come from the table of options, so a new option is tested, too.
"""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Mapping
from itertools import groupby
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from pydantic import ValidationError

from gru_core.data.sources import SOURCES
from gru_core.errors import OptionError
from gru_core.experiment.experiment import GROUPS, OPTIONS, OWN_DATA, Experiment, Parameters
from gru_core.forecast.problem import Problem
from gru_core.options import Option

NUMBERS = {name: option for name, option in OPTIONS.items() if option.kind in ("int", "float")}
CHOICES = {name: option for name, option in OPTIONS.items() if option.kind == "choice"}
#: Other options that an option needs to be accepted.
COMPANIONS: Mapping[str, dict[str, Any]] = {"dropout": {"layers": 2}}


def values_of(option: Option) -> st.SearchStrategy[Any]:
    """Every value that the option allows."""
    if option.kind == "bool":
        return st.booleans()
    if option.kind == "choice":
        return st.sampled_from(option.choices)
    assert option.low is not None
    assert option.high is not None
    if option.kind == "int":
        numbers: st.SearchStrategy[Any] = st.integers(int(option.low), int(option.high))
    else:
        numbers = st.floats(option.low, option.high)
    return st.none() | numbers if option.optional else numbers


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    """Any valid experiment, most options at their defaults."""
    options = draw(
        st.fixed_dictionaries(
            {}, optional={name: values_of(option) for name, option in OPTIONS.items()}
        )
    )
    signal = options.get("signal", "sine")
    if signal != OWN_DATA:
        parameters = SOURCES[signal].parameters.items()
        strategies = {name: values_of(option) for name, option in parameters}
        options["parameters"] = draw(st.fixed_dictionaries({}, optional=strategies))
    if options.get("layers", 1) == 1:
        options["dropout"] = 0.0
    start = options.get("forecast_start", "holdout")
    if start == "holdout" and options.get("holdout") == 0:
        options["holdout"] = 0.2
    if start == "point" and options.get("forecast_point") is None:
        options["forecast_point"] = 100
    return Experiment(**options)


def refused(**options: Any) -> OptionError:
    """The error that `options` raise."""
    with pytest.raises(OptionError) as caught:
        Experiment(**options)
    return caught.value


# --- the table of options


@pytest.mark.parametrize("option", OPTIONS.values(), ids=OPTIONS)
def test_every_option_is_explained(option: Option) -> None:
    assert option.title
    assert option.help.endswith(".")
    assert option.group in GROUPS
    assert bool(option.none_means) == option.optional
    assert getattr(Experiment(), option.name) == option.default


@pytest.mark.parametrize("option", NUMBERS.values(), ids=NUMBERS)
def test_every_number_has_a_range_that_holds_its_default(option: Option) -> None:
    assert option.low is not None
    assert option.high is not None
    assert option.low < option.high
    assert option.default is None or option.low <= option.default <= option.high


@pytest.mark.parametrize("option", CHOICES.values(), ids=CHOICES)
def test_every_choice_has_a_label(option: Option) -> None:
    assert set(option.labels) == set(option.choices)
    assert len(set(option.labels.values())) == len(option.choices)
    assert option.default in option.choices


def test_every_field_is_an_option_or_the_parameters() -> None:
    assert {*OPTIONS, "parameters"} == set(Experiment.model_fields)


def test_the_options_are_ordered_by_group() -> None:
    assert [group for group, _ in groupby(option.group for option in OPTIONS.values())] == list(
        GROUPS
    )
    assert len({option.title for option in OPTIONS.values()}) == len(OPTIONS)


# --- a value


@pytest.mark.parametrize("name", [*OPTIONS, "parameters", "nonsense"])
def test_no_field_can_be_changed(name: str) -> None:
    experiment = Experiment()
    with pytest.raises(ValidationError, match="frozen"):
        setattr(experiment, name, 1)
    assert experiment == Experiment()


def test_parameters_cannot_be_changed_either() -> None:
    given_by_caller = {"span": 50.0}
    experiment = Experiment(parameters=given_by_caller)
    given_by_caller["span"] = 99.0
    assert experiment.parameters == {"span": 50.0}
    with pytest.raises(TypeError):
        experiment.parameters["span"] = 99.0  # type: ignore[index]


@given(experiments())
def test_equal_experiments_have_one_hash(experiment: Experiment) -> None:
    again = experiment.replace()
    assert again == experiment
    assert hash(again) == hash(experiment)
    assert len({again, experiment}) == 1


@pytest.mark.parametrize("options", [{"window": 11}, {"signal": "cosine"}, {"clip": None}], ids=str)
def test_another_option_makes_another_experiment(options: dict[str, Any]) -> None:
    assert Experiment(**options) != Experiment()
    assert len({Experiment(**options), Experiment()}) == 2


def test_default_parameters_equal_no_parameters() -> None:
    assert Experiment(parameters={"span": 100}) == Experiment()
    assert hash(Experiment(parameters={"span": 100})) == hash(Experiment())


def test_the_order_of_parameters_does_not_matter() -> None:
    one, other = Parameters({"ratio": 2, "weight": 1}), Parameters({"weight": 1, "ratio": 2})
    assert one == other
    assert hash(one) == hash(other)
    assert one != Parameters({"ratio": 2})


@given(experiments())
@settings(max_examples=20)
def test_an_experiment_can_be_pickled(experiment: Experiment) -> None:
    assert pickle.loads(pickle.dumps(experiment)) == experiment


# --- values that are out of range or of the wrong kind


@pytest.mark.parametrize("option", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("side", ["low", "high"])
def test_both_ends_of_a_range_are_allowed(option: Option, side: str) -> None:
    end = getattr(option, side)
    needed = dict(COMPANIONS.get(option.name, {}))
    if option.name == "holdout" and side == "low":
        needed["forecast_start"] = "end"
    assert getattr(Experiment(**{option.name: end}, **needed), option.name) == end


@pytest.mark.parametrize("option", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("wrong", ["below", "above", "far above"])
def test_a_number_out_of_range_is_refused(option: Option, wrong: str) -> None:
    assert option.low is not None
    assert option.high is not None
    if option.kind == "int":
        value: float = {
            "below": int(option.low) - 1,
            "above": int(option.high) + 1,
            "far above": 2**64,
        }[wrong]
    else:
        value = {
            "below": math.nextafter(option.low, -math.inf),
            "above": math.nextafter(option.high, math.inf),
            "far above": 1e300,
        }[wrong]
    error = refused(**{option.name: value}, **COMPANIONS.get(option.name, {}))
    assert error.options == (option.name,)
    assert str(error) == (
        f"{option.title} ({option.name}) cannot be {value}: it must be {option.range}."
    )


@pytest.mark.parametrize("option", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, "many", "", [], {}, 1j, object, b"\xff"], ids=repr
)
def test_a_value_that_is_not_a_number_is_refused(option: Option, value: Any) -> None:
    error = refused(**{option.name: value})
    assert error.options == (option.name,)
    assert f"{option.title} ({option.name}) cannot be" in str(error)
    assert (repr(value) if isinstance(value, str) else str(value)) in str(error)
    assert option.range in str(error)


@pytest.mark.parametrize("name", [name for name, o in OPTIONS.items() if o.kind == "int"])
def test_half_is_not_a_whole_number(name: str) -> None:
    assert "cannot be 2.5" in str(refused(**{name: 2.5}))


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_larger_than_any_float_is_refused(name: str) -> None:
    error = refused(**{name: 10**400})
    assert error.options == (name,)
    assert f"cannot be {'1' + 58 * '0'}…" in str(error)


@pytest.mark.parametrize("name", [name for name, o in OPTIONS.items() if not o.optional])
def test_none_is_refused_for_an_option_that_needs_a_value(name: str) -> None:
    error = refused(**{name: None})
    assert error.options == (name,)
    assert f"({name}) cannot be empty: it must be {OPTIONS[name].range}" in str(error)


@pytest.mark.parametrize("name", [name for name in CHOICES if name != "signal"])
@pytest.mark.parametrize("value", ["nonsense", "", 1, ["gru"]])
def test_an_unknown_choice_is_refused(name: str, value: Any) -> None:
    error = refused(**{name: value})
    assert error.options == (name,)
    assert f"({name}) cannot be {value!r}: it must be {OPTIONS[name].range}" in str(error)


@pytest.mark.parametrize("value", ["maybe", 2, [], 0.5])
def test_a_value_that_is_neither_on_nor_off_is_refused(value: Any) -> None:
    error = refused(shuffle=value)
    assert error.options == ("shuffle",)
    assert f"(shuffle) cannot be {value!r}: it must be on or off" in str(error)


def test_a_long_value_is_cut_in_the_message() -> None:
    assert len(str(refused(window="x" * 100_000))) < 200


def test_all_errors_are_reported_at_once() -> None:
    error = refused(window=0, learning_rate=math.nan, cell="gur")
    assert error.options == ("window", "cell", "learning_rate")
    for words in ("cannot be 0: it must be 1 to 1000", "cannot be nan", "cannot be 'gur'"):
        assert words in str(error)
    error = refused(signal="sin", window=0)
    assert error.options == ("signal", "window")
    assert str(error).startswith("There is no signal 'sin'.")


# --- unknown names and contradictions


@pytest.mark.parametrize("name", ["hidden", "Window", "model_config", "self", "", "x" * 99])
def test_an_unknown_option_is_refused(name: str) -> None:
    error = refused(**{name: 1})
    assert error.options == (name,)
    assert f"There is no option '{name[:59]}" in str(error)
    assert "The options are: signal, points, " in str(error)


@pytest.mark.parametrize("signal", ["sin", "", "Sine"])
def test_an_unknown_signal_is_refused(signal: str) -> None:
    error = refused(signal=signal)
    assert error.options == ("signal",)
    assert f"There is no signal '{signal}'. The signals are: sine, cosine, " in str(error)


@pytest.mark.parametrize(
    ("options", "concerned", "message"),
    [
        ({"parameters": {"tau": 17}}, ("tau",), "'Sine' has no parameter 'tau' (given: 17)"),
        ({"signal": "nile", "parameters": {"span": 1}}, ("span",), "Its parameters are: none."),
        ({"parameters": {"span": 0}}, ("span",), "cannot be 0: it must be 1 to 10000 x"),
        ({"parameters": {"span": math.nan}}, ("span",), "cannot be nan: it must be 1 to 10000 x"),
        ({"parameters": {"span": "long"}}, ("span",), "cannot be 'long': it must be 1 to 10000 x"),
        ({"parameters": 5}, ("parameters",), "parameters cannot be 5"),
        ({"parameters": None}, ("parameters",), "parameters cannot be None"),
    ],
)
def test_parameters_of_another_signal_are_refused(
    options: dict[str, Any], concerned: tuple[str, ...], message: str
) -> None:
    error = refused(**options)
    assert error.options == concerned
    assert message in str(error)


@pytest.mark.parametrize(
    ("options", "concerned", "cause", "fix"),
    [
        (
            {"dropout": 0.5},
            ("dropout", "layers"),
            "Dropout (0.5) works between layers, but there is only 1 layer.",
            "Set dropout to 0 or layers to at least 2.",
        ),
        (
            {"holdout": 0.0},
            ("forecast_start", "holdout"),
            "start at the holdout, but the holdout is 0.",
            "Set a holdout, such as 0.2. Or forecast from the first window or from the end.",
        ),
        (
            {"forecast_start": "point"},
            ("forecast_start", "forecast_point"),
            "start at a chosen point, but no point is given.",
            "Set 'Chosen point' to the position of the first forecast value.",
        ),
    ],
    ids=["dropout with one layer", "no holdout to start at", "no point to start at"],
)
def test_a_contradiction_is_refused_and_a_fix_is_named(
    options: dict[str, Any], concerned: tuple[str, ...], cause: str, fix: str
) -> None:
    error = refused(**options)
    assert error.options == concerned
    assert cause in str(error)
    assert fix in str(error)


@pytest.mark.parametrize(
    "options",
    [
        {"dropout": 0.5, "layers": 2},
        {"holdout": 0.0, "forecast_start": "first"},
        {"holdout": 0.0, "forecast_start": "end"},
        {"forecast_start": "point", "forecast_point": 1},
        {"forecast_point": 1},
    ],
    ids=str,
)
def test_options_without_a_contradiction_are_accepted(options: dict[str, Any]) -> None:
    experiment = Experiment(**options)
    assert {name: getattr(experiment, name) for name in options} == options


# --- written and read back


@given(experiments())
def test_json_is_read_back(experiment: Experiment) -> None:
    text = experiment.to_json()
    assert Experiment.from_json(text) == experiment
    assert Experiment.from_json(text.encode()) == experiment


def test_json_holds_every_option() -> None:
    plain = json.loads(Experiment().to_json())
    assert set(plain) == set(Experiment.model_fields)
    assert plain["parameters"] == {"span": 100.0}


@given(experiments())
def test_a_query_is_read_back(experiment: Experiment) -> None:
    assert Experiment.from_query(experiment.to_query()) == experiment


@given(experiments())
def test_a_query_holds_only_what_differs_from_the_default(experiment: Experiment) -> None:
    differs = {
        name for name, option in OPTIONS.items() if getattr(experiment, name) != option.default
    }
    own = experiment.signal == OWN_DATA
    parameters = {} if own else SOURCES[experiment.signal].parameters
    differs |= {
        f"signal.{name}"
        for name, option in parameters.items()
        if experiment.parameters[name] != option.default
    }
    assert set(experiment.to_query()) == differs


def test_the_default_needs_no_query() -> None:
    assert Experiment().to_query() == {}
    assert Experiment.from_query({}) == Experiment.from_json("{}") == Experiment()


def test_the_query_of_one_experiment() -> None:
    experiment = Experiment(
        signal="mackey-glass", window=30, clip=None, shuffle=False, parameters={"tau": 20}
    )
    query = {
        "signal": "mackey-glass",
        "window": "30",
        "clip": "",
        "shuffle": "0",
        "signal.tau": "20",
    }
    assert experiment.to_query() == query
    assert Experiment.from_query(query) == experiment


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"learning_rate": "0"}, "(learning_rate) cannot be 0.0: it must be 1e-06 to 1"),
        ({"learning_rate": "-1"}, "(learning_rate) cannot be -1.0"),
        ({"learning_rate": "nan"}, "(learning_rate) cannot be nan"),
        ({"learning_rate": "1e6"}, "(learning_rate) cannot be 1000000.0"),
        ({"hidden_size": "0"}, "(hidden_size) cannot be 0: it must be 1 to 1024 units"),
        ({"hidden_size": "1000000"}, "(hidden_size) cannot be 1000000"),
        ({"layers": "0"}, "(layers) cannot be 0: it must be 1 to 8"),
        ({"layers": "500"}, "(layers) cannot be 500"),
        ({"dropout": "1.0", "layers": "2"}, "(dropout) cannot be 1.0: it must be 0 to 0.9"),
        ({"dropout": "0.5"}, "there is only 1 layer"),
        ({"epochs": "0"}, "(epochs) cannot be 0: it must be 1 to 10000"),
        ({"epochs": "1000000000"}, "(epochs) cannot be 1000000000"),
        ({"epochs": "1e9"}, "(epochs) cannot be '1e9'"),
        ({"holdout": "0"}, "the holdout is 0"),
        ({"holdout": "1"}, "(holdout) cannot be 1.0: it must be 0 to 0.9"),
        ({"seed": "-1"}, "(seed) cannot be -1"),
        ({"seed": str(2**64)}, f"(seed) cannot be {2**64}"),
        ({"seed": "1" + 400 * "0"}, "(seed) cannot be 1000"),
        ({"seed": 5000 * "9"}, "(seed) cannot be '9999"),
        ({"window": ""}, "(window) cannot be '': it must be 1 to 1000 values"),
        ({"window": "<script>"}, "(window) cannot be '<script>'"),
        ({"shuffle": "2"}, "(shuffle) cannot be '2': it must be on or off"),
        ({"cell": "GRU"}, "(cell) cannot be 'GRU': it must be gru, gru-textbook, lstm or rnn"),
        ({"signal": "__import__"}, "There is no signal '__import__'"),
        ({"signal.tau": "17"}, "'Sine' has no parameter 'tau' (given: '17')"),
        ({"signal.span": ""}, "(span) of the signal 'Sine' cannot be ''"),
        ({"signal": "x", "signal.span": "1"}, "There is no signal 'x'"),
        ({"signal": "mackey-glass", "signal.tau": "17.5"}, "'Mackey–Glass' cannot be '17.5'"),
        ({"parameters": "span"}, "parameters cannot be 'span'"),
        ({"nonsense": "1"}, "There is no option 'nonsense'"),
        ({"self": "1"}, "There is no option 'self'"),
        ({"": "1"}, "There is no option ''"),
    ],
    ids=lambda given: str(given)[:60],
)
def test_a_tampered_query_is_refused_in_words(query: dict[str, str], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        Experiment.from_query(query)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not an experiment in JSON"),
        ("{", "not an experiment in JSON"),
        (b"\xff", "not an experiment in JSON"),
        (b"PK\x03\x04", "not an experiment in JSON"),
        ("[" * 100_000, "not an experiment in JSON"),
        ('{"seed": ' + "9" * 5000 + "}", "not an experiment in JSON"),
        ("[]", "It must be an object"),
        ("null", "It must be an object"),
        ('"sine"', "It must be an object"),
        ('{"noise": NaN}', "(noise) cannot be nan"),
        ('{"noise": 1e999}', "(noise) cannot be inf"),
        ('{"window": null}', "(window) cannot be empty"),
        ('{"window": [[[]]]}', "(window) cannot be [[[]]]"),
        ('{"signal": ["sine"]}', "(signal) cannot be ['sine']"),
        ('{"seed": 1' + 400 * "0" + "}", "(seed) cannot be 1000"),
        ('{"parameters": []}', "parameters cannot be []"),
        ('{"parameters": {"span": {}}}', "(span) of the signal 'Sine' cannot be {}"),
        ('{"parameters": {"span": true}}', "(span) of the signal 'Sine' cannot be True"),
        ('{"self": 1}', "There is no option 'self'"),
    ],
    ids=lambda given: str(given)[:40],
)
def test_tampered_json_is_refused_in_words(text: str | bytes, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        Experiment.from_json(text)
    assert message in str(caught.value)


NAMES = st.sampled_from([*OPTIONS, "parameters", "signal.span", "signal.tau", "self"]) | st.text()
TEXTS = st.sampled_from(["", "0", "-1", "nan", "1e400", "sine", "own"]) | st.text()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def valid_or_refused(read: Any, written: Any) -> None:
    """`written` is read as a valid experiment, or refused with an `OptionError`."""
    try:
        experiment = read(written)
    except OptionError:
        return
    assert Experiment.from_json(experiment.to_json()) == experiment


@given(st.dictionaries(NAMES, TEXTS, max_size=4))
@settings(max_examples=300)
def test_any_query_is_valid_or_refused(query: dict[str, str]) -> None:
    valid_or_refused(Experiment.from_query, query)


@given(st.dictionaries(NAMES, JSON, max_size=4).map(json.dumps) | st.text() | st.binary())
@settings(max_examples=300)
def test_any_json_is_valid_or_refused(text: str | bytes) -> None:
    valid_or_refused(Experiment.from_json, text)


# --- replace and lesson


def test_replace_changes_only_the_named_options() -> None:
    before = Experiment(signal="two-sines", parameters={"ratio": 3.0}, noise=0.1)
    after = before.replace(window=24)
    assert after == Experiment(signal="two-sines", parameters={"ratio": 3.0}, noise=0.1, window=24)
    assert before.window == 10


def test_replace_is_validated_like_a_new_one() -> None:
    with pytest.raises(OptionError, match="cannot be 0: it must be 1 to 1000"):
        Experiment().replace(window=0)
    with pytest.raises(OptionError, match="only 1 layer"):
        Experiment(layers=2, dropout=0.5).replace(layers=1)


def test_a_new_signal_starts_from_its_own_default_parameters() -> None:
    slow = Experiment(parameters={"span": 50.0})
    assert slow.replace(signal="sine").parameters == {"span": 50.0}
    assert slow.replace(signal="cosine").parameters == {"span": 100.0}
    assert slow.replace(signal="mackey-glass").parameters == {"tau": 17}
    assert slow.replace(signal=OWN_DATA).parameters == {}
    assert slow.replace(signal="cosine", parameters={"span": 7.0}).parameters == {"span": 7.0}


@given(experiments(), experiments())
@settings(max_examples=30)
def test_replacing_every_option_gives_the_other_experiment(
    one: Experiment, other: Experiment
) -> None:
    options = {name: getattr(other, name) for name in Experiment.model_fields}
    assert one.replace(**options) == other


@pytest.mark.parametrize(("signal", "wave"), [("sine", np.sin), ("cosine", np.cos)])
def test_the_lesson_has_exactly_these_options(
    signal: Literal["sine", "cosine"], wave: np.ufunc
) -> None:
    lesson = Experiment.lesson(signal)
    assert json.loads(lesson.to_json()) == {
        "signal": signal,
        "points": 1000,
        "noise": 0.0,
        "signal_seed": 0,
        "parameters": {"span": 100.0},
        "window": 10,
        "cell": "gru",
        "hidden_size": 50,
        "layers": 1,
        "dropout": 0.0,
        "normalization": "none",
        "difference": None,
        "linear_path": False,
        "epochs": 100,
        "learning_rate": 0.01,
        "batch_size": 1,
        "schedule": "constant",
        "shuffle": False,
        "clip": None,
        "validation": 0.0,
        "patience": None,
        "keep": "last",
        "feedback": "window",
        "members": 1,
        "objective": "one-step",
        "loop_steps": 8,
        "curriculum": True,
        "warm_start": False,
        "seed": 0,
        "device": "cpu",
        "forecast_start": "first",
        "forecast_point": None,
        "horizon": 100,
        "holdout": 0.0,
        "period": None,
    }
    problem = Problem.of(lesson)
    assert_array_equal(problem.series.values, wave(np.linspace(0, 100, 1000)))
    assert_array_equal(problem.context, problem.series.values[:10])
    assert (problem.batch_size, problem.parts.train_windows) == (1, 990)
    assert (problem.parts.forecast_start, problem.parts.horizon) == (10, 100)


def test_the_lesson_can_be_seeded() -> None:
    assert Experiment.lesson(seed=7) == Experiment.lesson("sine").replace(seed=7)
