"""Ready-made experiments, each with the reason to try it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gru_core.experiment.experiment import Experiment

__all__ = ["PRESETS", "Preset"]


@dataclass(frozen=True)
class Preset:
    """A named experiment; `why` says what there is to see."""

    title: str
    why: str
    experiment: Experiment


PRESETS: Mapping[str, Preset] = {
    preset.title: preset
    for preset in (
        Preset(
            "The lesson: sine",
            "The default. A good closed-loop forecast in a few seconds.",
            Experiment(),
        ),
        Preset(
            "The exercise: cosine",
            "The same network on a cosine: only the starting phase differs.",
            Experiment(signal="cosine"),
        ),
        Preset(
            "The lesson's own recipe (slow)",
            "One window at a time, for minutes. Its printed loss gets tiny while the closed loop "
            "goes wrong: watch both.",
            Experiment.lesson(),
        ),
        Preset(
            "Noisy sine",
            "A fifth of noise: the forecast should follow the wave, not the noise.",
            Experiment(noise=0.2, window=30, epochs=60),
        ),
        Preset(
            "Mackey–Glass",
            "Chaos, learned through 16 steps of its own loop: it follows for a while, then must "
            "part from the truth. Set the objective back to one step, and it parts much sooner.",
            Experiment(
                signal="mackey-glass",
                points=2000,
                window=30,
                feedback="state",
                objective="closed-loop",
                loop_steps=16,
                epochs=40,
                learning_rate=0.01,
                horizon=200,
            ),
        ),
        Preset(
            "Airline passengers",
            "Trend and season. Each window is normalized by itself, so that the GRU can follow to "
            "where it has never been. With standard normalization it stays far below.",
            Experiment(
                signal="air-passengers",
                window=24,
                normalization="window",
                learning_rate=0.01,
                holdout=24 / 144,
                batch_size=16,
            ),
        ),
        Preset(
            "Sunspots",
            "A cycle of about eleven years, never twice alike: hard for everybody.",
            Experiment(signal="sunspots", window=22, holdout=0.1, batch_size=32),
        ),
    )
}
