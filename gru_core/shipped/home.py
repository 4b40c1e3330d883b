"""The trained network on the Home page. `make_home` trains it and writes `home.json`.

The file holds the experiment and the weights. Everything else comes from the experiment.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.events import Weights

__all__ = ["PATH", "HomeNetwork", "packed", "read", "unpacked"]

#: The file with the network.
PATH = Path(__file__).parent / "home.json"


class HomeNetwork(NamedTuple):
    """An experiment and its trained weights."""

    experiment: Experiment
    weights: Weights


def read(path: Path = PATH) -> HomeNetwork:
    """The network in the file."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return HomeNetwork(Experiment.from_query(document["experiment"]), unpacked(document["weights"]))


def packed(weights: Weights) -> dict[str, Any]:
    """The weights for JSON: the shape of each array, and its values as float32 in base64.

    The bytes are little-endian on every machine.
    """
    return {
        name: {
            "shape": list(values.shape),
            "float32": base64.b64encode(values.astype("<f4").tobytes()).decode(),
        }
        for name, values in weights.items()
    }


def unpacked(document: dict[str, Any]) -> Weights:
    """The weights in a document of `packed`, exact to the last bit."""
    return {
        name: np.frombuffer(base64.b64decode(entry["float32"]), "<f4")
        .astype(np.float32)
        .reshape(entry["shape"])
        for name, entry in document.items()
    }
