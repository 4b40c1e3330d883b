"""The truth about a forecast: does it only copy, go flat, lose to something simpler, or explode?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gru_core.experiment.experiment import OPTIONS
from gru_core.forecast.baselines import DOES, fit_linear_ar
from gru_core.forecast.result import Result
from gru_core.judgement.advice import advise
from gru_core.judgement.evaluation import Evaluation, evaluate
from gru_core.judgement.stability import ABSURD, lost
from gru_core.wording import percent, sentence, steps

__all__ = ["STARTS", "Finding", "Lag", "judge", "lag_of"]

Array = NDArray[np.float64]
Kind = Literal["exploded", "flat", "lag", "loses", "close", "beats", "unscored"]
Tone = Literal["good", "note", "bad"]

#: From how many starts a forecast is judged; as many more cost seconds where windows are long.
STARTS = 10

#: The closed loop is flat where its spread is below this share of the series' over such a span.
FLAT = 0.1
#: Judged after this share of the forecast, so that the way into a straight line does not count.
SETTLED = 0.4
#: One-step predictions that take less than this share off the squared error of copying only copy.
SKILL = 0.1
#: And are so much nearer to it: bad predictions are as far from the one value as from the other.
NEARER = 0.9
#: An error below this share of the series' spread needs no mending, whoever is better still.
CLOSE = 0.02
#: Up to this many times a simple forecast's error, the network's is as good as the same.
EQUAL = 1.05
#: Fewer one-step predictions than this show nothing.
FEWEST = 8

#: Why a straight line may be right.
_CHANCE = (
    "That is right where up is as likely as down at each step: on average, it stays where it is."
)
_BEST = "No simple forecast is much better, so what it leaves out may well be chance."


@dataclass(frozen=True)
class Finding:
    """One thing that is true of a forecast.

    Attributes:
        kind: what it is, one of `Kind`, for pages to go by.
        tone: `good`, `bad`, or `note` where there is nothing to mend.
        sentence: what was found, with its numbers.
        advice: what to try, in a sentence; empty where there is nothing to.
        change: the options that the advice would set: `experiment.replace(**change)`.
    """

    kind: Kind
    tone: Tone
    sentence: str
    advice: str = ""
    change: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Lag:
    """How one-step predictions relate to the value before; see `lag_of`.

    Attributes:
        to_last, to_true: mean distance of the predictions to the value before the predicted one,
            and to the predicted one.
        skill: what they take off the squared error of copying the last value, as a share: 0 is no
            better than copying, 1 is perfect.
        peaks: whether they correlate better with the value before than with the predicted one.
    """

    to_last: float
    to_true: float
    skill: float
    peaks: bool

    @property
    def lags(self) -> bool:
        """Whether the predictions only repeat the last value."""
        return self.to_last < NEARER * self.to_true and self.skill < SKILL and self.peaks


def judge(result: Result, evaluation: Evaluation | None = None) -> list[Finding]:
    """What a learner should know about `result`'s forecast, the worst first; never empty.

    exploded: it is not finite, or absurdly far from the series. Then nothing else is said.
    flat: after SETTLED of it, the closed loop's spread is below FLAT of what the series has over as
        long a span.
    lag: the one-step predictions only repeat the last value; see `lag_of`.
    loses: a simple forecast has the lower mean absolute error, from many starts in the holdout.
    close: none is much better, or one is, but both are as good as exact.
    beats: none is better.
    unscored: nothing is known that the forecast could be compared with.

    `beats` and `close` stand alone: where something is wrong, winning is no comfort. Where even a
    linear model cannot beat copying one step ahead, the findings say so, and blame nobody.

    Args:
        evaluation: of this result, where there is one already; otherwise one of STARTS starts.
    """
    scored = result.scored_on != "nothing"
    if scored and evaluation is None:
        evaluation = evaluate(result, most=STARTS)
    if exploded := _exploded(result, evaluation):
        return [exploded]
    seen = _one_step(result)
    lag, chance = _lag(result, seen)
    verdict = None
    if evaluation is not None and scored:
        verdict = _compared(result, evaluation, chance, seen)
    loses = verdict is None or verdict.kind == "loses"
    flat = _flat(result, _CHANCE if chance else "" if loses else _BEST, seen)
    wrong = [finding for finding in (flat, lag) if finding is not None]
    if verdict is not None and loses:
        wrong.append(verdict)
    if wrong:
        return wrong
    return [verdict or _unscored()]


def lag_of(predicted: Array, true: Array, before: Array) -> Lag:
    """How one-step predictions p(t) relate to y(t) and to y(t − 1), each (N,).

    The folk complaint is that a network "only predicts the last value" (keras-team/keras#2856), and
    on a smooth series the eye cannot tell: p(t), y(t − 1) and y(t) all lie together. So all three
    must speak for it: p(t) is nearer to y(t − 1) than to y(t), by NEARER; p correlates better with
    y one step back than with y itself; and of the increments, p(t) − y(t − 1) foresees nothing of
    y(t) − y(t − 1): 1 − Σ(y(t) − p(t))² / Σ(y(t) − y(t − 1))² is below SKILL.
    """
    steps = float(np.square(true - before).sum())
    return Lag(
        to_last=float(np.abs(predicted - before).mean()),
        to_true=float(np.abs(predicted - true).mean()),
        skill=1 - float(np.square(true - predicted).sum()) / steps if steps > 0 else -math.inf,
        peaks=_correlation(predicted, before) > _correlation(predicted, true),
    )


def _one_step(result: Result) -> Lag | None:
    """`lag_of` the holdout, or of all values where it is too short; None if nothing moves."""
    start, true, before = _to_foresee(result)
    if len(true) < FEWEST or not np.ptp(true) > 0:
        return None
    predicted = result.problem.one_step(result.forecaster, start, result.parts.n)
    return lag_of(predicted, true, before)


def _to_foresee(result: Result) -> tuple[int, Array, Array]:
    """The position of the first value to foresee, the values, and each one's predecessor."""
    parts, values = result.parts, result.series.values
    start = parts.holdout_start if parts.n - parts.holdout_start >= FEWEST else parts.first
    return start, values[start:], values[start - 1 : -1]


def _lag(result: Result, own: Lag | None) -> tuple[Finding | None, bool]:
    """The finding, and whether nothing beats copying the last value one step ahead."""
    if own is None:
        return None, False
    start, true, before = _to_foresee(result)
    best = max(lag_of(baseline, true, before).skill for baseline in _linear(result, start))
    chance = best < SKILL
    if not own.lags:
        return None, chance
    found = (
        f"One step ahead it only repeats the last value: on average its predictions are "
        f"{own.to_last:.3g} from the value just before, and {own.to_true:.3g} from the one that "
        "they should predict."
    )
    if chance:
        found += " No linear model beats that copy either: what comes next looks like pure chance."
        return Finding("lag", "note", found), True
    found += (
        f" It need not be so: the squared error of a linear model is {percent(1 - best)} of the "
        "copy's."
    )
    return _bad(result, "lag", found, own), False


def _linear(result: Result, start: int) -> list[Array]:
    """One-step predictions of linear models for the values from `start` on.

    One reads what the network reads, the other a whole cycle, which is what the network could.
    """
    values, parts = result.series.values, result.parts
    train = values[: parts.train_end]
    found = []
    for order in {parts.window, result.period + 1}:
        order = max(1, min(order, len(train) // 3, start))
        past = np.lib.stride_tricks.sliding_window_view(values, order)[start - order : -1]
        found.append(fit_linear_ar(train, order)(past, 1)[:, 0])
    return found


def _exploded(result: Result, evaluation: Evaluation | None) -> Finding | None:
    values = result.series.values
    if explosion := lost(result.forecast["forecast"].to_numpy(), values):
        return _bad(result, "exploded", f"It explodes: {explosion}.", None)
    room = ABSURD * (float(np.ptp(values)) or 1.0)
    if evaluation is None or float(evaluation.table["mae"]["forecast"]) <= room:
        return None
    found = f"It explodes from some of {len(evaluation.starts)} starts in the series."
    return _bad(result, "exploded", found, None)


def _flat(result: Result, excuse: str, seen: Lag | None) -> Finding | None:
    forecast = result.forecast["forecast"].to_numpy()
    tail = forecast[int(SETTLED * len(forecast)) :]
    if len(tail) < 3 or len(tail) > len(result.series):
        return None
    spans = np.lib.stride_tricks.sliding_window_view(result.series.values, len(tail))
    usual = float(np.median(spans.std(axis=1)))
    share = tail.std() / usual if usual > 0 else math.inf
    if not share < FLAT:
        return None
    found = (
        f"It goes flat: its last {len(tail)} steps vary {percent(share)} as much as the series "
        "does over as many."
    )
    if excuse:
        return Finding("flat", "note", f"{found} {excuse}")
    return _bad(result, "flat", found, seen)


def _compared(result: Result, evaluation: Evaluation, chance: bool, seen: Lag | None) -> Finding:
    errors = evaluation.table["mae"]
    own = float(errors["forecast"])
    name = str(errors.drop("forecast").idxmin())
    best, spread = float(errors[name]), float(np.std(result.series.values))
    cell = OPTIONS["cell"].label(result.experiment.cell)
    where = f"over {steps(evaluation.horizon)} from {evaluation.where}"
    if own < best:
        return Finding(
            "beats",
            "good",
            f"Better than every simple forecast: {where}, the {cell}'s mean error is {own:.3g}; "
            f"the best of them, {DOES[name]}, comes to {best:.3g}{_more(best, own)}.",
        )
    baseline = sentence(DOES[name])
    if own <= CLOSE * spread:
        return Finding(
            "close",
            "good",
            f"The {cell} follows the series closely: {where}, its mean error is {own:.3g}, "
            f"{percent(own / spread)} of the series' spread. {baseline} is closer still "
            f"({_size(best, spread)}): this series does not need a network.",
        )
    if own <= EQUAL * best:
        return Finding(
            "close",
            "note",
            f"No better than {DOES[name]}, and no worse: {where}, the {cell}'s mean error is "
            f"{own:.3g}, and the other's is {best:.3g}.",
        )
    found = (
        f"{baseline} is better: {where}, its mean error is {_size(best, spread)}, and the {cell}'s "
        f"is {own:.3g}."
    )
    if chance:
        return Finding("loses", "note", f"{found} On this series, mostly luck decides that.")
    simple = evaluation.by_lead[list(errors.drop("forecast").index)].min(axis=1)
    worse = np.flatnonzero(~(evaluation.by_lead["forecast"] < simple))
    leads = int(worse[0]) if len(worse) else 0
    if leads > 1:
        found += f" For the first {leads} steps the {cell} is the best of all."
    return _bad(result, "loses", found, seen, name)


def _unscored() -> Finding:
    return Finding(
        "unscored",
        "note",
        "Nobody can say how good this forecast is: it lies beyond the data, and no part of the "
        "data was held out to test the network on.",
        "Set 'Holdout' to 0.2: the same network is then scored on values that it never saw.",
        {"holdout": 0.2},
    )


def _bad(
    result: Result, kind: Kind, sentence: str, seen: Lag | None, baseline: str = ""
) -> Finding:
    skill = seen.skill if seen else 0.0
    advice = advise(result, exploded=kind == "exploded", skill=skill, baseline=baseline)
    return Finding(kind, "bad", sentence, advice.sentence, advice.change)


def _more(best: float, own: float) -> str:
    if own == 0:
        return ""
    ratio = best / own
    return f", {ratio:,.1f} times as much" if ratio >= 2 else f", {percent(ratio - 1)} more"


def _size(error: float, spread: float) -> str:
    return f"{error:.3g}" if error > 1e-6 * spread else "next to nothing"


def _correlation(a: Array, b: Array) -> float:
    if not (np.ptp(a) > 0 and np.ptp(b) > 0):
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])
