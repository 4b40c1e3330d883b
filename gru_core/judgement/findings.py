"""The truth about a forecast: does it only copy, go flat, lose to something simpler, or explode?

`findings_numbers` measures, `findings_rules` turns the numbers into findings, `findings_words` says
them, and `advice` says what to try.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from gru_core.errors import raised_at_call
from gru_core.forecast.result import Result
from gru_core.judgement.advice import advise
from gru_core.judgement.evaluation import Evaluation, evaluate
from gru_core.judgement.findings_numbers import ForecastNumbers, Lag, lag_of
from gru_core.judgement.findings_rules import Kind, Tone, kinds_of, tone_of
from gru_core.judgement.findings_words import told
from gru_core.wording import short_repr

__all__ = ["JUDGED_STARTS", "Finding", "Kind", "Lag", "Tone", "judge", "lag_of"]

#: From how many starts a forecast is judged; as many more cost seconds where windows are long.
JUDGED_STARTS = 10


@dataclass(frozen=True)
class Finding:
    """One fact about a forecast.

    Attributes:
        kind: what it is, one of `Kind`, for pages to go by.
        tone: `good`, `bad`, or `note` where there is nothing to mend.
        sentence: the finding in words, with its numbers.
        advice: what to try, in words; empty where there is nothing to try.
        change: the options that the advice would set: `experiment.replace(**change)`.
        advice_kind: `continue` where the advice is to let the same run go on, else `options`.
    """

    kind: Kind
    tone: Tone
    sentence: str
    advice: str = ""
    change: Mapping[str, Any] = field(default_factory=dict)
    advice_kind: Literal["options", "continue"] = "options"

    __repr__ = short_repr


@raised_at_call
def judge(result: Result, evaluation: Evaluation | None = None) -> list[Finding]:
    """What a learner should know about `result`'s forecast, the worst first. Never empty.

    exploded: it is not finite, or absurdly far from the series. Then nothing else is said.
    flat: near its end, the closed loop hardly varies beside the series over as long a span.
    lag: the one-step predictions only repeat the last value; see `lag_of`.
    loses: a simple forecast has the lower mean absolute error, from many starts in the holdout.
    close: no simple forecast is much better, or the network is as good as exact.
    beats: no simple forecast is better.
    unscored: there are no true values that the forecast could be compared with.

    `beats` and `close` stand alone: they are left out where something is wrong. Where even a linear
    model cannot beat copying one step ahead, the findings say so and are notes.

    Args:
        evaluation: of this result, where there is one already; otherwise one of JUDGED_STARTS
            starts is made.
    """
    if evaluation is None and result.scored_on != "nothing":
        evaluation = evaluate(result, most=JUDGED_STARTS)
    numbers = ForecastNumbers(result, evaluation)
    return [_finding(kind, numbers) for kind in kinds_of(numbers)]


def _finding(kind: Kind, numbers: ForecastNumbers) -> Finding:
    tone, words = tone_of(kind, numbers), told(kind, numbers)
    if kind == "unscored":
        advice = "Set 'Holdout' to 0.2: the network is then scored on values that it never saw."
        return Finding(kind, tone, words, advice, {"holdout": 0.2})
    if tone != "bad":
        return Finding(kind, tone, words)
    advised = advise(
        numbers.result,
        exploded=kind == "exploded",
        skill=numbers.one_step.skill if kind != "exploded" and numbers.one_step else 0.0,
        baseline=numbers.best_baseline if kind == "loses" else "",
    )
    return Finding(kind, tone, words, *advised)
