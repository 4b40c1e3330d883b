"""Measure one layer against two: `python -m gru_core.teaching.make_layers`.

It trains ten small networks, which takes about 20 seconds.
"""

from __future__ import annotations

import json
from statistics import median

from gru_core.experiment.experiment import Experiment
from gru_core.teaching.layers import FILE, ONE, SEEDS, TWO, LayerErrors
from gru_core.training.run import run

__all__ = ["main"]


def main() -> None:
    """Write a new `layers.json` and print it."""
    errors = LayerErrors(_error(ONE), _error(TWO))
    FILE.write_text(json.dumps(errors._asdict()) + "\n", encoding="utf-8")
    print(f"{FILE}: {errors}")


def _error(experiment: Experiment) -> float:
    """The median closed-loop RMSE over all seeds, with five significant digits."""
    errors = [run(experiment.replace(seed=seed)).scores["rmse"] for seed in SEEDS]
    return float(f"{median(errors):.5g}")


if __name__ == "__main__":
    main()
