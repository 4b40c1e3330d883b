"""Networks that were trained to echo, in `echo.json`. `make_echo` trains them and writes it.

The task: read a row of d + 1 random values, then say the first one. That value is d steps old, and
the d values after it only distract. A plain RNN and a GRU were trained for each d, with the same
hidden size and on equally many rows.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gru_core.forecast.cells import gru_step, layers_of
from gru_core.forecast.events import Weights
from gru_core.forecast.forecaster import Forecaster
from gru_core.shipped.networks import packed, unpacked

__all__ = [
    "CELLS",
    "DELAYS",
    "FILE",
    "Cell",
    "EchoNetwork",
    "Keeper",
    "document",
    "echo_networks",
    "error_of",
    "keeper",
    "random_rows",
]

Array = NDArray[np.float64]
Cell = Literal["rnn", "gru"]

#: The file with the networks.
FILE = Path(__file__).with_name("echo.json")

CELLS: tuple[Cell, ...] = ("rnn", "gru")
#: Every d, in steps.
DELAYS = (1, 2, 3, 5, 8, 12, 18, 26, 40)


class EchoNetwork(NamedTuple):
    """One trained network.

    Attributes:
        cell: `rnn` or `gru`.
        delay: d, how many steps ago the value was that it should say.
        error: its error on unseen rows, as `error_of` measures it.
        weights: as those of an experiment with this cell.
    """

    cell: Cell
    delay: int
    error: float
    weights: Weights


class Keeper(NamedTuple):
    """The mean update gate z of one unit: at the first value of a row, and at the later values."""

    first: float
    later: float


@cache
def echo_networks() -> dict[tuple[Cell, int], EchoNetwork]:
    """All networks in the file, by cell and delay."""
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    return {
        (one["cell"], one["delay"]): EchoNetwork(
            one["cell"], one["delay"], one["error"], unpacked(one["weights"])
        )
        for one in stored
    }


def document(trained: list[EchoNetwork]) -> str:
    """The text of the file, with one network per line."""
    lines = [
        json.dumps(one._asdict() | {"weights": packed(one.weights)}, separators=(",", ":"))
        for one in trained
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def random_rows(delay: int, count: int, seed: int) -> Array:
    """Rows (`count`, `delay` + 1) of independent values, uniform between −1 and 1."""
    return np.random.default_rng(seed).uniform(-1, 1, (count, delay + 1))


def error_of(cell: Cell, weights: Weights, rows: Array) -> float:
    """The mean absolute error on `rows` (N, d + 1), as a share of that of always saying the mean.

    The mean of all possible values is 0. So 1 means that nothing was learned, and 0 is perfect.
    """
    answers = Forecaster(cell, weights).one_step(rows)
    return float(np.abs(answers - rows[:, 0]).mean() / np.abs(rows[:, 0]).mean())


def keeper(weights: Weights, rows: Array) -> Keeper:
    """The unit of a GRU that keeps its state best while it reads `rows` (N, d + 1), d > 0."""
    [layer] = layers_of(weights)
    h = np.zeros((1, len(rows), layer.hidden.shape[-2]))
    gates = []
    for x in rows.T:
        step = gru_step(x[None, :, None], h, layer)
        gates.append(step.z[0].mean(axis=0))
        h = step.h
    later = np.mean(gates[1:], axis=0)
    unit = int(later.argmax())
    return Keeper(float(gates[0][unit]), float(later[unit]))
