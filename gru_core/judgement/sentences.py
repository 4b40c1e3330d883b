"""What a result means, in sentences that a learner understands."""

from __future__ import annotations

import math

from gru_core.data.signals import SOURCES
from gru_core.experiment.experiment import OPTIONS, Experiment
from gru_core.forecast.baselines import BASELINES, DOES
from gru_core.forecast.result import Result
from gru_core.judgement.intervals import Interval
from gru_core.wording import count, sentence, steps, whole_percent

__all__ = ["changes", "compared", "covered", "kept", "scored_on", "share"]


def compared(result: Result) -> str:
    """How the forecast's error compares with the simple forecasts', in one or two sentences."""
    cell = OPTIONS["cell"].label(result.experiment.cell)
    errors = result.score_table["mae"]
    own = float(errors["forecast"])
    if math.isnan(own):
        return "There are no true values to compare with: this forecast cannot be scored."
    if math.isinf(own):
        return f"The {cell}'s forecast exploded: it left all finite numbers."
    yardstick = "seasonal_naive" if result.period > 1 else "copy_last"
    baseline = float(errors[yardstick])
    if baseline > 0:
        first = f"The {cell}'s error is {share(own / baseline)} of {DOES[yardstick]}."
    else:
        first = f"{sentence(DOES[yardstick])} is exact here, and the {cell} cannot beat that."
    better = [name for name in BASELINES if name != yardstick and float(errors[name]) < own]
    if baseline < own:
        first += " So the simple forecast is the better one."
    if better:
        verb = "does" if len(better) == 1 else "do"
        first += f" {sentence(' and '.join(DOES[name] for name in better))} {verb} better still."
    elif baseline >= own:
        first += " None of the simple forecasts does better."
    return first


def share(ratio: float) -> str:
    """A ratio in words: `12 %`, `0.3 %`, `2.4 times that`."""
    if ratio >= 2:
        return f"{ratio:,.1f} times that"
    if ratio >= 0.995:
        return whole_percent(ratio)
    percent = 100 * ratio
    return f"{percent:.0f} %" if percent >= 9.5 else f"{percent:.2g} %"


def scored_on(result: Result) -> str:
    """On which values the scores were taken."""
    parts = result.parts
    if result.scored_on == "nothing":
        return "Not scored: there are no true values beyond the data, and no holdout."
    if result.scored_on == "holdout":
        n = parts.n - parts.holdout_start
        values = count(n, "value").removeprefix("1 ")
        return f"Scored on the holdout, the last {values}: beyond the data nothing is known."
    where = f"{steps(parts.horizon)} from position {parts.forecast_start}"
    if parts.forecast_start >= parts.holdout_start:
        return f"Scored on {where}, in the holdout, which training never saw."
    return f"Scored on {where}, which training has seen: no test of the future."


def covered(interval: Interval) -> str:
    """What the band around a forecast rests on, and what it was worth."""
    level = whole_percent(interval.level)
    starts = count(interval.starts, "start")
    words = f"The {level} interval is as wide as the errors made from {starts} in the "
    if interval.calibrated_on == "validation":
        words += "validation part ask for."
    else:
        words += "training part ask for. Later errors are larger: set a validation part."
    if math.isnan(interval.coverage):
        return words
    held = whole_percent(interval.coverage)
    return f"{words} In the holdout, from many starts, it held {held} of the true values."


def kept(result: Result) -> str:
    """Which weights the forecast is made with."""
    if result.kept_epoch == 0:
        warm = result.experiment.warm_start
        return "the warm start, before any training" if warm else "the untrained network"
    if result.kept_epoch == result.checkpoint.epoch and result.experiment.keep == "last":
        return f"the weights of the last epoch, {result.kept_epoch}"
    return f"the best weights, those of epoch {result.kept_epoch}"


def changes(before: Experiment, after: Experiment) -> list[str]:
    """Every option that differs, as `Window: 10 → 24`."""
    found = [
        f"{option.title}: {option.words(getattr(before, name))} → "
        f"{option.words(getattr(after, name))}"
        for name, option in OPTIONS.items()
        if getattr(before, name) != getattr(after, name)
    ]
    source = SOURCES.get(after.signal)
    if before.signal == after.signal and source is not None:
        found += [
            f"{option.title}: {option.words(before.parameters[name])} → "
            f"{option.words(after.parameters[name])}"
            for name, option in source.parameters.items()
            if before.parameters[name] != after.parameters[name]
        ]
    return found
