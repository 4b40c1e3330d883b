"""What is packed comes back equal to the last bit, and hostile bytes are refused in words."""

from __future__ import annotations

import datetime
import json
import math
import pickle
import struct
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gru_core.data.series import Series, as_series
from gru_core.data.steps import (
    FixedStep,
    GivenStep,
    InMonth,
    MonthStep,
    NumberStep,
    Step,
    WeekdayStep,
)
from gru_core.engine.cost import Calibration
from gru_core.errors import PackingError
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.events import EpochEnd, StepEnd
from gru_core.forecast.result import Result
from gru_core.packing import digest, pack, packing, unpack
from gru_core.packing.tree import checksum
from gru_core.search.recipe import Recipe, Recommendation, Traits, Trial
from tests.gru_core.every_result import odd_results
from tests.gru_core.same import same

DTYPES = ["bool", "float16", "float32", "float64", "int8", "uint8", "int32", "int64", "uint64"]
ARRAYS = st.sampled_from(DTYPES).flatmap(
    lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, min_side=0, max_side=4))
)
PLAIN = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text()
VALUES = st.recursive(
    PLAIN | ARRAYS,
    lambda inside: (
        st.lists(inside)
        | st.lists(inside).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inside)
    ),
    max_leaves=12,
)
ZONES = [None, "UTC", ZoneInfo("Europe/Berlin"), "America/New_York"]
ZONES += [datetime.timezone(datetime.timedelta(hours=-3, minutes=30, microseconds=7))]
FREQUENCIES = [
    *("D", "2h", "B", "W-WED", "MS", "QE-FEB", "YS", "SME", "WOM-2WED", "7min"),
    pd.offsets.CustomBusinessDay(holidays=["2020-01-01"], weekmask="Mon Tue Fri"),
    pd.offsets.DateOffset(months=2, days=3),
    pd.offsets.Easter(),
    pd.offsets.BusinessHour(start="08:00"),
]
STEPS: list[Step] = [
    NumberStep(0.1),
    NumberStep(3, fills=False),
    FixedStep(pd.Timedelta("36min"), about=True),
    FixedStep(pd.Timedelta(7, "ns")),
    GivenStep(pd.offsets.CustomBusinessMonthEnd(holidays=["2020-01-31"])),
    MonthStep(3, InMonth(later=2, week="1111100")),
    MonthStep(1, InMonth(from_end=True)),
    WeekdayStep("1111100"),
]
TINY = Experiment(points=60, hidden_size=2, epochs=1)


@st.composite
def indices(draw: st.DrawFn) -> pd.Index:
    """The times of a series: dates of any frequency, zone and unit, or numbers."""
    n = draw(st.integers(1, 12))
    if draw(st.booleans()):
        frequency, zone = draw(st.sampled_from(FREQUENCIES)), draw(st.sampled_from(ZONES))
        unit = draw(st.sampled_from(["s", "ms", "us", "ns"]))
        first = draw(st.sampled_from(["1969-12-30", "2020-03-28", "2021-10-30 23:00"]))
        dates = pd.date_range(first, periods=n, freq=frequency, tz=zone, name="day").as_unit(unit)
        return dates if draw(st.booleans()) else dates[np.arange(len(dates)) != n // 2]
    numbers = np.unique(draw(arrays.arrays(np.int64, n, elements=st.integers(-99, 99))))
    dtype = draw(st.sampled_from(["int64", "float64", "Int64", "Float32", "double[pyarrow]"]))
    return pd.Index(numbers, dtype=dtype, name=draw(st.none() | st.text()))


@st.composite
def series(draw: st.DrawFn) -> Series:
    time = draw(indices().filter(len) | st.none())
    n = len(time) if time is not None else draw(st.integers(1, 12))
    elements = st.floats(-1e18, 1e18)
    values = as_series(draw(arrays.arrays(np.float64, n, elements=elements)), draw(st.text()))
    numbers = time is not None and not isinstance(time, pd.DatetimeIndex)
    steps = [step for step in STEPS if isinstance(step, NumberStep) == numbers]
    step = draw(st.sampled_from([None, *steps]))
    return replace(values, time=time, unit=draw(st.text()), step=step)


def comes_back(value: Any, kind: Any) -> Any:
    again = unpack(pack(value), kind)
    assert same(again, value)
    return again


# --- what is packed comes back


@given(VALUES)
def test_plain_values_come_back(value: Any) -> None:
    comes_back(value, object)


@given(indices())
def test_indices_come_back(index: pd.Index) -> None:
    comes_back(index, pd.Index)


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize("frequency", ["D", "2h", "B", "W-WED", "MS", "ME", "QE-FEB", "YS", "7min"])
def test_frequencies_come_back(frequency: str, zone: Any) -> None:
    dates = pd.date_range("2020-03-28", periods=9, freq=frequency, tz=zone)
    assert unpack(pack(dates), pd.DatetimeIndex).freq == dates.freq


@given(series())
def test_series_come_back(value: Series) -> None:
    again = comes_back(value, Series)
    assert not again.values.flags.writeable
    lost = getattr(again.time, "freq", None) != getattr(value.time, "freq", None)
    if value.step is not None or not lost:  # `as_series` makes a step of each frequency
        assert same(again.times(0, len(value) + 2), value.times(0, len(value) + 2))


@given(odd_results())
@settings(max_examples=60)
def test_results_come_back(result: Result) -> None:
    again = comes_back(result, Result)
    forecasts = [r.problem.forecast(r.forecaster) for r in (again, result)]
    assert same(*forecasts)


@given(
    odd_results(),
    series(),
    st.lists(st.builds(EpochEnd, *[st.integers(0, 99), *[st.floats()] * 5])),
)
@settings(max_examples=30)
def test_events_come_back(result: Result, other: Series, rows: list[EpochEnd]) -> None:
    comes_back([StepEnd(1, 2, 3, math.nan), result.checkpoint, other], list[object])
    comes_back(rows, list[EpochEnd])
    comes_back(tuple(rows), tuple[EpochEnd, ...])


@pytest.mark.parametrize(
    "experiment",
    [Experiment(), Experiment.lesson(), Experiment(signal="own", seed=2**53 - 1, clip=None)],
    ids=["default", "lesson", "own data"],
)
def test_experiments_come_back(experiment: Experiment) -> None:
    assert unpack(pack(experiment), Experiment) == experiment


def test_answers_come_back() -> None:
    trials = [Trial(Recipe(f"recipe {k}", {"window": 3 + k}), math.inf, 0.5) for k in range(3)]
    twin = replace(trials[2])
    traits = Traits(60, 6, 0.1, 0.2, 0.3)
    found = Recommendation(TINY, twin, "most typical", (*trials, twin), {"linear AR": 1.0}, traits)
    again = comes_back(found, Recommendation)
    assert again.chosen is again.trials[3]
    comes_back(Calibration(step=1e-3), Calibration)


def test_a_table_of_any_columns_comes_back() -> None:
    table = pd.DataFrame(
        {
            "when": pd.date_range("2020-01-01", periods=3, tz="Europe/Berlin"),
            "word": ["a", "b", ""],
            "number": pd.array([1, 2, 3], dtype="Int64"),
            "yes": [True, False, True],
        },
        index=pd.Index(["x", "y", "x"], name="row"),
    )
    comes_back(table, pd.DataFrame)
    comes_back(table.set_axis([0, 0, 1, 2], axis=1), pd.DataFrame)
    comes_back(table.iloc[:0], pd.DataFrame)


def test_numbers_of_numpy_come_back_as_plain_numbers() -> None:
    again = unpack(pack([np.float64(0.1), np.int32(3), np.bool_(True)]), list[object])
    assert [type(value) for value in again] == [float, int, bool]


def test_an_array_in_another_order_or_byte_order_keeps_its_values() -> None:
    grid = np.arange(6.0).reshape(2, 3)
    for array in (grid.T, grid[:, ::2], grid.astype(">f8"), np.array(3.0)):
        again = unpack(pack(array), np.ndarray)
        assert again.shape == array.shape
        assert (again == array).all()


def test_what_parts_share_is_packed_once_and_shared_again() -> None:
    array = np.zeros(10_000)
    data = pack({"one": array, "two": [array, array]})
    assert len(data) < 1.1 * array.nbytes
    again = unpack(data, dict)
    assert again["one"] is again["two"][1]


@given(series(), series())
def test_equal_values_have_equal_digests(one: Series, other: Series) -> None:
    assert digest(one) == digest(unpack(pack(one), Series))
    assert (digest(one) == digest(other)) == same(one, other)


def test_a_shared_value_is_not_packed() -> None:
    series = as_series(np.arange(10_000.0))
    equal, another = as_series(np.arange(10_000.0)), as_series([5.0])
    data = pack([series, equal, another], (series,))
    assert len(data) < 2_000
    again = unpack(data, list[Series], (series,))
    assert again[0] is again[1] is series
    assert same(again[2], another)
    with pytest.raises(PackingError):
        unpack(data, list[Series])


def test_an_array_may_be_written_to() -> None:
    again = unpack(pack(np.zeros(3)), np.ndarray)
    again[0] = 1.0
    assert again[0] == 1.0


def test_the_same_value_always_gives_the_same_bytes() -> None:
    value = {"é": [np.arange(3.0), "text"], 1: pd.RangeIndex(4)}
    assert len({pack(value) for _ in range(50)}) == 1


def test_safetensors_reads_the_arrays() -> None:
    weights = {"a": np.ones(3, np.float32), "b": np.zeros((2, 2))}
    read = safetensors.numpy.load(pack(weights))
    assert same([read["0"], read["1"]], list(weights.values()))


# --- what cannot be packed is refused


class Unknown:
    def __repr__(self) -> str:  # names a test: it must be the same in every process
        return "Unknown()"


class Dict(dict[str, int]):
    pass


@pytest.mark.parametrize(
    "value",
    [
        Unknown(),
        Dict(a=1),
        {1.5: 2},
        {True: 1},
        b"bytes",
        {1, 2},
        np.array([1j]),
        np.array(["text"]),
        np.array([None]),
        pd.Index([pd.Timestamp(0), "x"]),
        pd.Index([1j]),
        Unknown,
        print,
    ],
    ids=repr,
)
def test_an_unknown_type_is_refused(value: Any) -> None:
    with pytest.raises(PackingError, match="cannot be packed"):
        pack([value])


def test_a_type_with_a_known_name_is_another_type() -> None:
    impostor = type("Calibration", (), {})
    with pytest.raises(PackingError, match="cannot be packed"):
        pack(impostor())


def test_a_number_that_is_too_large_is_refused() -> None:
    with pytest.raises(PackingError, match="cannot be packed"):
        pack([EpochEnd(2**63, 0.0, 0.0, 0.0, 0.0, 0.0)])


# --- hostile bytes

RESULT = pack([as_series([1.0, 2.0, 3.0]), TINY, {"a": (1, math.inf)}, pd.RangeIndex(3)])


def forged(tree: Any, *values: np.ndarray[Any, Any], **metadata: str) -> bytes:
    """Bytes with a tree of one's own, and a correct checksum."""
    text = tree if isinstance(tree, str) else json.dumps(tree)
    known = {"format": packing.FORMAT, "tree": text, "sha256": checksum(text, values)}
    return safetensors.numpy.save(dict(zip("0123", values, strict=False)), known | metadata)


@given(st.data())
@settings(max_examples=300)
def test_changed_bytes_are_refused(data: st.DataObject) -> None:
    changed = bytearray(RESULT)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(RESULT) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        again = unpack(bytes(changed), list)
    except PackingError:
        pass
    else:  # only blanks in the header have changed
        assert same(again, unpack(RESULT, list))


@given(st.integers(0, len(RESULT) - 1), st.binary(max_size=20))
def test_cut_and_lengthened_bytes_are_refused(end: int, more: bytes) -> None:
    for changed in (RESULT[:end], RESULT[:end] + more, RESULT + b"x" + more):
        with pytest.raises(PackingError):
            unpack(changed, object)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(PackingError):
        unpack(data, object)


@pytest.mark.parametrize(
    "tree",
    [
        ["os.system", "true"],
        ["builtins.eval", "1"],
        ["Unknown"],
        ["Experiment", '{"window": -1}'],
        ["Experiment", "[" * 100_000],
        ["array", 0],
        ["array", -1],
        ["array", "0"],
        ["float", "zz"],
        ["dict", 1],
        ["dict", ["list"], 1],
        ["zone", "../../etc/passwd"],
        ["zone", "/etc/passwd"],
        ["frequency", "BaseOffset", 1, False, ["dict"]],
        ["frequency", "__builtins__", 1, False, ["dict"]],
        ["range", 0, 10, 0, None],
        ["table", ["range", 0, 10**18, 1, None], ["index", ["list", 0], "object", None], ["list"]],
        ["table", ["range", 0, 10**18, 1, None], ["index", ["list"], "object", None]],
        ["dates", ["list", 1], "s", None, None, None],
        ["span", 1, "century"],
        ["span", 2**70, "s"],
        ["StepEnd", "epoch", 1],
        ["StepEnd", "epoch", 1, "step", 1, "steps", 1, "loss", "low"],
        ["StepEnd", "epoch", 1, "step", 1, "steps", 1, "loss", 0.5, "more", 1],
        ["NumberStep", "step", 0.0],
        ["NumberStep", "step", -1.0],
        ["FixedStep", "span", ["span", 0, "s"]],
        ["MonthStep", "months", 0, "day", ["InMonth", False, 0, "1111111"]],
        ["InMonth", False, 0, "0000000"],
        ["InMonth", False, 0, "11111"],
        ["WeekdayStep", "week", "1111100\n"],
        {"a": 1},
        "[1, NaN]",
        "[" * 100_000,
        "no JSON",
        [],
        [[]],
        [{}],
    ],
    ids=lambda tree: str(tree)[:60],
)
def test_a_forged_tree_is_refused(tree: Any) -> None:
    with pytest.raises(PackingError):
        unpack(forged(tree), object)


@pytest.mark.parametrize(
    ("values", "time", "step"),
    [
        (np.array([1.0, math.nan]), None, None),
        (np.array([1.0, 1e19]), None, None),
        (np.zeros((2, 2)), None, None),
        (np.array([]), None, None),
        (np.array([1.0, 2.0]), ["range", 0, 3, 1, None], None),
        (np.array([1.0, 2.0]), ["range", 0, -2, -1, None], None),
        (np.array([1.0, 2.0]), ["index", ["list", "a", "b"], "str", None], None),
        (np.array([1.0, 2.0]), None, 5),
        (np.array([1.0, 2.0]), None, "day"),
        (
            np.array([1.0, 2.0]),
            ["range", 0, 2, 1, None],
            ["MonthStep", "months", 1, "day", ["InMonth", False, 0, "1111111"]],
        ),
    ],
)
def test_a_forged_series_is_refused(values: Any, time: Any, step: Any) -> None:
    tree = ["Series", "values", ["array", 0], "name", "x", "time", time, "unit", "", "step", step]
    with pytest.raises(PackingError):
        unpack(forged(tree, values), Series)


@given(odd_results())
@settings(max_examples=20)
def test_a_result_whose_parts_do_not_fit_is_refused(result: Result) -> None:
    problem, series = result.problem, result.series
    longer = replace(problem.parts, horizon=problem.parts.horizon + 1)
    network = {name: np.zeros((1, 2), np.float32) for name in result.checkpoint.weights}
    wrong = [
        replace(result, problem=replace(problem, parts=longer)),
        replace(result, problem=replace(problem, batch_size=problem.batch_size + 1)),
        replace(result, forecast=result.forecast.iloc[:-1]),
        replace(result, forecast=result.forecast.drop(columns="t")),
        replace(result, history=result.history.drop(columns="seconds")),
        replace(result, score_table=result.score_table.drop(index="forecast")),
        replace(result, status="unknown"),  # type: ignore[arg-type]
        replace(result, baselines={"last value": np.zeros(result.parts.horizon + 1)}),
        replace(result, kept_epoch=99),
        replace(result, period=0),
        replace(result, weights_by_epoch={result.kept_epoch: network}),
        replace(result, checkpoint=replace(result.checkpoint, weights=network)),
        replace(result, device=5),  # type: ignore[arg-type]
    ]
    assert len(series) == problem.parts.n
    for one in wrong:
        with pytest.raises(PackingError):
            unpack(pack(one), Result)


def test_a_value_of_another_type_is_refused() -> None:
    with pytest.raises(PackingError, match="hold a list, but not a Result"):
        unpack(RESULT, Result)
    with pytest.raises(PackingError):
        unpack(pack([1, "a"]), list[int])
    assert unpack(pack([1, 2]), list[int] | None) == [1, 2]


def test_a_pickle_is_refused_and_never_run() -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return pytest.fail, ("a pickle was read",)

    with pytest.raises(PackingError):
        unpack(pickle.dumps(Bomb()), object)


@pytest.mark.parametrize("length", [0, 1, 2**31, 2**63, 2**64 - 1])
def test_a_header_that_promises_too_much_is_refused(length: int) -> None:
    with pytest.raises(PackingError):
        unpack(struct.pack("<Q", length) + b"{}", object)


def test_an_array_that_promises_too_much_is_refused() -> None:
    huge = '{"0":{"dtype":"F64","shape":[1099511627776,8388608],"data_offsets":[0,8]}'
    huge += ',"__metadata__":{"format":"1","tree":"0","sha256":""}}'
    for header in (huge, huge.replace("[0,8]", "[0,70368744177664]")):
        with pytest.raises(PackingError):
            unpack(struct.pack("<Q", len(header)) + header.encode() + bytes(8), object)


def test_data_of_a_newer_version_say_so() -> None:
    with pytest.raises(PackingError, match="newer version"):
        unpack(forged(1, format="2"), object)


def test_an_experiment_of_an_older_version_gets_the_defaults() -> None:
    old = ["Experiment", '{"window": 7}']
    assert unpack(forged(old), Experiment) == Experiment(window=7)
