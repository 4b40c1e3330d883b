"""What one and two layers reached with about the same number of parameters.

`make_layers` trains the networks and writes `layers.json`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from gru_core.experiment.experiment import Experiment

__all__ = ["FILE", "ONE", "SEEDS", "TWO", "LayerErrors", "read"]

#: The file with the errors.
FILE = Path(__file__).with_name("layers.json")

#: One layer, and two layers with about as many parameters. Each trains in about 2 seconds.
ONE = Experiment(points=500, hidden_size=24, epochs=60)
TWO = ONE.replace(hidden_size=14, layers=2)

#: Each error is the median over these seeds, so it does not depend on one lucky start.
SEEDS = range(5)


class LayerErrors(NamedTuple):
    """The closed-loop RMSE of `ONE` and of `TWO` on the holdout, in data units."""

    one: float
    two: float


def read(path: Path = FILE) -> LayerErrors:
    """The errors in the file."""
    return LayerErrors(**json.loads(path.read_text(encoding="utf-8")))
