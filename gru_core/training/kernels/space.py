"""`Shape` and `Space`: what a pass computes, and the arrays in which it does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gru_core.forecast.cells import GATES
from gru_core.forecast.parameters import COLUMNS, layer_parameters
from gru_core.training.kernels.cells import CELLS, Cell, Rnn

__all__ = ["GUARD", "REGISTER", "Shape", "Space", "columns_of", "room_for", "whole"]

Array = NDArray[np.float32]

#: A batch has room for a multiple of so many windows. With a multiple of 16, as many as a register
#: of 64 bytes holds, a batch of 17 windows took a fifth longer.
LANES = 4
#: A register of 64 bytes holds so many values.
REGISTER = 16
#: So many values stay free before and behind each array. A compiled loop looks where its arrays
#: lie. If one begins a few registers behind another, the loop computes value by value, and that
#: rounds differently. Without the guard, the same run had other bits now and then.
GUARD = 16 * REGISTER


class Shape(NamedTuple):
    """The networks of a run, and how their loop is closed.

    A pass unrolls M segments of L steps each. With feedback `window`, each of S forecasts reads a
    window of its own: M = S and L = W. With feedback `state`, one segment of L = W + S − 1 steps
    carries the state on. Step j of segment m reads value m + j. From j = W − 1 on, it predicts
    value m + j + 1.

    Attributes:
        cell: see `cells.CELLS`.
        hidden: how many units a layer has.
        layers: how many layers there are.
        window: W.
        carries: whether the feedback is `state`.
        path: whether there is a linear path from the window to the output.
        floor: the smallest scale of a window; negative without normalization by window.
    """

    cell: Cell
    hidden: int
    layers: int
    window: int
    carries: bool
    path: bool
    floor: np.float32

    @classmethod
    def of(
        cls,
        cell: str,
        hidden: int,
        layers: int,
        window: int,
        *,
        feedback: str = "window",
        path: bool = False,
        floor: float | None = None,
    ) -> Shape:
        """The shape of networks with these options; see `Network`."""
        smallest = np.float32(-1.0 if floor is None else floor)
        carries = feedback == "state"
        return cls(CELLS[cell], hidden, layers, window, carries, path, smallest)

    @property
    def cell_name(self) -> str:
        """The option that chooses the cell."""
        return next(name for name, cell in CELLS.items() if type(cell) is type(self.cell))

    @property
    def rows(self) -> int:
        """How many rows W_ih and W_hh have: those of all gates."""
        return GATES[self.cell_name] * self.hidden

    @property
    def parameters(self) -> int:
        """How many parameters a member has."""
        cell, H = self.cell_name, self.hidden
        first, other = (layer_parameters(cell, inputs, H) for inputs in (1, H))
        path = self.window if self.path else 0
        return first + (self.layers - 1) * other + H + 1 + path


class Space(NamedTuple):
    """The arrays of a pass over B windows with `layers` layers of H units and G gates.

    A forward pass alone keeps the inputs of one segment and the states of two steps. Then segment m
    lies at m mod 1 and step j at j mod 2.

    Attributes:
        values: (W + S, B) the windows, and the predictions behind them.
        dvalues: (W + S, B) their gradients.
        inputs, dinputs: (M, L, B) what each step reads, and its gradient.
        level, scale: (M, B) of each window, for normalization by window; else 0 and 1.
        outputs: (M, B) what the readout said last in each segment, before the scale.
        gates: (M, L, layers, G·H, B).
        extra, h: (M, L, layers, H, B) see `cells`.
        zero: (H, B) the state at the start.
        bias: (layers, G·H, B) b_hh, once for each window.
        u: (G·H, B) what comes from the input.
        dh, dc: (layers, H, B) the gradients of the states.
        back: (H, B) room for a product.
        spare: (G·H, H) room for a product.
    """

    values: Array
    dvalues: Array
    inputs: Array
    dinputs: Array
    level: Array
    scale: Array
    outputs: Array
    gates: Array
    extra: Array
    h: Array
    zero: Array
    bias: Array
    u: Array
    dh: Array
    dc: Array
    back: Array
    spare: Array

    @classmethod
    def of(cls, shape: Shape, steps: int, columns: int, *, learns: bool = True) -> Space:
        """The arrays for S = `steps` forecasts of `columns` windows that are read side by side.

        Args:
            columns: see `columns_of`.
            learns: whether there is a backward pass. It needs what all steps have computed.
        """
        H, W, S, rows, B = shape.hidden, shape.window, steps, shape.rows, columns
        M, L = (1, W + S - 1) if shape.carries else (S, W)
        kept = (M, L, shape.layers) if learns else (1, 2, shape.layers)
        extras = (0, 0, 0) if isinstance(shape.cell, Rnn) else kept
        segments, learned = (M, M) if learns else (1, 0)
        space = cls(
            values=room_for(W + S, B),
            dvalues=room_for(learned and W + S, B),
            inputs=room_for(segments, L, B),
            dinputs=room_for(learned, L, B),
            level=room_for(M, B),
            scale=room_for(M, B),
            outputs=room_for(M, B),
            gates=room_for(*kept, rows, B),
            extra=room_for(*extras, H, B),
            h=room_for(*kept, H, B),
            zero=room_for(H, B),
            bias=room_for(shape.layers, rows, B),
            u=room_for(rows, B),
            dh=room_for(shape.layers, H, B),
            dc=room_for(shape.layers, H, B),
            back=room_for(H, B),
            spare=room_for(rows, H),
        )
        space.scale[:] = 1.0
        return space


def columns_of(batch: int) -> int:
    """How many columns an array has in which `batch` windows are read, in pieces if need be.

    The pieces are of nearly equal size, so that few columns stay empty.
    """
    pieces = -(-batch // COLUMNS)
    return whole(-(-batch // pieces))


def whole(columns: int) -> int:
    """`columns`, rounded up to a multiple of LANES."""
    return -(-columns // LANES) * LANES


def room_for(*shape: int) -> Array:
    """Zeros that begin at a multiple of 64 bytes, far enough from any other array; see `GUARD`."""
    size = int(np.prod(shape))
    raw = np.zeros(GUARD + REGISTER + size + GUARD, np.float32)
    start = GUARD + -raw.ctypes.data // raw.itemsize % REGISTER
    return raw[start : start + size].reshape(shape)
