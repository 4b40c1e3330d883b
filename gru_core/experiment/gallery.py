"""Experiments that fail, each with the one option that mends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gru_core.experiment.experiment import Experiment

__all__ = ["GALLERY", "Failure"]


@dataclass(frozen=True)
class Failure:
    """An experiment whose closed loop fails, and its fix.

    Attributes:
        title: names it.
        symptom: what one sees.
        reason: why that is, and why the fix mends it.
        broken: what to try.
        knob: the name of the one option to change.
        value: what to change it to.
    """

    title: str
    symptom: str
    reason: str
    broken: Experiment
    knob: str
    value: Any

    @property
    def fixed(self) -> Experiment:
        """The same experiment with the one option changed."""
        return self.broken.replace(**{self.knob: self.value})


#: Every set-up was found by trial, as small as still tells its story with the seeds 0 to 4: over
#: many starts in the holdout, the broken one's error is at least twice the fixed one's, and the
#: fixed one's is below that of repeating the last cycle. Each trains in 5 seconds at most.
GALLERY: Mapping[str, Failure] = {
    failure.title: failure
    for failure in (
        Failure(
            "One value is not enough",
            "The forecast creeps to one value and stays there, while the sine goes up and down.",
            "The network reads one value, and a sine passes through each value twice: once "
            "rising, once falling. It cannot tell which, so its best guess is almost the same "
            "value again. Fed back, that stands still. Ten values show which way it goes.",
            Experiment(points=500, window=1, hidden_size=16, epochs=40),
            "window",
            10,
        ),
        Failure(
            "No scaling",
            "The forecast is a flat line near the mean temperature, whatever the season.",
            "Raw values of 19 to 29 °C push most gates to their ends, where they hardly react. "
            "The hidden state comes out the same for every window, so all that training can find "
            "is one constant. Standard normalization brings the values to around 0, where the "
            "gates react.",
            Experiment(
                signal="el-nino",
                window=24,
                hidden_size=8,
                normalization="none",
                epochs=40,
                validation=0.2,
                horizon=24,
            ),
            "normalization",
            "standard",
        ),
        Failure(
            "Learning rate too large",
            "Even the one-step prediction misses the sine, and in the Lab one sees that the loss "
            "never settles.",
            "In each of its first steps, Adam moves every weight by about the learning rate. The "
            "weights begin between −0.25 and 0.25, so steps of 1 throw them far out, most gates "
            "stick at their ends, and what is learned in one step is undone in the next. Steps "
            "of 0.01 settle.",
            Experiment(
                points=500, hidden_size=16, epochs=40, learning_rate=1.0, schedule="constant"
            ),
            "learning_rate",
            0.01,
        ),
        Failure(
            "A trend that leaves the known range",
            "CO₂ keeps rising; the forecast drops below it and goes flat.",
            "Nearly all of the holdout lies above everything the network was trained on, and a "
            "GRU cannot go on upwards: its state stays between −1 and 1, and its output with it "
            "in the range it knows. With each window normalized by itself, a year looks alike at "
            "every level, and the rise carries on.",
            Experiment(
                signal="co2",
                window=24,
                hidden_size=16,
                epochs=25,
                learning_rate=0.01,
                horizon=48,
            ),
            "normalization",
            "window",
        ),
        Failure(
            "Trained for one step, used for a hundred",
            "The one-step prediction lies on the truth, yet the closed loop soon leaves it and "
            "settles on one level.",
            "In training the network met only true values, and a state that had read just one "
            "window. In the loop it reads its own forecasts, which are slightly off, and carries "
            "its state on and on: it has practised neither. Trained through 24 fed-back steps, "
            "it has practised both. Its loss is larger then, as it counts 24 steps and not one, "
            "and its forecast is better.",
            Experiment(
                signal="mackey-glass",
                points=1000,
                window=20,
                hidden_size=32,
                feedback="state",
                epochs=25,
                learning_rate=0.02,
                loop_steps=24,
                horizon=100,
            ),
            "objective",
            "closed-loop",
        ),
        Failure(
            "A window that never sees the cycle",
            "The jumps melt into low hills that soon lose the beat.",
            "The wave stays up for ten values and down for ten, and the network sees six. In the "
            "midst of a plateau they look the same early and late, so it cannot know when the "
            "jump is due, and guesses something in between. A window of 20 holds a whole cycle: "
            "there is always a jump in it to count from.",
            Experiment(
                signal="square",
                parameters={"span": 125.3},  # 20 values a cycle
                points=400,
                noise=0.1,
                window=6,
                hidden_size=16,
                epochs=40,
            ),
            "window",
            20,
        ),
    )
}
