"""The findings in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gru_core.experiment.experiment import OPTIONS
from gru_core.forecast.baselines import DOES
from gru_core.judgement import stability_words
from gru_core.judgement.findings_numbers import ForecastNumbers
from gru_core.judgement.findings_rules import Kind, follows_closely, may_be_right
from gru_core.wording import percent, sentence, steps

__all__ = ["told"]


def told(kind: Kind, numbers: ForecastNumbers) -> str:
    """A finding with its numbers."""
    return _SENTENCES[kind](numbers)


def _exploded(numbers: ForecastNumbers) -> str:
    if numbers.lost_after is None:
        return f"It explodes from some of {len(numbers.scored.starts)} starts in the series."
    forecast = numbers.result.forecast["forecast"].to_numpy()
    return f"It explodes: {stability_words.lost(forecast, numbers.lost_after)}."


def _flat(numbers: ForecastNumbers) -> str:
    words = (
        f"It goes flat: its last {len(numbers.settled)} steps vary {percent(numbers.flat_share)} "
        "as much as the series does over as many."
    )
    if numbers.chance:
        return (
            f"{words} That is right where up is as likely as down at each step: on average, it "
            "stays where it is."
        )
    if may_be_right("flat", numbers):
        return (
            f"{words} No simple forecast is much better, so what it leaves out may well be chance."
        )
    return words


def _lag(numbers: ForecastNumbers) -> str:
    own = numbers.one_step
    assert own is not None
    words = (
        f"One step ahead it only repeats the last value: on average its predictions are "
        f"{own.to_last:.3g} from the value just before, and {own.to_true:.3g} from the one that "
        "they should predict."
    )
    if numbers.chance:
        words += " No linear model beats that copy either: what comes next looks like pure chance."
        return words
    return (
        f"{words} It need not be so: the squared error of a linear model is "
        f"{percent(1 - numbers.linear_skill)} of the copy's."
    )


def _beats(numbers: ForecastNumbers) -> str:
    own, best = numbers.own_error, numbers.best_error
    return (
        f"Better than every simple forecast: {_where(numbers)}, the {_cell(numbers)}'s mean error "
        f"is {own:.3g}; the best of them, {DOES[numbers.best_baseline]}, comes to "
        f"{best:.3g}{_more(best, own)}."
    )


def _close(numbers: ForecastNumbers) -> str:
    own, best, spread = numbers.own_error, numbers.best_error, numbers.spread
    cell, where, does = _cell(numbers), _where(numbers), DOES[numbers.best_baseline]
    if follows_closely(numbers):
        return (
            f"The {cell} follows the series closely: {where}, its mean error is {own:.3g}, "
            f"{percent(own / spread if spread > 0 else 0.0)} of the series' spread. "
            f"{sentence(does)} is closer still ({_size(best, spread)}): this series does not need "
            "a network."
        )
    return (
        f"No better than {does}, and no worse: {where}, the {cell}'s mean error is {own:.3g}, and "
        f"the other's is {best:.3g}."
    )


def _loses(numbers: ForecastNumbers) -> str:
    own, best, cell = numbers.own_error, numbers.best_error, _cell(numbers)
    words = (
        f"{sentence(DOES[numbers.best_baseline])} is better: {_where(numbers)}, its mean error is "
        f"{_size(best, numbers.spread)}, and the {cell}'s is {own:.3g}."
    )
    if numbers.chance:
        return f"{words} On this series, mostly luck decides that."
    if numbers.best_leads > 1:
        words += f" For the first {numbers.best_leads} steps the {cell} is the best of all."
    return words


def _unscored(numbers: ForecastNumbers) -> str:
    return (
        "Nobody can say how good this forecast is: it lies beyond the data, and no part of the "
        "data was held out to test the network on."
    )


def _cell(numbers: ForecastNumbers) -> str:
    return OPTIONS["cell"].label(numbers.result.experiment.cell)


def _where(numbers: ForecastNumbers) -> str:
    return f"over {steps(numbers.scored.horizon)} from {numbers.scored.where}"


def _more(best: float, own: float) -> str:
    if own == 0:
        return ""
    ratio = best / own
    return f", {ratio:,.1f} times as much" if ratio >= 2 else f", {percent(ratio - 1)} more"


def _size(error: float, spread: float) -> str:
    return f"{error:.3g}" if error > 1e-6 * spread else "next to nothing"


_SENTENCES: Mapping[Kind, Callable[[ForecastNumbers], str]] = {
    "exploded": _exploded,
    "flat": _flat,
    "lag": _lag,
    "loses": _loses,
    "close": _close,
    "beats": _beats,
    "unscored": _unscored,
}
