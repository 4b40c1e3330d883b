"""Ready-made experiments. Each says why you should try it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gru_core.experiment.experiment import Experiment

__all__ = ["PRESETS", "Preset"]


@dataclass(frozen=True)
class Preset:
    """A named experiment. `why` says what you will see."""

    title: str
    why: str
    experiment: Experiment


PRESETS: Mapping[str, Preset] = {
    preset.title: preset
    for preset in (
        Preset(
            "The lesson: sine",
            "The default. It gives a good closed-loop forecast in a few seconds.",
            Experiment(),
        ),
        Preset(
            "The exercise: cosine",
            "The same network on a cosine. Only the starting point of the wave is different.",
            Experiment(signal="cosine"),
        ),
        Preset(
            "The lesson's own recipe (slow)",
            "It learns one window at a time, which takes minutes. Watch two things: the printed "
            "loss gets tiny, and the closed loop goes wrong.",
            Experiment.lesson(),
        ),
        Preset(
            "Noisy sine",
            "A wave with 20 % noise. The forecast should follow the wave, not the noise.",
            Experiment(noise=0.2, window=30, epochs=60, learning_rate=0.03, batch_size=115),
        ),
        Preset(
            "Mackey–Glass",
            "A chaotic signal. The network trains through 16 steps of its own loop. Its forecast "
            "follows the true values for a while. With the one-step objective it leaves them "
            "much sooner.",
            Experiment(
                signal="mackey-glass",
                points=2000,
                window=30,
                feedback="state",
                objective="closed-loop",
                loop_steps=16,
                epochs=40,
                learning_rate=0.01,
                batch_size=233,
                horizon=200,
            ),
        ),
        Preset(
            "Airline passengers",
            "A trend and a season. Each window is normalized by itself, so the GRU can forecast "
            "values higher than any in training. With standard normalization it stays far too low.",
            Experiment(
                signal="air-passengers",
                window=24,
                normalization="window",
                epochs=100,
                learning_rate=0.01,
                holdout=0.17,  # the last 24 of 144 months
                batch_size=16,
            ),
        ),
        Preset(
            "Sunspots",
            "A cycle of about eleven years. No two cycles are alike, so every method has trouble.",
            Experiment(
                signal="sunspots",
                window=22,
                holdout=0.1,
                epochs=100,
                learning_rate=0.03,
                batch_size=32,
            ),
        ),
    )
}
