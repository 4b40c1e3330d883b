"""Whatever `run` can give, everything that judges, draws or describes it takes it.

Every warning is an error in these tests: a division by zero or an overflow would be one.
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings

from gru_core import figures
from gru_core.errors import SeriesError
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.result import Result
from gru_core.judgement import sentences
from gru_core.judgement.advice import advise
from gru_core.judgement.evaluation import evaluate
from gru_core.judgement.findings import judge
from gru_core.judgement.handover import handovers, most_true_steps
from gru_core.judgement.intervals import interval
from gru_core.judgement.plane import plane
from gru_core.judgement.stability import Stability, stability
from gru_core.wording import error_in_words, number, percent
from tests.gru_core.every_result import odd_results


def is_told(sentence: str) -> None:
    """It is a sentence for a learner: it has an end, and no number is missing."""
    assert sentence.endswith("."), sentence
    words = set(sentence.replace(",", " ").replace(".", " ").split())
    assert not {"nan", "inf", "unknown", "∞", "-∞"} & words, sentence


@given(odd_results())
@settings(max_examples=60)
def test_every_result_is_judged_scored_drawn_and_described(result: Result) -> None:
    """One test, because most of its time goes into the results and the free run."""
    free_run = stability(result)
    is_judged(result, free_run)
    has_scores_and_an_interval(result)
    is_drawn_and_described(result)
    has_a_handover_a_free_run_and_portraits(result, free_run)


def is_judged(result: Result, verdict: Stability) -> None:
    findings = judge(result)
    assert findings
    for finding in findings:
        is_told(finding.sentence)
        if finding.advice:
            is_told(finding.advice)
            assert isinstance(result.experiment.replace(**finding.change), Experiment)
    advise(result, exploded=True)
    is_told(verdict.sentence)


def has_scores_and_an_interval(result: Result) -> None:
    try:
        evaluation = evaluate(result)
    except SeriesError:
        assert result.scored_on == "nothing" or result.parts.n - result.parts.first < 1
    else:
        assert not (evaluation.table[["rmse", "mae"]] < 0).any(axis=None)
        is_drawn(figures.by_lead(evaluation, log=True))
        is_drawn(figures.by_lead(evaluation))
    band = interval(result)
    assert band.lower.shape == band.upper.shape == (result.parts.horizon,)
    assert not (band.lower > band.upper).any()
    is_told(sentences.covered(band))
    is_drawn(figures.result_figure(result, band))


def is_drawn_and_described(result: Result) -> None:
    series, start = result.series, result.parts.forecast_start
    for words in (sentences.compared(result), sentences.scored_on(result)):
        assert words.endswith(".")
    assert repr(result)
    assert sentences.kept(result)
    for row in result.score_table.to_dict("records"):
        for value in row.values():
            assert number(value)
            assert percent(value)
            assert error_in_words(value, float(series.values.std()))
    is_drawn(figures.plot(result))
    is_drawn(figures.series_figure(series, window=result.parts.window, split=result.parts))
    for log in (True, False):
        for smooth in (True, False):
            is_drawn(figures.loss(result.history, log=log, smooth=smooth))
    is_drawn(figures.losses({"one": result.history, "two": result.history}))
    captions = [str(epoch) for epoch in result.forecasts_by_epoch]
    forecasts = result.forecasts_by_epoch
    window = result.parts.window
    kept = result.kept_epoch
    is_drawn(figures.by_epoch(series, start, forecasts, captions, kept=kept, window=window))
    is_drawn(figures.failing(series, result.forecast, start=start))
    is_drawn(figures.before_after(series, result.forecast, result.forecast, start=start))


def has_a_handover_a_free_run_and_portraits(result: Result, run: Stability) -> None:
    series, start = result.series, result.parts.forecast_start
    is_drawn(figures.free_run(series, run.generated, start, result.parts.horizon))
    is_drawn(figures.portrait(series.values, run.generated, run.lag, series.unit))
    if most_true_steps(result):
        given_up = handovers(result)
        captions = [str(k) for k in range(len(given_up))]
        is_drawn(figures.handover(series, start, given_up, captions))
    weights = result.checkpoint.kept(result.experiment.keep)[1]
    if all(np.isfinite(array).all() for array in weights.values()):
        assert 0 <= plane(result.problem, weights).share <= 1 + 1e-9


def is_drawn(figure: go.Figure | dict[str, Any]) -> None:
    """The browser can draw it: its JSON is valid, and the range of each axis goes upwards."""
    text = figure.to_json() if isinstance(figure, go.Figure) else json.dumps(figure)
    drawn = json.loads(text, parse_constant=pytest.fail)  # called for NaN and Infinity
    for axis in ("xaxis", "yaxis"):
        low, high = drawn["layout"].get(axis, {}).get("range") or (0, 1)
        assert (low is None) == (high is None)
        if low is not None:
            assert math.isfinite(low), (axis, low)
            assert math.isfinite(high), (axis, high)
            assert low <= high, (axis, low, high)
