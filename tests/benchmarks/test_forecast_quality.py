"""The summary of the benchmark, on invented outcomes. It runs no model and needs no peer."""

from __future__ import annotations

import math

import pytest

from tests.benchmarks.forecast_quality import NAIVE, OURS, PEERS, Outcome, summary


def series(ours: Outcome, *peers: Outcome) -> dict[str, Outcome]:
    return {OURS: ours, NAIVE: Outcome(1.0, 0.0, 0.0), **dict(zip(PEERS, peers, strict=True))}


def values(outcomes: dict[str, dict[str, Outcome]]) -> dict[str, float]:
    rows, _ = summary(outcomes)
    return {row.measured: row.value for row in rows}


def test_ours_is_compared_with_the_best_and_the_fastest_peer() -> None:
    measured = values(
        {
            "won": series(Outcome(0.2, 1, 2), Outcome(0.4, 8, 8), Outcome(3, 4, 4), FAILED),
            "lost": series(Outcome(2.0, 1, 2), Outcome(5, 2, 2), Outcome(1, 8, 8), FAILED),
        }
    )
    assert measured["series better than the best peer"] == 50
    assert measured["series better than seasonal naive"] == 50
    assert measured["MASE / best peer's, geometric mean"] == pytest.approx(1.0)  # of 1/2 and 2
    assert measured["processor seconds / best peer's, geometric mean"] == pytest.approx(1 / 8)
    assert measured["processor seconds / fastest peer's, geometric mean"] == pytest.approx(8**-0.5)
    assert measured["clock seconds / best peer's, geometric mean"] == pytest.approx(1 / 4)


def test_a_failure_loses_and_a_perfect_forecast_counts_as_a_very_good_one() -> None:
    measured = values(
        {
            "failed": series(FAILED, Outcome(1, 1, 1), FAILED, FAILED),
            "perfect": series(Outcome(0.0, 1, 1), Outcome(1, 1, 1), FAILED, FAILED),
            "all failed": series(FAILED, FAILED, FAILED, FAILED),
        }
    )
    assert measured["series better than the best peer"] == pytest.approx(100 / 3)
    ratio = (100 * 0.001 * 1) ** (1 / 3)
    assert measured["MASE / best peer's, geometric mean"] == pytest.approx(ratio)


def test_a_series_counts_only_if_everything_was_measured_and_mase_is_defined() -> None:
    undefined = Outcome(math.nan, 1, 1)
    whole = series(undefined, undefined, undefined, undefined)
    rows, notes = summary({"no scale": whole, "no peers": {OURS: Outcome(1, 1, 1)}})
    assert rows == []
    assert notes[0].startswith("0 of 2 series count")


FAILED = Outcome(math.inf, error="out of memory")
