"""The verdicts, held to free runs made by formulas, whose drift and decay are known."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from gru_core import Experiment, run
from gru_core.data.sources import make_series
from gru_core.forecast.result import Result
from gru_core.judgement.stability import MOST_STEPS, Stability, analyse, free_run, stability

START, STEPS = 800, 2000
periods = st.floats(10, 100)


def wave(period: float, t: np.ndarray, phase: float = 0.0) -> np.ndarray:
    return np.sin(2 * np.pi * t / period + phase)


def judged(run_of: Any, period: float = 50.0, n: int = 1000, known: float = 1) -> Stability:
    """The verdict on `run_of(t)`, t in steps from its start, against a sine known up to `n`."""
    true = wave(period, np.arange(n))
    t = np.arange(STEPS)
    return analyse(run_of(t), true, known, START)


# --- locks on, and drifts


@settings(max_examples=30)
@given(period=periods, n=st.integers(800, 1200))
def test_the_true_wave_locks_on(period: float, n: int) -> None:
    verdict = judged(lambda t: wave(period, START + t), period, n)
    assert verdict.kind == "locks on"
    assert verdict.period == pytest.approx(period, rel=1e-3)
    assert verdict.cycles == pytest.approx(STEPS / period, rel=1e-3)
    assert verdict.frequency == pytest.approx(1, rel=1e-3)
    assert (verdict.early, verdict.late) == pytest.approx((1, 1), abs=0.05)
    assert (verdict.growth, verdict.true_growth) == pytest.approx((0, 0), abs=1e-3)
    assert verdict.phase == pytest.approx(0, abs=0.1)
    assert verdict.phase_end == pytest.approx(0, abs=5)
    assert verdict.lag == pytest.approx(period / 4, abs=0.51)
    assert verdict.sentence.startswith("Locks on: it keeps the true rhythm of ")


@settings(max_examples=30)
@given(period=periods, degrees=st.floats(4, 40), sign=st.sampled_from([-1, 1]))
def test_a_wrong_frequency_drifts_by_as_many_degrees_a_cycle(
    period: float, degrees: float, sign: int
) -> None:
    ratio = 1 + sign * degrees / 360
    own = period / ratio
    at_start = 2 * np.pi * START / period  # in step with the truth, to begin with
    verdict = judged(lambda t: wave(own, t, at_start), period)
    assert verdict.kind == "drifts"
    assert verdict.frequency == pytest.approx(ratio, rel=1e-3)
    assert verdict.phase == pytest.approx(sign * degrees, rel=0.02)
    # The last phase that can be seen is that of a cycle before the end.
    assert verdict.phase_end == pytest.approx(sign * degrees * (verdict.cycles - 1), rel=0.05)
    assert ("ahead of" in verdict.sentence) == (sign > 0)
    verb = "gains" if sign > 0 else "loses"
    assert f"It {verb} {degrees:.2g}° with each cycle" in verdict.sentence or degrees >= 9.4


def test_a_phase_is_measured_against_the_truth_where_that_is_known() -> None:
    """The truth loses a quarter of a cycle in its holdout; a run that does not has gained it."""
    n, period = 2800, 50.0
    t = np.arange(n)
    slip = np.clip((t - 1200) / 800, 0, 1) * np.pi / 2
    true = np.sin(2 * np.pi * t / period - slip)
    verdict = analyse(wave(period, t[START:]), true, 50, START)
    assert 60 < verdict.phase_end < 100
    unknown = analyse(wave(period, t[START:]), true[:1200], 50, START)
    assert unknown.phase_end == pytest.approx(0, abs=3)


def test_a_small_drift_counts_when_it_has_added_up() -> None:
    slow = judged(lambda t: wave(50 / (1 + 2 / 360), t, 2 * np.pi * START / 50))
    assert (slow.kind, round(slow.phase, 1)) == ("drifts", 2.0)
    assert 70 < slow.phase_end < 80
    less = judged(lambda t: wave(50 / (1 + 0.5 / 360), t, 2 * np.pi * START / 50))
    assert less.kind == "locks on"


@settings(max_examples=30)
@given(ratio=st.sampled_from([0.4, 0.5, 1.5, 2.0, 3.0]))
def test_an_altogether_other_rhythm_is_named(ratio: float) -> None:
    verdict = judged(lambda t: wave(50 / ratio, t))
    assert verdict.kind == "drifts"
    assert verdict.frequency == pytest.approx(ratio, rel=0.01)
    assert math.isnan(verdict.phase)
    cycles = f"its cycle takes {50 / ratio:.3g} steps. The true cycle takes 50 steps"
    assert cycles in verdict.sentence


@settings(max_examples=30)
@given(size=st.floats(0.35, 2.8))
def test_a_wrong_swing_drifts(size: float) -> None:
    assume(not 0.78 < size < 1.28)
    verdict = judged(lambda t: size * wave(50, START + t))
    assert verdict.kind == "drifts"
    assert verdict.late == pytest.approx(size, rel=0.01)
    assert "its swing stays as it is" in verdict.sentence


# --- dies, explodes, goes flat


@settings(max_examples=30)
@given(period=periods, percent=st.floats(8, 30))
def test_a_decaying_wave_dies_at_its_rate(period: float, percent: float) -> None:
    rate = math.log(1 - percent / 100)
    verdict = judged(lambda t: np.exp(rate * t / period) * wave(period, START + t), period)
    assert verdict.kind == "dies"
    assert verdict.growth == pytest.approx(-percent / 100, abs=0.01)
    assert verdict.late < 0.3
    assert "less than the one before" in verdict.sentence


def test_a_wave_that_grows_and_dies_all_at_once_does_not_shrink_by_less_than_nothing() -> None:
    alive = np.arange(STEPS) < 1500
    verdict = judged(lambda t: alive * np.exp(0.02 * t / 50) * wave(50, START + t))
    assert (verdict.kind, verdict.growth > 0) == ("dies", True)
    assert "it begins with 112 % of the true swing" in verdict.sentence
    assert "less than 0.01 % of the true swing is left" in verdict.sentence


@given(
    logs=st.lists(st.floats(-5, 2), min_size=2, max_size=5),
    ratio=st.sampled_from([0.5, 1, 1.01, 1.3, 3]),
    trend=st.sampled_from([0.0, 0.01]),
    swell=st.sampled_from([-0.1, 0.0, 0.1]),
    rest=st.integers(1, STEPS),
)
def test_no_share_is_negative_and_no_sentence_is_long(
    logs: list[float], ratio: float, trend: float, swell: float, rest: int
) -> None:
    t = np.arange(STEPS)
    size = np.exp(np.interp(t, np.linspace(0, STEPS - 1, len(logs)), logs))
    generated = size * wave(50 / ratio, START + t)
    generated[rest:] = generated[rest - 1]
    known = np.arange(1000)
    true = np.exp(swell * known / 50) * wave(50, known) + trend * known
    verdict = analyse(generated, true, 50, START)
    assert not re.search(r"-\S+ %|\bnan\b", verdict.sentence), verdict.sentence
    assert max(len(part.split()) for part in verdict.sentence.split(". ")) <= 20, verdict.sentence


@settings(max_examples=30)
@given(period=periods, percent=st.floats(8, 12))
def test_a_growing_wave_explodes_at_its_rate(period: float, percent: float) -> None:
    cycles = STEPS / period
    assume(1.5 < math.log1p(percent / 100) * cycles < 2.9)
    verdict = judged(
        lambda t: (1 + percent / 100) ** (t / period) * wave(period, START + t), period
    )
    assert verdict.kind == "explodes"
    assert verdict.growth == pytest.approx(percent / 100, abs=0.01)


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan, 1e9])
@pytest.mark.parametrize("step", [0, 1, 700])
def test_what_is_not_finite_or_absurd_explodes(bad: float, step: int) -> None:
    generated = wave(50, START + np.arange(STEPS))
    generated[step:] = bad
    verdict = analyse(generated, wave(50, np.arange(1000)), 50, START)
    assert verdict.kind == "explodes"
    steps = "1 step" if step == 0 else f"{step + 1} steps"
    assert f"after {steps} it is" in verdict.sentence
    assert ("finite" in verdict.sentence) == (not math.isfinite(bad))


@settings(max_examples=30)
@given(value=st.floats(-2, 2), after=st.integers(0, 74) | st.integers(78, 200))
def test_a_constant_goes_flat(value: float, after: int) -> None:
    generated = wave(50, START + np.arange(STEPS))
    generated[after:] = value
    verdict = analyse(generated, wave(50, np.arange(1000)), 50, START)
    assert (verdict.kind == "goes flat") == (after < 75), "a cycle and a half"
    assert math.isnan(verdict.phase)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (0, "it hardly moves in 2,000 steps"),
        (1, "it moves only in the first step of 2,000"),
        (40, "it moves only in the first 40 steps of 2,000"),
    ],
)
def test_it_is_said_how_long_a_flat_run_moves(after: int, words: str) -> None:
    generated = np.full(STEPS, 0.5)
    generated[:after] = 2.0
    verdict = analyse(generated, wave(50, np.arange(1000)), 50, START)
    assert verdict.sentence == f"Goes flat: {words}. The true cycle takes 50 steps."


# --- true values that grow, shrink, or climb


def test_a_run_that_shrinks_as_the_truth_does_is_in_step() -> None:
    t = np.arange(START + STEPS)
    true = np.exp(-0.05 * t / 50) * wave(50, t)
    verdict = analyse(true[START:], true[:1000], 50, START)
    assert verdict.kind == "locks on"
    assert (verdict.growth, verdict.true_growth) == pytest.approx((-0.0488, -0.0488), abs=2e-3)
    steady = analyse(0.45 * wave(50, t[START:]), true[:1000], 50, START)
    assert steady.kind == "drifts"
    assert "The true swing shrinks by 4.9 % a cycle" in steady.sentence


def test_a_run_that_loses_the_trend_drifts() -> None:
    t = np.arange(START + STEPS)
    true = wave(50, t) + t / 50
    assert analyse(true[START:], true[:1000], 50, START).kind == "locks on"
    lost = analyse(wave(50, t[START:]) + START / 50, true[:1000], 50, START)
    assert lost.kind == "drifts"
    assert "does not follow the trend" in lost.sentence


# --- true values without a cycle


def test_chaos_stays_on_its_attractor() -> None:
    """The logistic map from another start: nowhere the same, and everywhere alike."""
    true = make_series("logistic-map", points=1000).values
    other = make_series("logistic-map", points=2000, parameters={"start": 0.6}).values
    verdict = analyse(other, true, 1, START)
    assert verdict.kind == "stays on the attractor"
    assert verdict.overlap > 0.85


def test_a_cycle_in_place_of_chaos_leaves_the_attractor() -> None:
    true = make_series("lorenz-x", points=2000).values
    verdict = analyse(12 * wave(30, np.arange(2000)), true, 1, 1600)
    assert verdict.kind == "leaves the attractor"
    assert "it repeats a cycle of 30 steps" in verdict.sentence


def test_chaos_with_a_rhythm_that_parts_in_time_alone_stays_on_the_attractor() -> None:
    """Mackey–Glass, two stretches of it: out of phase, and of one shape."""
    values = make_series("mackey-glass", points=6000).values
    verdict = analyse(values[3700:5700], values[:2000], 100, 1600)
    assert verdict.kind == "stays on the attractor"


@pytest.mark.parametrize("seed", range(3))
def test_a_flat_line_on_a_random_walk_goes_flat_and_nobody_is_blamed(seed: int) -> None:
    walk = np.cumsum(np.random.default_rng(seed).standard_normal(1000))
    verdict = analyse(np.full(2000, walk[799]), walk, 1, START)
    assert verdict.kind == "goes flat"
    assert "The true values have no fixed cycle" in verdict.sentence


def test_a_run_that_is_too_short_for_the_cycle_says_so() -> None:
    verdict = analyse(wave(300, START + np.arange(600)), wave(300, np.arange(1000)), 300, START)
    assert "too short to judge it by the true cycle of 300 steps" in verdict.sentence


@pytest.mark.parametrize("generated", [np.zeros(1), np.zeros(2), np.ones(300), np.arange(3.0)])
@pytest.mark.parametrize("reference", [np.ones(20), np.arange(20.0), np.arange(2.0)])
def test_there_is_a_verdict_on_anything(generated: np.ndarray, reference: np.ndarray) -> None:
    verdict = analyse(generated, reference, 1, len(reference))
    assert verdict.sentence.endswith(".")
    assert "nan" not in verdict.sentence
    assert "unknown" not in verdict.sentence


def test_beside_a_constant_no_share_of_its_spread_is_told() -> None:
    verdict = analyse(wave(50, np.arange(STEPS)), np.zeros(100), 1, START)
    assert verdict.sentence == (
        "Leaves the attractor: it keeps moving. The true values are constant."
    )


@pytest.mark.parametrize("exponent", [-1000, -530, 0, 50])
def test_the_size_of_the_values_does_not_matter(exponent: int) -> None:
    true, t = wave(50, np.arange(1000)), np.arange(START, START + STEPS)
    small = analyse(
        np.ldexp(0.5 * wave(50, t) + 0.2, exponent), np.ldexp(true + 0.2, exponent), 50, START
    )
    assert small.sentence == analyse(0.5 * wave(50, t) + 0.2, true + 0.2, 50, START).sentence


# --- what cannot be measured is not shown


def test_a_cycle_that_cannot_be_made_out_has_no_length() -> None:
    """It swings in its middle alone: what is left at the end is no less than at the beginning."""
    t = np.arange(STEPS)
    swell = np.interp(t, [700, 1000, 1300], [0.02, 1, 0.02])
    verdict = judged(lambda t: swell * wave(50, START + t))
    assert verdict.kind == "drifts"
    assert math.isnan(verdict.frequency)
    words = "its cycle cannot be measured. The true cycle takes 50 steps"
    assert words in verdict.sentence
    assert "nan" not in verdict.sentence


def test_where_there_is_no_one_portrait_none_is_shared() -> None:
    walk = np.cumsum(np.random.default_rng(0).standard_normal(1000))
    other = np.cumsum(np.random.default_rng(10).standard_normal(2000))
    verdict = analyse(other / other.std() * walk.std(), walk, 1, START)
    assert math.isnan(verdict.overlap)
    assert "% of that of the true values" in verdict.sentence
    assert "portrait" not in verdict.sentence
    assert "nan" not in verdict.sentence


# --- networks


@pytest.fixture(scope="module")
def result() -> Result:
    """A sine of 20 steps; the readout solved exactly, so that its loop is good at once."""
    sine = np.sin(2 * np.pi * np.arange(300) / 20.5)
    return run(Experiment(window=10, hidden_size=16, epochs=1, warm_start=True, horizon=40), sine)


def test_a_free_run_goes_on_from_the_forecast(result: Result) -> None:
    generated = free_run(result)
    assert len(generated) == 10 * 40
    np.testing.assert_allclose(generated[:40], result.forecast["forecast"], atol=1e-5)
    assert len(free_run(result, factor=3)) == 120
    assert len(free_run(result, factor=1000)) == MOST_STEPS


def test_a_good_network_locks_on(result: Result) -> None:
    verdict = stability(result)
    assert verdict.kind == "locks on"
    assert verdict.period == pytest.approx(20.5, rel=1e-3)
    assert_array_equal(verdict.generated, free_run(result))


def test_an_untrained_network_goes_flat() -> None:
    sine = np.sin(2 * np.pi * np.arange(300) / 20.5)
    raw = run(Experiment(window=3, hidden_size=4, epochs=1, learning_rate=1e-6), sine)
    assert stability(raw).kind == "goes flat"


def test_a_free_run_beyond_the_data_is_judged_by_what_came_before() -> None:
    sine = np.sin(2 * np.pi * np.arange(300) / 20.5)
    experiment = Experiment(
        window=10, hidden_size=16, epochs=1, warm_start=True, holdout=0.0, forecast_start="end"
    )
    verdict = stability(run(experiment, sine))
    assert verdict.kind == "locks on"
    assert len(verdict.generated) == 1000
