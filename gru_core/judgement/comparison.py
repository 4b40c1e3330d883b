"""The comparison of two results: what was changed, what that did, and whether it may be chance."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from gru_core.data.series import Series
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.result import Result
from gru_core.judgement.sentences import changes
from gru_core.wording import count, error_in_words, percent, steps

__all__ = ["groups", "same_loss", "same_scale", "same_series", "unlike", "what_changed", "what_did"]

#: A smaller change of an error, as a share of it, is called no change.
HARDLY = 0.01
#: So many changed options are named. The others are counted.
MOST_NAMED = 6
#: The options that change what a loss measures. Losses with other values differ in scale.
LOSS_OPTIONS = ("objective", "loop_steps", "normalization", "difference")
#: The measures beside the mean absolute error, and their titles.
_OTHER = {"rmse": "RMSE", "smape": "sMAPE", "mase": "MASE"}
_ENDED = {"stopped": "was stopped", "diverged": "diverged", "interrupted": "was interrupted"}


def same_series(one: Series, other: Series) -> bool:
    """Whether two series have equal values at equal times. Their names may differ."""
    if not np.array_equal(one.values, other.values):
        return False
    if one.time is None or other.time is None:
        return one.time is other.time
    return bool(one.time.equals(other.time))


def unlike(one: Result, other: Result) -> str:
    """Why the scores of two results cannot be compared, in words; '' if they can.

    Scores mean the same only on the same true values, which training saw in both runs or in none.
    """
    if not same_series(one.series, other.series):
        return "the series differ"
    if "nothing" in (one.scored_on, other.scored_on):
        return "there are no true values to score on"
    a, b = one.parts, other.parts
    if a.holdout_start != b.holdout_start:
        sizes = [count(parts.n - parts.holdout_start, "value") for parts in (a, b)]
        return f"the holdouts differ ({sizes[0]} and {sizes[1]})"
    if one.scored_on == other.scored_on == "holdout":
        return ""  # both are scored on the whole holdout, wherever their forecasts begin
    if a.horizon != b.horizon:
        return f"the horizons differ ({steps(a.horizon)} and {steps(b.horizon)})"
    if a.forecast_start != b.forecast_start:
        return (
            f"the forecasts start at different positions ({a.forecast_start:,} and "
            f"{b.forecast_start:,})"
        )
    return ""


def groups(results: Sequence[Result]) -> list[list[int]]:
    """The positions of the results whose scores can be compared, group by group."""
    found: list[list[int]] = []
    for place, result in enumerate(results):
        for group in found:
            if not unlike(results[group[0]], result):
                group.append(place)
                break
        else:
            found.append([place])
    return found


def same_loss(results: Sequence[Result]) -> bool:
    """Whether the losses of `results` measure the same, so that their heights can be compared."""
    return all(
        same_series(results[0].series, result.series)
        and all(
            getattr(results[0].experiment, name) == getattr(result.experiment, name)
            for name in LOSS_OPTIONS
            if name != "loop_steps" or result.experiment.objective == "closed-loop"
        )
        for result in results[1:]
    )


def same_scale(results: Sequence[Result]) -> bool:
    """Whether MASE has one scale: the same season and the same training part."""
    scales = {(result.period, result.parts.train_end) for result in results}
    return len(scales) <= 1


def what_changed(before: Result, after: Result, names: tuple[str, str] = ("A", "B")) -> str:
    """The settings that differ, and a run that did not reach its end, in one or two sentences."""
    changed = changes(before.experiment, after.experiment)
    if not changed and not same_series(before.series, after.series):
        changed = [f"Data: {before.series.name} → {after.series.name}"]
    named = changed[:MOST_NAMED]
    if len(changed) > len(named):
        named.append(f"and {count(len(changed) - len(named), 'more setting')}")
    first, second = names
    words = f"What changed from {first} to {second}: {'; '.join(named)}."
    if not changed:
        words = f"No setting changed from {first} to {second}."
    for name, result in zip(names, (before, after), strict=True):
        if result.status in _ENDED:
            when = count(result.checkpoint.epoch, "epoch")
            words += f" {name} {_ENDED[result.status]} after {when}."
    return words


def what_did(
    before: Result,
    after: Result,
    names: tuple[str, str] = ("A", "B"),
    others: Iterable[Result] = (),
) -> str:
    """What the change did to the scores, and whether that may be chance, in a few sentences.

    Args:
        before, after: the two results.
        names: how to call them.
        others: more results. Those that differ from `before` or `after` only in the seed show how
            much chance alone can do.
    """
    if why := unlike(before, after):
        return f"Their scores cannot be compared: {why}."
    error, moved = _mean_error(before, after, names)
    burst = _exploded(before) or _exploded(after)
    also = _other_scores(before, after, moved) if moved and not burst else ""
    return " ".join(filter(None, [error, also, _chance(before, after, names, others, moved)]))


def _mae(result: Result) -> float:
    return result.scores["mae"]


def _exploded(result: Result) -> bool:
    return error_in_words(_mae(result), result.series.spread) == "exploded"


def _mean_error(before: Result, after: Result, names: tuple[str, str]) -> tuple[str, int]:
    """How the mean error moved in words, and its direction: −1, 0 (hardly) or 1."""
    old, new = _mae(before), _mae(after)
    was, now = (_with_unit(result) for result in (before, after))
    burst = _exploded(before), _exploded(after)
    if all(burst):
        return "Both forecasts exploded.", 0
    if any(burst):
        gone, stays, error = (names[0], names[1], now) if burst[0] else (*names[::-1], was)
        words = f"The forecast of {gone} exploded. The mean error (MAE) of {stays} is {error}."
        return words, -1 if burst[0] else 1
    if abs(new - old) <= HARDLY * max(old, new):
        same = f"stayed at {was}" if was == now else f"hardly moved: {was} and {now}"
        return f"The mean error (MAE) {same}.", 0
    if new < old:
        return f"The mean error (MAE) fell from {was} to {now}{_less(new / old)}.", -1
    more = _more(new / old) if old > 0 else ""
    return f"The mean error (MAE) rose from {was} to {now}{more}.", 1


def _less(share: float) -> str:
    return f" ({percent(1 - share)} less)" if share > 0.01 else ""


def _more(times: float) -> str:
    if times < 2:
        return f" ({percent(times - 1)} more)"
    return f" ({times:.2g} times as large)" if times < 100 else ""


def _with_unit(result: Result) -> str:
    words = error_in_words(_mae(result), result.series.spread)
    return f"{words} {result.series.unit}".strip() if words[-1].isdigit() else words


def _other_scores(before: Result, after: Result, moved: int) -> str:
    """Whether the other scores moved in the same direction as the mean error."""
    names = [name for name in _OTHER if name != "mase" or same_scale([before, after])]
    against, known = [], 0
    for name in names:
        old, new = before.scores[name], after.scores[name]
        if math.isnan(old) or math.isnan(new):
            continue
        known += 1
        if (new - old) * moved < 0:
            against.append(_OTHER[name])
    if not known:
        return ""
    way, other_way = ("rose", "fell") if moved > 0 else ("fell", "rose")
    if against:
        return f"But {' and '.join(against)} {other_way}."
    return f"The other scores {way}, too."


def _chance(
    before: Result, after: Result, names: tuple[str, str], others: Iterable[Result], moved: int
) -> str:
    """Whether the change may be chance, from all runs that differ only in the seed."""
    one, other = _without_seed(before.experiment), _without_seed(after.experiment)
    if one == other:
        if before.experiment.seed == after.experiment.seed:
            return ""
        return "Only the seed differs, so this shows how much chance alone can do."
    others = list(others)
    first, second = _errors_by_seed(before, others), _errors_by_seed(after, others)
    if len(first) < 2 and len(second) < 2:
        return "One run each proves little: other seeds can change this." if moved else ""
    apart = max(first) < min(second) or max(second) < min(first)
    ranges = [
        f"{name} {_range(errors, before.series.spread)} ({count(len(errors), 'seed')})"
        for name, errors in zip(names, (first, second), strict=True)
    ]
    words = f"Mean errors with all seeds that were tried: {ranges[0]}, {ranges[1]}."
    if not apart:
        return f"{words} They overlap, so the difference may be chance."
    if min(len(first), len(second)) < 2:
        return f"{words} They do not overlap, but one run is little proof."
    return f"{words} They do not overlap, so the difference is hardly chance."


def _without_seed(experiment: Experiment) -> Experiment:
    return experiment.replace(seed=0)


def _errors_by_seed(result: Result, others: Iterable[Result]) -> list[float]:
    """The mean errors of the runs that differ from `result` at most in the seed, one per seed."""
    recipe = _without_seed(result.experiment)
    errors = {result.experiment.seed: _mae(result)}
    for other in others:
        if _without_seed(other.experiment) == recipe and not unlike(result, other):
            errors.setdefault(other.experiment.seed, _mae(other))
    return list(errors.values())


def _range(errors: Sequence[float], spread: float) -> str:
    low, high = (error_in_words(error, spread) for error in (min(errors), max(errors)))
    return low if low == high else f"{low} to {high}"
