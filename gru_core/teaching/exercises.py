"""The exercises of Practice, from easy to hard. Their texts stand in `exercises.toml`.

Every experiment trains in a few seconds. Tests train them: each start fails, each solution passes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.result import Result
from gru_core.teaching import rules
from gru_core.teaching.rules import Verdict

__all__ = ["EXERCISES", "Exercise", "Verdict"]


@dataclass(frozen=True)
class Exercise:
    """An exercise that a learner solves in the Lab.

    Attributes:
        name: the key of its texts.
        start: the experiment that opens in the Lab. It fails.
        solution: an experiment that passes. Its data, holdout and horizon are those asked for.
        rule: the conditions of this exercise for a fair run.
        may_diverge: whether the exercise asks for a run that diverges.
    """

    name: str
    start: Experiment
    solution: Experiment
    rule: Callable[[Result], Verdict]
    may_diverge: bool = False

    def check(self, result: Result) -> Verdict:
        """Whether a run passes. It reads the recorded experiment and the scores only."""
        return rules.unfair(result, self.solution, self.may_diverge) or self.rule(result)


_SINE = Experiment()

# 20 values a cycle: ten up, ten down.
_SQUARE = Experiment(
    signal="square",
    parameters={"span": 125.3},
    points=400,
    window=20,
    hidden_size=12,
    epochs=40,
    learning_rate=0.03,
    batch_size=47,
    horizon=80,
)

_CO2 = Experiment(
    signal="co2",
    window=24,
    hidden_size=16,
    epochs=25,
    learning_rate=0.01,
    batch_size=60,
    horizon=48,
)

_NOISY_SINE = Experiment(
    points=500,
    noise=0.2,
    window=4,
    hidden_size=8,
    epochs=20,
    learning_rate=0.03,
    batch_size=60,
)

_RATE = Experiment(
    points=500,
    epochs=20,
    learning_rate=0.03,
    batch_size=65,
    schedule="constant",
    validation=0.0,
    patience=None,
    device="cpu",
)

_TWO_SINES = Experiment(
    signal="two-sines", points=500, epochs=60, learning_rate=0.03, batch_size=59
)

_MACKEY_GLASS = Experiment(
    signal="mackey-glass",
    points=700,
    window=20,
    hidden_size=24,
    epochs=25,
    learning_rate=0.03,
    batch_size=81,
    horizon=100,
)

_AIRLINE = Experiment(
    signal="air-passengers",
    window=12,
    hidden_size=16,
    epochs=60,
    learning_rate=0.03,
    batch_size=15,
    holdout=0.25,
)

#: Every exercise by name, from easy to hard.
EXERCISES: Mapping[str, Exercise] = {
    exercise.name: exercise
    for exercise in (
        Exercise("cosine", _SINE, _SINE.replace(signal="cosine"), rules.follows),
        Exercise("smallest-window", _SQUARE, _SQUARE.replace(window=10), rules.smallest_window),
        Exercise("trend", _CO2, _CO2.replace(normalization="window"), rules.follows_trend),
        Exercise(
            "dying-loop",
            _NOISY_SINE,
            _NOISY_SINE.replace(objective="closed-loop", feedback="state", loop_steps=20),
            rules.alive,
        ),
        Exercise(
            "divergence",
            _RATE,
            _RATE.replace(learning_rate=0.59),
            partial(rules.diverges, start=_RATE),
            may_diverge=True,
        ),
        Exercise(
            "tenth",
            _TWO_SINES,
            _TWO_SINES.replace(hidden_size=4, window=24, linear_path=True),
            partial(rules.small_enough, start=_TWO_SINES),
        ),
        Exercise(
            "linear-ar",
            _MACKEY_GLASS,
            _MACKEY_GLASS.replace(objective="closed-loop", feedback="state", loop_steps=24),
            partial(rules.beats_linear_ar, start=_MACKEY_GLASS),
        ),
        Exercise(
            "airline",
            _AIRLINE,
            _AIRLINE.replace(difference=12),
            partial(rules.beats_seasonal_naive, start=_AIRLINE),
        ),
    )
}
