"""Measure the numbers of `measured.json`: `python -m gru_core.teaching.make_measured`.

It trains about fifty small networks, which takes one to two minutes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from statistics import median

from gru_core.experiment.experiment import Experiment
from gru_core.teaching.exercises import EXERCISES
from gru_core.teaching.measured import FILE, ONE_LAYER, TWO_LAYERS, Measured
from gru_core.teaching.rules import final_loss
from gru_core.training.run import run

__all__ = ["main"]

#: The learning rates that are tried. Each is √2 times the one before.
RATES = (0.05, 0.07, 0.1, 0.14, 0.2, 0.28, 0.4, 0.57, 0.8)
#: The windows that are tried.
WINDOWS = range(5, 13)


def main() -> None:
    """Write a new `measured.json` and print it."""
    window, rate = EXERCISES["smallest-window"].start, EXERCISES["divergence"].start
    numbers = Measured(
        one_layer=median(_errors(ONE_LAYER, range(5))),
        two_layers=median(_errors(TWO_LAYERS, range(5))),
        windows={w: min(_errors(window.replace(window=w), range(3))) for w in WINDOWS},
        rates={r: _rounded(final_loss(run(rate.replace(learning_rate=r)))) for r in RATES},
        large=median(_errors(EXERCISES["tenth"].start, range(1))),
    )
    FILE.write_text(json.dumps(asdict(numbers), indent=1) + "\n", encoding="utf-8")
    print(numbers)


def _errors(experiment: Experiment, seeds: Sequence[int]) -> list[float]:
    """The closed-loop RMSE of each seed."""
    return [_rounded(run(experiment.replace(seed=seed)).scores["rmse"]) for seed in seeds]


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")


if __name__ == "__main__":
    main()
