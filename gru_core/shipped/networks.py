"""The trained networks that ship. Each has a file of its own, such as `home.json`.

A file holds the experiment and the weights. Everything else comes from the experiment.

| name | what it is | made by |
|---|---|---|
| `home` | the network on the Home page | `make_home` |
| `pair` | a GRU with 2 units whose closed loop locks on | `make_pair` |
| `pair-one-step` | the same, trained one step ahead: it drifts | `make_pair` |
| `gru-before`, `gru-after` | a GRU before and after its training | `make_before_after` |
| `lstm-before`, `lstm-after` | the same for an LSTM | `make_before_after` |
| `rnn-before`, `rnn-after` | the same for a plain RNN | `make_before_after` |
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.events import Weights

__all__ = ["FOLDER", "NAMES", "ShippedNetwork", "network", "packed", "unpacked", "write"]

#: The folder with the files.
FOLDER = Path(__file__).parent

#: All networks that ship.
NAMES = (
    "home",
    "pair",
    "pair-one-step",
    "gru-before",
    "gru-after",
    "lstm-before",
    "lstm-after",
    "rnn-before",
    "rnn-after",
)


class ShippedNetwork(NamedTuple):
    """An experiment and weights of its network."""

    experiment: Experiment
    weights: Weights


def network(name: str) -> ShippedNetwork:
    """The network `name`, one of `NAMES`.

    Raises:
        KeyError: no network has this name.
    """
    if name not in NAMES:
        raise KeyError(f"There is no shipped network '{name}'. There are: {', '.join(NAMES)}.")
    document = json.loads(_path(name).read_text(encoding="utf-8"))
    experiment = Experiment.from_query(document["experiment"])
    return ShippedNetwork(experiment, unpacked(document["weights"]))


def write(name: str, experiment: Experiment, weights: Weights) -> Path:
    """Write the file of the network `name`, which `network` reads. Returns the file's path."""
    content = {"experiment": experiment.to_query(), "weights": packed(weights)}
    path = _path(name)
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path


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


def _path(name: str) -> Path:
    return FOLDER / f"{name}.json"
