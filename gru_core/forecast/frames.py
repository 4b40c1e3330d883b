"""The weights after some epochs of a run, in a limited amount of memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from gru_core.forecast.events import Weights
from gru_core.wording import short_repr

__all__ = ["WEIGHT_BYTES", "FrameWeights", "thinned"]

#: At most so many bytes of weights are kept with one result. The default network has 32 kB, so
#: all its frames fit. A server keeps many results in memory.
WEIGHT_BYTES = 4_000_000


@dataclass(eq=False)
class FrameWeights:
    """Collects weights while a run goes on, at most `WEIGHT_BYTES` of them.

    Nobody knows in advance when a run ends. So whenever there are too many, every second one is
    dropped, and from then on only every second one is taken. Those that are left are evenly
    spaced, and the first is always there. If not even two networks fit, it stays empty.

    Attributes:
        by_epoch: the weights, by epoch.
    """

    by_epoch: dict[int, Weights] = field(default_factory=dict)
    _last: int = -1  # the newest epoch that has come
    _seen: int = 0
    _stride: int = 1

    __repr__ = short_repr

    def add(self, epoch: int, weights: Weights) -> None:
        """Take the weights after `epoch`. Epochs come in order; the same one may come again."""
        if epoch <= self._last:
            return
        self._last = epoch
        most = _room(weights)
        if most >= 2 and self._seen % self._stride == 0:
            self.by_epoch[epoch] = weights
        self._seen += 1
        if len(self.by_epoch) > most:
            self.by_epoch = dict(list(self.by_epoch.items())[::2])
            self._stride *= 2

    def copy(self) -> FrameWeights:
        """Another one that goes on from here. They share the arrays, which nobody changes."""
        return replace(self, by_epoch=dict(self.by_epoch))


def thinned(weights: Mapping[int, Weights], kept_epoch: int) -> dict[int, Weights]:
    """Some of `weights`, sorted by epoch: evenly chosen, and at most `WEIGHT_BYTES` in all.

    The first epoch and `kept_epoch` are always among them. If not even two networks fit, only
    `kept_epoch` is.
    """
    most = _room(weights[kept_epoch])
    if most < 2:
        return {kept_epoch: weights[kept_epoch]}
    epochs = sorted(weights)
    if len(epochs) > most:
        others = [epoch for epoch in epochs if epoch != kept_epoch]
        places = np.linspace(0, len(others) - 1, most - 1).round().astype(int)
        epochs = sorted([kept_epoch, *(others[k] for k in places)])
    return {epoch: weights[epoch] for epoch in epochs}


def _room(weights: Weights) -> int:
    """How many networks like this one fit."""
    return WEIGHT_BYTES // sum(array.nbytes for array in weights.values())
