"""The findings in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gru_core.experiment.experiment import OPTIONS
from gru_core.forecast.baselines import DOES
from gru_core.judgement import stability_words
from gru_core.judgement.findings_numbers import ForecastNumbers
from gru_core.judgement.findings_rules import Kind, follows_closely, may_be_right
from gru_core.wording import error_in_words, number, percent, sentence, steps

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
    length = steps(len(numbers.settled))
    words = (
        f"It goes flat. Its last {length} vary {percent(numbers.flat_share)} as much as the series "
        f"does in {length}."
    )
    if numbers.chance:
        return f"{words} A flat line is right here: up and down are equally likely at each step."
    if may_be_right("flat", numbers):
        return f"{words} No simple forecast is much better. What it leaves out may be chance."
    return words


def _lag(numbers: ForecastNumbers) -> str:
    own = numbers.one_step
    assert own is not None
    words = (
        "It mostly copies the previous value. Its one-step predictions are "
        f"{_error(own.to_last, numbers)} away from the previous value, on average. They are "
        f"{_error(own.to_true, numbers)} away from the value that they predict."
    )
    if numbers.chance:
        return f"{words} No linear model does better than copying: the next step looks like chance."
    return (
        f"{words} A linear model does better: its squared error is "
        f"{percent(1 - numbers.linear_skill)} of that of copying."
    )


def _beats(numbers: ForecastNumbers) -> str:
    own, best = numbers.own_error, numbers.best_error
    return (
        f"The {_cell(numbers)} beats every simple forecast. Its mean error is "
        f"{_error(own, numbers)}. The best simple forecast is {DOES[numbers.best_baseline]}, with "
        f"{_error(best, numbers)}{_more(best, own)}. {_where(numbers)}"
    )


def _close(numbers: ForecastNumbers) -> str:
    own, best = _error(numbers.own_error, numbers), _error(numbers.best_error, numbers)
    cell, does = _cell(numbers), DOES[numbers.best_baseline]
    if not follows_closely(numbers):
        return (
            f"The {cell} is about as good as {does}. Its mean error is {own}. "
            f"{sentence(does)} has {best}. {_where(numbers)}"
        )
    share = ""
    if numbers.spread > 0:
        share = f" That is {percent(numbers.own_error / numbers.spread)} of the series' spread."
    closer = "closer still" if numbers.best_error < numbers.own_error else "as close"
    return (
        f"The {cell} follows the series closely. Its mean error is {own}.{share} {sentence(does)} "
        f"is {closer}, with {best}. {_where(numbers)} This series does not need a network."
    )


def _loses(numbers: ForecastNumbers) -> str:
    own, best = _error(numbers.own_error, numbers), _error(numbers.best_error, numbers)
    cell = _cell(numbers)
    words = (
        f"{sentence(DOES[numbers.best_baseline])} is better. Its mean error is {best}, and the "
        f"{cell}'s is {own}. {_where(numbers)}"
    )
    if numbers.chance:
        return f"{words} On this series, luck mostly decides that."
    if numbers.best_leads > 1:
        words += f" For the first {numbers.best_leads} steps the {cell} is the best of all."
    return words


def _unscored(numbers: ForecastNumbers) -> str:
    return (
        "Nobody can say how good this forecast is. It lies beyond the data, and there is no "
        "holdout to test the network on."
    )


def _cell(numbers: ForecastNumbers) -> str:
    return OPTIONS["cell"].label(numbers.result.experiment.cell)


def _where(numbers: ForecastNumbers) -> str:
    """What the two errors of a comparison are taken from."""
    scored = numbers.scored
    return f"Both errors are means over {steps(scored.horizon)} from {scored.where}."


def _more(best: float, own: float) -> str:
    if own == 0:
        return ""
    ratio = best / own
    return f", {number(ratio, 2)} times as much" if ratio >= 2 else f", {percent(ratio - 1)} more"


def _error(error: float, numbers: ForecastNumbers) -> str:
    return error_in_words(error, numbers.spread)


_SENTENCES: Mapping[Kind, Callable[[ForecastNumbers], str]] = {
    "exploded": _exploded,
    "flat": _flat,
    "lag": _lag,
    "loses": _loses,
    "close": _close,
    "beats": _beats,
    "unscored": _unscored,
}
