"""What to try when a forecast goes wrong: a step forward that fits the run and its series."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np

from gru_core.data.rhythm import main_period
from gru_core.data.series import size_exponent
from gru_core.errors import GruLabError
from gru_core.experiment.experiment import OPTIONS, Experiment
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.forecast.windows import changes
from gru_core.wording import count, number, steps

__all__ = ["Advice", "advise"]

#: A learning rate at which training seldom diverges.
CALM_LEARNING_RATE = 0.01
#: The series leaves the range of the training part if this share of its later values does.
OUTSIDE_SHARE = 0.03
#: One-step predictions that take this share off the squared error of copying are good.
KNOWING_SKILL = 0.8
#: The loop steps of the trials in `_mending`: they taught much and cost little.
LOOP_STEPS = 16
#: A longer window would train for minutes.
LONGEST_WINDOW = 200
#: A network learns well from values whose largest size lies between these. Beyond them the first
#: epochs are spent on the level alone, or the errors are too small to learn from.
WELL_SCALED = (0.1, 10.0)
#: A short training.
FEW_EPOCHS = 50

Tip = tuple[dict[str, Any], str]


class Advice(NamedTuple):
    """What to try, in words.

    Attributes:
        sentence: the advice; empty where there is none.
        change: the options to set: `experiment.replace(**change)`.
        kind: `options`, or `continue` where the same run should go on.
    """

    sentence: str
    change: Mapping[str, Any]
    kind: Literal["options", "continue"] = "options"


def advise(
    result: Result, *, exploded: bool = False, skill: float = 0.0, baseline: str = ""
) -> Advice:
    """A step forward that fits `result` and that its series is long enough for.

    Args:
        exploded: whether the forecast exploded; otherwise it is only worse than it could be.
        skill: what the one-step predictions take off the squared error of copying, as a share.
        baseline: the baseline that is better, if there is one.
    """
    calming = _calming(result.experiment) if exploded else []
    if not calming and _ended_early(result):
        return _continue(result)
    if exploded:
        return _set_options(result, calming or [_through_the_loop()])
    return _set_options(result, _mending(result, skill, baseline))


def _ended_early(result: Result) -> bool:
    """Whether the run was stopped or interrupted with epochs left."""
    if result.status == "interrupted":
        return result.checkpoint.epoch != result.experiment.epochs
    return result.status == "stopped"


def _continue(result: Result) -> Advice:
    done = count(result.checkpoint.epoch, "epoch")
    button = "Resume" if result.can_resume else "Continue"
    words = f"Press {button}. Training ended early, after {done}, and can still improve."
    return Advice(words, {}, "continue")


def _set_options(result: Result, tips: list[Tip]) -> Advice:
    """The tips that can be followed together, one sentence each."""
    experiment = result.experiment
    told: list[str] = []
    change: dict[str, Any] = {}
    for wanted, why in tips:
        options = {name: to for name, to in wanted.items() if to != getattr(experiment, name)}
        if not options:
            continue
        try:
            Problem.of(experiment.replace(**change, **options), result.series)
        except GruLabError:
            continue  # the series is too short for that
        change |= options
        *most, last = (_setting(name, value) for name, value in options.items())
        told.append(f"Set {', '.join(most)}{' and ' if most else ''}{last}: {why}.")
    return Advice(" ".join(told), change)


def _mending(result: Result, skill: float, baseline: str) -> list[Tip]:
    """Changes with their reasons, chosen by what the run shows.

    Measured on the bundled signals, from ten starts. Each window by itself took the error on
    airline passengers from 63 to 44, on CO₂ from 5.1 to 1.8, on sunspots from 30 to 20. A window of
    a cycle took that of a sine from 0.88 to 0.02 where the network knew the last value alone. The
    closed loop as the objective took Mackey–Glass from 0.17 to 0.10 and a sawtooth from 0.61 to
    0.02 where the window held half a cycle; where it held less, it made sines worse until it was
    widened: then two sines went from 0.35 to 0.13, one from 0.03 to 0.01, and a chirp from 1.8 to
    0.56. Where a linear model was the best, a linear path solved before training made all of eight
    trials better, and five as good as it or as exact: two sines went from 0.38 to 0.00004, a damped
    one from 0.017 to 0.000001, with noise and windows of a cycle two sines from 0.081 to 0.069 and
    a square wave from 0.13 to 0.11, and CO₂ from 1.4 to 1.0, where the linear model has 1.3.
    """
    experiment, window, cycle = result.experiment, result.parts.window, _cycle(result)
    if unscaled := _unscaled(result):
        return unscaled  # it comes first: without it, the window and the epochs hardly matter
    tips: list[Tip] = []
    # With differencing the network reads changes, which stay in the range of training.
    if experiment.normalization != "window" and not experiment.difference and _leaves(result):
        why = "the series leaves the range that training has seen"
        tips.append(({"normalization": "window"}, why))
    if window < cycle and skill < KNOWING_SKILL:
        why = f"a cycle takes {steps(cycle)}, and the network should see a whole one"
        tips.append(({"window": cycle}, why))
    elif baseline == "linear_ar" and not experiment.linear_path and not tips:
        path = {"linear_path": True, "warm_start": True}
        tips.append((path, "it then begins with what a linear model can do"))
    elif experiment.objective == "one-step" and not tips:
        if 2 * window < cycle:
            why = f"a cycle takes {steps(cycle)}, and a loop needs to see half of it"
            tips.append(({"window": -(-cycle // 2)}, why))
        tips.append(_through_the_loop())
    last = result.checkpoint.epoch
    more = max(2 * last, FEW_EPOCHS)
    improving = result.kept_epoch > 0.8 * last and more > experiment.epochs
    if improving and (not tips or last < FEW_EPOCHS):
        tips.append(({"epochs": more}, "the last epochs were the best so far"))
    if not tips and experiment.members == 1:
        tips.append(({"members": 5}, "the mean of several networks is steadier than one"))
    return tips


def _unscaled(result: Result) -> list[Tip]:
    """To scale the values, where the network reads raw ones that are far too large or too small.

    Measured on a sine of 25 steps: around a level of 1,000 to 300,000, its forecast without
    normalization was flat, at 11 to 0 % of the level. So was that of a sine of size 0.0001.
    """
    if result.experiment.normalization != "none":
        return []
    train = result.series.values[: result.parts.train_end]
    largest = float(np.abs(changes(train, result.parts.lag)).max())
    if largest == 0 or WELL_SCALED[0] <= largest <= WELL_SCALED[1]:
        return []
    size = f"reads raw values of up to {number(largest)} in size"
    why = f"the network {size}, and learns best from values near ±1"
    return [({"normalization": "window" if _leaves(result) else "standard"}, why)]


def _calming(experiment: Experiment) -> list[Tip]:
    """Changes that keep the weights from being thrown away."""
    tips: list[Tip] = []
    if experiment.learning_rate > CALM_LEARNING_RATE:
        tips.append(({"learning_rate": CALM_LEARNING_RATE}, "no step then throws the weights away"))
    if experiment.clip is None:
        tips.append(({"clip": 1.0}, "no single batch then throws the weights away"))
    if experiment.normalization != "standard":
        tips.append(({"normalization": "standard"}, "the network then reads values near ±1"))
    if experiment.keep == "last":
        tips.append(({"keep": "best"}, "an epoch that went wrong then does not count"))
    return tips


def _through_the_loop() -> Tip:
    loop = {"objective": "closed-loop", "feedback": "state", "loop_steps": LOOP_STEPS}
    return loop, "the network then learns to live with its own errors"


def _leaves(result: Result) -> bool:
    """Whether the values after the training part often lie outside its range."""
    values, end = result.series.values, result.parts.train_end
    train, rest = values[:end], values[end:]
    if not len(rest):
        return False
    return bool(np.mean((rest > train.max()) | (rest < train.min())) > OUTSIDE_SHARE)


def _cycle(result: Result) -> int:
    """The length of the main cycle; 1 where there is none, or it is too long to train on."""
    train = result.series.values[: result.parts.train_end]
    period = main_period(np.ldexp(train, -size_exponent(train)), result.period)
    if result.period == 1 or not math.isfinite(period) or period > LONGEST_WINDOW:
        return 1
    return round(period)


def _setting(name: str, value: Any) -> str:
    option = OPTIONS[name]
    words = option.words(value)
    return f"'{option.title}' to " + (f"'{words}'" if option.kind == "choice" else words)
