"""What a result means, in sentences for a learner."""

from __future__ import annotations

import math

from gru_core.data.sources import SOURCES
from gru_core.experiment.experiment import OPTIONS, Experiment
from gru_core.forecast.baselines import BASELINES, DOES
from gru_core.forecast.result import Result
from gru_core.judgement.intervals import Interval
from gru_core.wording import count, error_in_words, steps, whole_percent

__all__ = ["changes", "compared", "covered", "kept", "made_by", "scored_on"]


def compared(result: Result) -> str:
    """The error of the one forecast that is drawn, and the lowest one of a simple forecast.

    One start may be lucky. So this gives numbers and no verdict: `findings.judge` has the verdict,
    from many starts.
    """
    errors = result.score_table["mae"]
    if math.isnan(errors["forecast"]):
        return "There are no true values to compare with: this forecast cannot be scored."
    cell = OPTIONS["cell"].label(result.experiment.cell)
    which = "For the forecast drawn here"
    if result.scored_on == "holdout":
        which = "For one forecast of the holdout"
    spread = result.series.spread
    own = error_in_words(float(errors["forecast"]), spread)
    is_own = "has exploded" if own == "exploded" else f"is {own}"
    simple = errors[list(BASELINES)]
    best = error_in_words(float(simple.min()), spread)
    return (
        f"{which}, the {cell}'s mean error {is_own}. The lowest error of a simple forecast is "
        f"{best}, from {DOES[str(simple.idxmin())]}."
    )


def scored_on(result: Result) -> str:
    """The values that the scores were taken on."""
    parts = result.parts
    if result.scored_on == "nothing":
        return "Not scored: there are no true values beyond the data, and no holdout."
    if result.scored_on == "holdout":
        values = count(parts.n - parts.holdout_start, "value").removeprefix("1 ")
        return f"Scored on the holdout, the last {values}. Nothing is known beyond the data."
    where = f"{steps(parts.horizon)} from position {parts.forecast_start}"
    if parts.forecast_start >= parts.holdout_start:
        return f"Scored on {where}, in the holdout, which training never saw."
    return f"Scored on {where}. Training has seen these values: this is no test of the future."


def covered(interval: Interval) -> str:
    """What the band around a forecast is made from, and how many true values it held."""
    starts = count(interval.starts, "start")
    words = (
        f"The {whole_percent(interval.level)} interval is made from the errors of forecasts from "
        f"{starts} in the {interval.calibrated_on} part."
    )
    if interval.calibrated_on == "training":
        words += " Later errors are larger. A validation part would give a better interval."
    if math.isnan(interval.coverage):
        return words
    held = whole_percent(interval.coverage)
    return f"{words} In the holdout, from many starts, it held {held} of the true values."


def made_by(result: Result) -> str:
    """Who made the training steps."""
    if result.learner == "compiled":
        return "The training steps were compiled for the processor."
    where = {"cpu": "the processor", "mps": "the graphics chip"}
    return f"PyTorch made the training steps on {where.get(result.device, 'the graphics card')}."


def kept(result: Result) -> str:
    """The weights that the forecast is made with."""
    if result.kept_epoch == 0:
        warm = result.experiment.warm_start
        return "the warm start, before any training" if warm else "the untrained network"
    if result.kept_epoch == result.checkpoint.epoch and result.experiment.keep == "last":
        return f"the weights of the last epoch, {result.kept_epoch}"
    return f"the best weights, from epoch {result.kept_epoch}"


def changes(before: Experiment, after: Experiment) -> list[str]:
    """Every option that differs, as `Window: 10 → 24`."""
    changed = [
        f"{option.title}: {option.words(getattr(before, name))} → "
        f"{option.words(getattr(after, name))}"
        for name, option in OPTIONS.items()
        if getattr(before, name) != getattr(after, name)
    ]
    source = SOURCES.get(after.signal)
    if before.signal == after.signal and source is not None:
        changed += [
            f"{option.title}: {option.words(before.parameters[name])} → "
            f"{option.words(after.parameters[name])}"
            for name, option in source.parameters.items()
            if before.parameters[name] != after.parameters[name]
        ]
    return changed
