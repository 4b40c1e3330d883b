"""The table of sources, and every synthetic signal against scipy, a formula or a property."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal as oracle
from scipy.integrate import solve_ivp
from scipy.stats import kstest

from gru_core.data import signals, sources
from gru_core.data.sources import SOURCES, Source, check_parameters, make_series
from gru_core.errors import OptionError
from gru_core.options import Option

Array = NDArray[np.float64]

SYNTHETIC = [name for name, source in SOURCES.items() if source.synthetic]
RANDOM = ["random-walk", "ar2"]
TURN = 2 * np.pi

spans = st.floats(1, 10_000)


def values(name: str, points: int = 1000, seed: int = 0, **parameters: float) -> Array:
    return make_series(name, points=points, seed=seed, parameters=parameters).values


def amplitudes(one_turn: Array) -> Array:
    """Amplitude of the wave with k cycles, for k = 0, 1, 2, ... The values cover one interval."""
    return 2 * np.abs(np.fft.rfft(one_turn)) / len(one_turn)


# The table of sources


def test_the_menu_has_the_synthetic_signals_first() -> None:
    assert list(SOURCES) == [
        *("sine", "cosine", "two-sines", "amplitude-modulated", "damped", "chirp", "square"),
        *("sawtooth", "random-walk", "ar2", "logistic-map", "mackey-glass", "lorenz-x"),
        *("air-passengers", "sunspots", "co2", "nile", "el-nino"),
    ]
    assert len(SYNTHETIC) == 13
    assert list(SOURCES)[:13] == SYNTHETIC


def test_the_table_of_sources_is_read_only() -> None:
    with pytest.raises(TypeError):
        SOURCES["sine"] = SOURCES["cosine"]  # type: ignore[index]


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.name)
def test_every_source_has_a_title_and_a_help_text(source: Source) -> None:
    assert source.title
    assert source.help.endswith(".")
    for name, option in source.parameters.items():
        assert option.name == name
        assert option.help.endswith(".")
        assert option.low is not None
        assert option.high is not None
        assert option.low <= option.default <= option.high


def test_a_signal_is_added_by_one_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "SIGNALS", added := {})
    monkeypatch.setattr(sources, "SOURCES", added)

    @signals.signal("ramp", title="Ramp", help="A line.")
    def ramp(
        points: int,
        rng: np.random.Generator,
        *,
        slope: Annotated[float, Option(title="Slope", help="Rise.", low=0, high=3)] = 2.0,
        start: Annotated[int, Option(title="Start", help="Level.", low=0, high=9)] = 1,
    ) -> Array:
        return start + slope * np.arange(points)

    source = added["ramp"]
    assert (source.title, source.help, source.synthetic) == ("Ramp", "A line.", True)
    assert [(o.name, o.kind, o.default) for o in source.parameters.values()] == [
        ("slope", "float", 2.0),
        ("start", "int", 1),
    ]
    assert values("ramp", 3, slope=3.0).tolist() == [1.0, 4.0, 7.0]


def test_making_every_series_imports_nothing_heavy() -> None:
    script = (
        "import sys; from gru_core.data.sources import SOURCES, make_series\n"
        "for name in SOURCES: make_series(name, points=20)\n"
        "heavy = {'scipy', 'statsmodels.datasets', 'torch', 'streamlit'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


# Parameters


def test_check_parameters_returns_all_of_them_in_order() -> None:
    full = check_parameters("two-sines", {"weight": 1, "ratio": 3})
    assert list(full.items()) == [("span", 100.0), ("ratio", 3.0), ("weight", 1.0)]
    assert all(type(value) is float for value in full.values())


def test_a_whole_number_stays_an_integer() -> None:
    tau = check_parameters("mackey-glass", {"tau": np.float64(20)})["tau"]
    assert tau == 20
    assert type(tau) is int


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.name)
def test_parameters_that_are_not_given_are_the_defaults(source: Source) -> None:
    defaults = {name: option.default for name, option in source.parameters.items()}
    assert check_parameters(source.name, {}) == defaults


@pytest.mark.parametrize(
    ("name", "parameters", "option", "words"),
    [
        ("sinus", {}, "signal", ["'sinus'", "sine, cosine", "el-nino"]),
        ("sine", {"rate": 0.5}, "rate", ["Sine", "'rate'", "0.5", "span"]),
        ("nile", {"span": 100}, "span", ["Nile", "'span'", "100", "none"]),
        ("random-walk", {"x": 1}, "x", ["Random walk", "'x'", "none"]),
        ("ar2", {"memory": 1.0}, "memory", ["AR(2)", "Memory", "1.0", "0 to 0.995"]),
        ("logistic-map", {"r": 3.49}, "r", ["Logistic map", "3.49", "3.5 to 4"]),
        ("sine", {"span": "wide"}, "span", ["Range", "'wide'", "1 to 10000 x"]),
        ("sine", {"span": np.nan}, "span", ["nan", "1 to 10000 x"]),
        ("sine", {"span": -np.inf}, "span", ["-inf", "1 to 10000 x"]),
        ("sine", {"span": None}, "span", ["None", "1 to 10000 x"]),
        ("sine", {"span": True}, "span", ["True", "1 to 10000 x"]),
        ("mackey-glass", {"tau": 17.5}, "tau", ["Delay", "17.5", "5 to 60 time units"]),
        ("mackey-glass", {"tau": np.inf}, "tau", ["inf", "5 to 60 time units"]),
        ("sine", {"span": "9" * 500}, "span", ["999…", "1 to 10000 x"]),
    ],
)
def test_an_error_names_signal_parameter_value_and_range(
    name: str, parameters: dict[str, Any], option: str, words: list[str]
) -> None:
    for refuse in (check_parameters, lambda n, p: make_series(n, parameters=p)):
        with pytest.raises(OptionError) as caught:
            refuse(name, parameters)
        assert caught.value.options == (option,)
        assert [word for word in words if word not in str(caught.value)] == []
        assert len(str(caught.value)) < 300


def test_the_first_of_two_unknown_parameters_is_named() -> None:
    with pytest.raises(OptionError, match="'zeta'"):
        check_parameters("sine", {"zeta": 1, "alpha": 1, "span": 1})


# All signals


@st.composite
def sources_and_parameters(draw: st.DrawFn) -> tuple[str, dict[str, float]]:
    name = draw(st.sampled_from(list(SOURCES)))
    parameters: dict[str, float] = {}
    for option in SOURCES[name].parameters.values():
        number: Callable[..., st.SearchStrategy[float]]
        number = st.integers if option.kind == "int" else st.floats
        parameters[option.name] = draw(number(option.low, option.high))
    return name, parameters


@given(sources_and_parameters(), st.integers(20, 2000), st.floats(0, 2), st.integers(0, 2**32))
@settings(max_examples=200, deadline=None)
def test_all_allowed_parameters_give_a_usable_series(
    choice: tuple[str, dict[str, float]], points: int, noise: float, seed: int
) -> None:
    name, parameters = choice
    source = SOURCES[name]
    series = make_series(name, points=points, noise=noise, seed=seed, parameters=parameters)
    assert series.values.dtype == np.float64
    assert np.isfinite(series.values).all()
    assert not series.values.flags.writeable
    assert (series.name, series.unit) == (source.title, source.unit)
    if source.synthetic:
        assert series.values.shape == (points,)
        assert series.time is None


@pytest.mark.parametrize("name", SYNTHETIC)
def test_the_smallest_and_largest_parameters_give_finite_values(name: str) -> None:
    options = SOURCES[name].parameters
    corners = itertools.product(*[(o.low or 0.0, o.high or 0.0) for o in options.values()])
    for corner in corners:
        for points in (20, 999):
            made = values(name, points, **dict(zip(options, corner, strict=True)))
            assert made.shape == (points,)
            assert np.isfinite(made).all()


@pytest.mark.parametrize(
    ("name", "parameters"), [("mackey-glass", {"tau": 60}), ("lorenz-x", {"dt": 0.2})]
)
def test_the_longest_series_take_seconds(name: str, parameters: dict[str, float]) -> None:
    # About 1 s and 2.5 s of processor time; a general-purpose ODE solver took 77 s for Lorenz.
    start = time.process_time()
    made = values(name, 100_000, **parameters)
    assert time.process_time() - start < 10
    assert made.shape == (100_000,)
    assert np.isfinite(made).all()


@pytest.mark.parametrize("name", SYNTHETIC)
def test_the_seed_decides_the_series(name: str) -> None:
    assert np.array_equal(values(name, seed=3), values(name, seed=3))
    assert np.array_equal(values(name, seed=3), values(name, seed=4)) == (name not in RANDOM)


@pytest.mark.parametrize("name", [n for n in SYNTHETIC if "span" not in SOURCES[n].parameters])
def test_a_longer_series_begins_like_a_shorter_one(name: str) -> None:
    assert np.array_equal(values(name, 1000)[:500], values(name, 500))


def test_the_global_random_generator_is_not_used() -> None:
    _, key, position, *_ = np.random.get_state()
    make_series("random-walk", noise=0.1, seed=9)
    _, key_after, position_after, *_ = np.random.get_state()
    assert np.array_equal(key, key_after)
    assert position == position_after


# Noise


@pytest.mark.parametrize("name", SYNTHETIC)
def test_noise_is_a_share_of_the_standard_deviation_of_the_signal(name: str) -> None:
    clean = values(name, 10_000)
    added = make_series(name, points=10_000, noise=0.5).values - clean
    share = added / clean.std()
    assert abs(share.mean()) < 4 * 0.5 / 100
    assert share.std() == pytest.approx(0.5, rel=0.03)
    assert kstest(share / 0.5, "norm").pvalue > 1e-4


@pytest.mark.parametrize("name", ["sine", *RANDOM])
def test_more_noise_scales_the_same_noise(name: str) -> None:
    clean = values(name)
    little, much = (make_series(name, noise=share).values - clean for share in (0.1, 1.7))
    assert np.allclose(much, 17 * little)


@pytest.mark.parametrize("name", RANDOM)
def test_noise_is_independent_of_a_random_signal(name: str) -> None:
    clean = values(name, 10_000)
    noise = make_series(name, points=10_000, noise=1.0).values - clean
    assert abs(np.corrcoef(noise[1:], np.diff(clean))[0, 1]) < 0.04  # four deviations of chance


def test_the_noise_has_its_own_random_stream() -> None:
    shares = []
    for name in ("sine", *RANDOM):
        clean = values(name)
        shares.append((make_series(name, noise=1.0).values - clean) / clean.std())
    assert np.allclose(shares[0], shares[1:])  # no matter what the signal drew before


def test_another_seed_gives_another_noise() -> None:
    clean = values("sine")
    one, other = (make_series("sine", noise=0.2, seed=seed).values - clean for seed in (0, 1))
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.13  # four deviations of chance


def test_a_constant_signal_stays_constant_under_noise() -> None:
    made = make_series("square", noise=1.0, parameters={"span": 1})
    assert set(made.values) == {1.0}


# Each signal


def test_sine_and_cosine_equal_those_of_the_lesson() -> None:
    assert np.array_equal(make_series("sine").values, np.sin(np.linspace(0, 100, 1000)))
    assert np.array_equal(make_series("cosine").values, np.cos(np.linspace(0, 100, 1000)))


@given(spans, st.integers(20, 2000))
def test_sine_and_cosine_are_exact_for_every_range(span: float, points: int) -> None:
    x = np.linspace(0, span, points)
    assert np.array_equal(values("sine", points, span=span), np.sin(x))
    assert np.array_equal(values("cosine", points, span=span), np.cos(x))


def test_two_sines_have_two_lines_in_the_spectrum() -> None:
    made = values("two-sines", 2001, span=20 * TURN, ratio=3.5, weight=0.4)
    expected = np.zeros(1001)
    expected[[20, 70]] = 1.0, 0.4
    assert np.allclose(amplitudes(made[:-1]), expected, atol=1e-9)


def test_amplitude_modulation_has_a_carrier_and_two_sidebands() -> None:
    made = values("amplitude-modulated", 4001, span=50 * TURN, depth=0.6, slowness=5)
    expected = np.zeros(2001)
    expected[[40, 50, 60]] = 0.3, 1.0, 0.3
    assert np.allclose(amplitudes(made[:-1]), expected, atol=1e-9)


@given(st.floats(0, 0.5))
def test_a_damped_wave_shrinks_by_the_same_factor_every_turn(rate: float) -> None:
    made = values("damped", 501, span=5 * TURN, rate=rate)
    assert np.allclose(made[100:], made[:-100] * np.exp(-rate * TURN), atol=1e-12)
    assert made[25] == pytest.approx(np.exp(-rate * TURN / 4))


@given(st.floats(1, 500), st.floats(1, 10))
def test_chirp_equals_that_of_scipy(span: float, growth: float) -> None:
    expected = oracle.chirp(
        np.linspace(0, span, 500), f0=1 / TURN, t1=span, f1=growth / TURN, phi=-90
    )
    assert np.allclose(values("chirp", 500, span=span, growth=growth), expected, atol=1e-9)


@given(spans, st.integers(20, 2000))
def test_square_equals_that_of_scipy_and_has_two_values(span: float, points: int) -> None:
    made = values("square", points, span=span)
    assert np.array_equal(made, oracle.square(np.linspace(0, span, points)))
    assert set(made) <= {-1.0, 1.0}


@given(spans, st.integers(20, 2000))
def test_sawtooth_equals_that_of_scipy(span: float, points: int) -> None:
    expected = oracle.sawtooth(np.linspace(0, span, points))
    assert np.allclose(values("sawtooth", points, span=span), expected, atol=1e-14)


def test_a_random_walk_takes_independent_normal_steps() -> None:
    steps = np.diff(values("random-walk", 10_001))
    assert kstest(steps, "norm").pvalue > 1e-4
    assert abs(np.corrcoef(steps[1:], steps[:-1])[0, 1]) < 0.04


@given(st.floats(3, 200), st.floats(0, 0.995), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_ar2_equals_the_filter_of_scipy(cycle: float, memory: float, seed: int) -> None:
    made = signals.ar2(500, np.random.default_rng(seed), cycle=cycle, memory=memory)
    shocks = np.random.default_rng(seed).standard_normal(2500)
    polynomial = [1, -2 * memory * np.cos(TURN / cycle), memory**2]
    assert np.allclose(made, oracle.lfilter([1], polynomial, shocks)[2000:], atol=1e-6)


def test_ar2_has_the_autocorrelation_of_its_equation() -> None:
    made = values("ar2", 100_000, cycle=12, memory=0.9)
    first, second = 2 * 0.9 * np.cos(TURN / 12), -(0.9**2)
    expected = [1.0, first / (1 - second)]  # Yule–Walker
    for _ in range(2, 13):
        expected.append(first * expected[-1] + second * expected[-2])
    centred = made - made.mean()
    measured = [
        centred[lag:] @ centred[: len(centred) - lag] / (centred @ centred) for lag in range(13)
    ]
    assert np.allclose(measured, expected, atol=0.03)


@given(st.floats(3.5, 4), st.floats(0.01, 0.99))
def test_the_logistic_map_follows_its_formula_exactly(r: float, start: float) -> None:
    made = values("logistic-map", 200, r=r, start=start)
    assert made[1:].tolist() == [r * x * (1 - x) for x in made[:-1].tolist()]
    x = start
    for _ in range(100):
        x = r * x * (1 - x)
    assert made[0] == x


def test_the_logistic_map_cycles_at_3_5_and_is_chaotic_at_3_9() -> None:
    cycle = values("logistic-map", 400, r=3.5)[200:]
    assert np.allclose(cycle[4:], cycle[:-4], atol=1e-12)
    assert len(set(cycle[:4].round(3))) == 4
    one, other = (values("logistic-map", 400, r=3.9, start=x) for x in (0.31, 0.31 + 1e-12))
    assert np.abs(one - other).max() > 0.5


@pytest.mark.parametrize("tau", [5, 17, 30])
def test_mackey_glass_follows_a_finer_integration(tau: int) -> None:
    # Solve one delay after another: within one delay, the delayed value is already known.
    def past(_: float) -> float:
        return 1.2

    expected: list[float] = []
    history: Callable[[float], Any] = past
    level = 1.2
    for start in range(0, 600, tau):

        def slope(t: float, x: Array, before: Callable[[float], Any] = history) -> Array:
            delayed = np.squeeze(before(t - tau))
            return 0.2 * delayed / (1 + delayed**10) - 0.1 * x

        solution = solve_ivp(
            slope, (start, start + tau), [level], dense_output=True, rtol=1e-9, atol=1e-9
        )
        expected.extend(solution.sol(np.arange(start, start + tau))[0])
        history, level = solution.sol, solution.y[0, -1]
    assert np.allclose(values("mackey-glass", 100, tau=tau), expected[500:600], atol=2e-3)


def test_mackey_glass_repeats_itself_only_at_a_small_delay() -> None:
    def worst_repeat(made: Array) -> float:
        # The largest error of copying the value `lag` steps back, for the best lag.
        lags = range(10, 201)
        return min(float(np.abs(made[lag:] - made[:-lag]).max()) for lag in lags) / made.std()

    assert worst_repeat(values("mackey-glass", 1000, tau=17)) > 0.5
    assert worst_repeat(values("mackey-glass", 1000, tau=8)) < 0.5


def test_lorenz_obeys_its_equations() -> None:
    # y and z follow from x and its slope. From such a point on, scipy solves the equations.
    step = 0.005
    x = values("lorenz-x", 600, dt=step)
    weights = np.array([-1, 9, -45, 0, 45, -9, 1]) / (60 * step)  # sixth-order differences

    def slope_of(series: Array) -> Array:
        return np.convolve(series, weights[::-1], mode="valid")

    y = x[3:-3] + slope_of(x) / 10  # from x' = 10 (y − x)
    at = 20  # of y[3:-3], so x[at + 6]
    z = 28 - (slope_of(y)[at] + y[at + 3]) / x[at + 6]  # from y' = x (28 − z) − y
    later = step * np.arange(400)
    solution = solve_ivp(
        lambda _, s: [10 * (s[1] - s[0]), s[0] * (28 - s[2]) - s[1], s[0] * s[1] - 8 / 3 * s[2]],
        (0, later[-1]),
        [x[at + 6], y[at + 3], z],
        t_eval=later,
        rtol=1e-10,
        atol=1e-10,
    )
    assert np.allclose(x[at + 6 :][:400], solution.y[0], atol=1e-3)


def test_lorenz_jumps_between_two_wings_and_stays_bounded() -> None:
    x = values("lorenz-x", 20_000, dt=0.05)
    assert np.abs(x).max() < 22
    assert 0.4 < (x > 0).mean() < 0.6  # the attractor is symmetric: (x, y, z) → (−x, −y, z)
    assert x.std() == pytest.approx(7.92, rel=0.02)  # ⟨x²⟩ = ⟨z⟩ 8/3, with ⟨z⟩ = 23.55


def test_lorenz_shows_the_same_motion_at_a_coarser_step() -> None:
    fine, coarse = values("lorenz-x", 101, dt=0.01), values("lorenz-x", 11, dt=0.1)
    assert np.allclose(fine[::10], coarse, atol=1e-6)
