"""Experiments that fail, each with the one option that fixes it."""

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
        title: its name.
        symptom: what you see.
        reason: why it fails, and why the fix works.
        broken: the experiment that fails.
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


#: Each experiment was chosen by trial. It is as small as possible and still fails clearly with the
#: seeds 0 to 4: over many starts in the holdout, the broken error is at least twice the fixed one.
#: The fixed error is below that of repeating the last cycle. Each trains in at most 5 seconds.
GALLERY: Mapping[str, Failure] = {
    failure.title: failure
    for failure in (
        Failure(
            "One value is not enough",
            "The forecast moves slowly to one value and stays there. The sine goes up and down.",
            "The network reads only one value. A sine passes through each value twice: once on "
            "the way up, once on the way down. One value does not show which way it is. The best "
            "guess is almost the same value again, so the loop stands still. Ten values show the "
            "direction.",
            Experiment(
                points=500,
                window=1,
                hidden_size=16,
                epochs=40,
                learning_rate=0.03,
                batch_size=60,
            ),
            "window",
            10,
        ),
        Failure(
            "No scaling",
            "The forecast is a flat line near the mean temperature. It has no seasons.",
            "The raw values are 19 to 29 °C. Inputs this large push most gates to 0 or 1, where "
            "they hardly react. The hidden state is then the same for every window, so the "
            "network can only learn one constant. Standard normalization brings the values close "
            "to 0. There the gates react.",
            Experiment(
                signal="el-nino",
                window=24,
                hidden_size=8,
                normalization="none",
                epochs=40,
                learning_rate=0.03,
                batch_size=75,
                validation=0.2,
                horizon=24,
            ),
            "normalization",
            "standard",
        ),
        Failure(
            "Learning rate too large",
            "Even the one-step prediction misses the sine. In the Lab you can see that the loss "
            "never settles.",
            "In its first steps, Adam moves every weight by about the learning rate. The weights "
            "start between −0.25 and 0.25, so steps of 1 throw them far away. Most gates get "
            "stuck at 0 or 1. Each step destroys what the last step learned. Steps of 0.01 are "
            "small enough.",
            Experiment(
                points=500,
                hidden_size=16,
                epochs=40,
                learning_rate=1.0,
                batch_size=59,
                schedule="constant",
            ),
            "learning_rate",
            0.01,
        ),
        Failure(
            "A trend that leaves the known range",
            "CO₂ keeps rising. The forecast drops below it and goes flat.",
            "Most of the holdout is higher than anything in training. A GRU's output stays in the "
            "range it knows, because its state stays between −1 and 1. With each window "
            "normalized by itself, a year looks the same at every level. The forecast can then "
            "follow the rise.",
            Experiment(
                signal="co2",
                window=24,
                hidden_size=16,
                epochs=25,
                learning_rate=0.01,
                batch_size=60,
                horizon=48,
            ),
            "normalization",
            "window",
        ),
        Failure(
            "Trained for one step, used for a hundred",
            "The one-step prediction matches the true values. The closed loop soon leaves them "
            "and stays at one level.",
            "In training, the network reads only true values, and its state covers only one "
            "window. In the loop it reads its own forecasts, which are slightly wrong, and it "
            "keeps its state for many steps. It has practised neither. The closed-loop objective "
            "trains through 24 fed-back steps, so the network practises both. Its loss is "
            "larger, because it counts 24 steps instead of one. Its forecast is better.",
            Experiment(
                signal="mackey-glass",
                points=1000,
                window=20,
                hidden_size=32,
                feedback="state",
                epochs=25,
                learning_rate=0.02,
                batch_size=117,
                loop_steps=24,
                horizon=100,
            ),
            "objective",
            "closed-loop",
        ),
        Failure(
            "A window that never sees the cycle",
            "The jumps turn into low hills. Soon the hills come at the wrong time.",
            "The wave stays up for ten values and down for ten, but the network sees only six. "
            "In the middle of a flat part, all windows look the same. The network cannot know "
            "when the next jump comes, so it guesses something in between. A window of 20 holds "
            "a whole cycle. It always shows a jump to count from.",
            Experiment(
                signal="square",
                parameters={"span": 125.3},  # 20 values a cycle
                points=400,
                noise=0.1,
                window=6,
                hidden_size=16,
                epochs=40,
                learning_rate=0.03,
                batch_size=47,
            ),
            "window",
            20,
        ),
    )
}
