"""Numbers that had to be trained for. `make_measured` trains and writes `measured.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

from gru_core.experiment.experiment import Experiment

__all__ = ["FILE", "ONE_LAYER", "TWO_LAYERS", "Measured", "measured"]

#: The file with the numbers.
FILE = Path(__file__).with_name("measured.json")

#: One layer, and two layers with about as many parameters.
ONE_LAYER = Experiment(points=500, hidden_size=24, epochs=60, learning_rate=0.03, batch_size=59)
TWO_LAYERS = ONE_LAYER.replace(hidden_size=14, layers=2)


@dataclass(frozen=True)
class Measured:
    """What the script measured. Each RMSE is one of the closed loop on the holdout, in data units.

    Attributes:
        one_layer: the median RMSE of `ONE_LAYER` over some seeds.
        two_layers: that of `TWO_LAYERS`.
        windows: for each window of the exercise `smallest-window`, the lowest RMSE of some seeds.
        rates: for each learning rate of the exercise `divergence`, the loss at the end.
        large: the RMSE of the large network that the exercise `tenth` starts with.
    """

    one_layer: float
    two_layers: float
    windows: dict[int, float]
    rates: dict[float, float]
    large: float

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Self:
        """The numbers in a dictionary from JSON, whose keys are all text."""
        windows = {int(window): rmse for window, rmse in stored["windows"].items()}
        rates = {float(rate): loss for rate, loss in stored["rates"].items()}
        return cls(**(stored | {"windows": windows, "rates": rates}))


@cache
def measured() -> Measured:
    """The numbers in the file."""
    return Measured.from_dict(json.loads(FILE.read_text(encoding="utf-8")))
