"""One step of each cell over a batch, forward and backward.

The equations stand in `gru_core.forecast.cells`. All functions use these names, for H units, B
windows and G gates:

    u        (G·H, B) from the input: W_ih x + b_ih. Backward: its gradient, which is set
    gates    (G·H, B) the values of the gates, in PyTorch's order. Backward: the gradient of
             W_hh h + b_hh, which takes their place
    extra    (H, B) what else the backward pass needs; see each cell
    before   (H, B) the hidden state before the step
    h        (H, B) the hidden state after it
    dh, dc   (H, B) the gradients of the states after the step, which become those before it
    w        (G·H, H) W_hh
    b        (G·H, B) b_hh, once for each window
    first    whether `before` is the zero state of the start, so that products with it are zero
    c_before (H, B) `extra` of the step before: the LSTM's cell state. No other cell reads it
    dw       (G·H, H) the gradient of W_hh, to which the step's share is added
    spare    (G·H, H) and back (H, B): room for products

The loops over values run along all units and windows at once. A loop along the windows of one unit
is short, and fills vector registers badly: a step with 12 windows took a tenth longer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import extending

from gru_core.training.kernels.compiled import ONE, SETTINGS, ZERO, compiled, sigmoid, tanh

__all__ = ["CELLS", "Cell", "Lstm", "add", "cell_backward", "cell_forward", "product_backward"]


class Gru(NamedTuple):
    """PyTorch's GRU. Each cell has a type, so a kernel is compiled for one cell.

    With the code of all cells in every kernel, the first run on a machine waited 30 s for it.
    """


class GruTextbook(NamedTuple):
    """The GRU of the textbook; see `Gru`."""


class Lstm(NamedTuple):
    """The LSTM; see `Gru`."""


class Rnn(NamedTuple):
    """The plain RNN; see `Gru`."""


Cell = Gru | GruTextbook | Lstm | Rnn
CELLS: dict[str, Cell] = {
    "gru": Gru(),
    "gru-textbook": GruTextbook(),
    "lstm": Lstm(),
    "rnn": Rnn(),
}


def cell_forward(cell, first, w, b, u, before, c_before, gates, extra, h):
    """One step of `cell`: fills `gates`, `extra` and `h`. Only for kernels."""
    raise NotImplementedError


@extending.overload(cell_forward, jit_options=SETTINGS)
def _forward(cell, first, w, b, u, before, c_before, gates, extra, h):
    forward = {
        Gru: gru_forward, GruTextbook: gru_textbook_forward, Lstm: lstm_forward, Rnn: rnn_forward,
    }  # fmt: skip
    return forward[cell.instance_class]


def cell_backward(cell, first, w, u, before, c_before, gates, extra, h, dh, dc, dw, spare, back):
    """One step of `cell`, backward: sets `u` and `gates`, carries `dh` and `dc` back, adds to `dw`.

    After it, `dh` holds all that reaches `before` from this step. Only for kernels.
    """
    raise NotImplementedError


@extending.overload(cell_backward, jit_options=SETTINGS)
def _backward(cell, first, w, u, before, c_before, gates, extra, h, dh, dc, dw, spare, back):
    backward = {
        Gru: gru_backward, GruTextbook: gru_textbook_backward, Lstm: lstm_backward,
        Rnn: rnn_backward,
    }  # fmt: skip
    return backward[cell.instance_class]


@compiled
def product(first, w, before, gates):
    """gates = W_hh h, which is zero at the start."""
    if first:
        gates[:] = ZERO
    else:
        np.dot(w, before, gates)


@compiled
def product_backward(w, a, x, dx, dw, spare, back):
    """The gradients of W x, if `a` is that of the product: they are added to `dw` and `dx`."""
    np.dot(a, x.T, spare)
    add(spare, dw)
    np.dot(w.T, a, back)
    add(back, dx)


@compiled
def add(a, to):
    """to += a, for matrices."""
    a, to = a.reshape(a.size), to.reshape(to.size)
    for i in range(len(a)):
        to[i] += a[i]


@compiled
def row(a, gate, size):
    """The values of a gate in `a` (G·H, B), or of a state in (H, B), one after the other."""
    return a.reshape(a.size)[gate * size : (gate + 1) * size]


def gru_forward(cell, first, w, b, u, before, c_before, gates, extra, h):
    """`gates`: W_hh h, then r, z, n. `extra`: W_hn h + b_hn."""
    product(first, w, before, gates)
    size = h.size
    ur, uz, un = row(u, 0, size), row(u, 1, size), row(u, 2, size)
    br, bz, bn = row(b, 0, size), row(b, 1, size), row(b, 2, size)
    gr, gz, gn = row(gates, 0, size), row(gates, 1, size), row(gates, 2, size)
    old, inner, new = row(before, 0, size), row(extra, 0, size), row(h, 0, size)
    for k in range(size):
        r = sigmoid(ur[k] + gr[k] + br[k])
        z = sigmoid(uz[k] + gz[k] + bz[k])
        q = gn[k] + bn[k]
        n = tanh(un[k] + r * q)
        gr[k], gz[k], gn[k], inner[k] = r, z, n, q
        new[k] = n + z * (old[k] - n)


def gru_backward(cell, first, w, u, before, c_before, gates, extra, h, dh, dc, dw, spare, back):
    """Through the GRU's pre-activations, then through the product with W_hh."""
    size = dh.size
    ur, uz, un = row(u, 0, size), row(u, 1, size), row(u, 2, size)
    gr, gz, gn = row(gates, 0, size), row(gates, 1, size), row(gates, 2, size)
    old, inner, d = row(before, 0, size), row(extra, 0, size), row(dh, 0, size)
    for k in range(size):
        r, z, n, g = gr[k], gz[k], gn[k], d[k]
        an = g * (ONE - z) * (ONE - n * n)
        az = g * (old[k] - n) * z * (ONE - z)
        ar = an * inner[k] * r * (ONE - r)
        d[k] = g * z
        ur[k], uz[k], un[k] = ar, az, an
        gr[k], gz[k], gn[k] = ar, az, an * r
    if not first:
        product_backward(w, gates, before, dh, dw, spare, back)


def gru_textbook_forward(cell, first, w, b, u, before, c_before, gates, extra, h):
    """`gates`: r, z and the candidate. `extra`: r ∘ h."""
    H, size = len(h), h.size
    product(first, w[: 2 * H], before, gates[: 2 * H])
    ur, uz, un = row(u, 0, size), row(u, 1, size), row(u, 2, size)
    br, bz, bn = row(b, 0, size), row(b, 1, size), row(b, 2, size)
    gr, gz, gn = row(gates, 0, size), row(gates, 1, size), row(gates, 2, size)
    old, reset, new = row(before, 0, size), row(extra, 0, size), row(h, 0, size)
    for k in range(size):
        r = sigmoid(ur[k] + gr[k] + br[k])
        gr[k] = r
        gz[k] = sigmoid(uz[k] + gz[k] + bz[k])
        reset[k] = r * old[k]
    product(first, w[2 * H :], extra, gates[2 * H :])
    for k in range(size):
        n = tanh(un[k] + gn[k] + bn[k])
        gn[k] = n
        new[k] = old[k] + gz[k] * (n - old[k])


def gru_textbook_backward(
    cell, first, w, u, before, c_before, gates, extra, h, dh, dc, dw, spare, back
):
    """The textbook's GRU has two products with W_hh, one after the other."""
    H, size = len(dh), dh.size
    ur, uz, un = row(u, 0, size), row(u, 1, size), row(u, 2, size)
    gr, gz, gn = row(gates, 0, size), row(gates, 1, size), row(gates, 2, size)
    old, d, dreset = row(before, 0, size), row(dh, 0, size), row(back, 0, size)
    for k in range(size):
        z, n, g = gz[k], gn[k], d[k]
        an = g * z * (ONE - n * n)
        az = g * (n - old[k]) * z * (ONE - z)
        d[k] = g * (ONE - z)
        uz[k], un[k] = az, an
        gz[k], gn[k] = az, an
    if first:  # r reaches nothing, as the state is zero
        ur[:] = ZERO
        gr[:] = ZERO
        return
    np.dot(w[2 * H :].T, gates[2 * H :], back)  # the gradient of r ∘ h
    for k in range(size):
        r, g = gr[k], dreset[k]
        ar = g * old[k] * r * (ONE - r)
        d[k] += g * r
        ur[k] = ar
        gr[k] = ar
    np.dot(gates[2 * H :], extra.T, spare[2 * H :])
    add(spare[2 * H :], dw[2 * H :])
    product_backward(w[: 2 * H], gates[: 2 * H], before, dh, dw[: 2 * H], spare[: 2 * H], back)


def lstm_forward(cell, first, w, b, u, before, c_before, gates, extra, h):
    """`gates`: W_hh h, then i, f, g, o. `extra`: the cell state after the step."""
    product(first, w, before, gates)
    size = h.size
    ui, uf, ug, uo = row(u, 0, size), row(u, 1, size), row(u, 2, size), row(u, 3, size)
    bi, bf, bg, bo = row(b, 0, size), row(b, 1, size), row(b, 2, size), row(b, 3, size)
    gi, gf = row(gates, 0, size), row(gates, 1, size)
    gg, go = row(gates, 2, size), row(gates, 3, size)
    old, c, new = row(c_before, 0, size), row(extra, 0, size), row(h, 0, size)
    for k in range(size):
        i = sigmoid(ui[k] + gi[k] + bi[k])
        f = sigmoid(uf[k] + gf[k] + bf[k])
        g = tanh(ug[k] + gg[k] + bg[k])
        o = sigmoid(uo[k] + go[k] + bo[k])
        state = f * old[k] + i * g
        gi[k], gf[k], gg[k], go[k] = i, f, g, o
        c[k] = state
        new[k] = o * tanh(state)


def lstm_backward(cell, first, w, u, before, c_before, gates, extra, h, dh, dc, dw, spare, back):
    """Through the LSTM's pre-activations, by which no path goes, then through the product."""
    size = dh.size
    ui, uf, ug, uo = row(u, 0, size), row(u, 1, size), row(u, 2, size), row(u, 3, size)
    gi, gf = row(gates, 0, size), row(gates, 1, size)
    gg, go = row(gates, 2, size), row(gates, 3, size)
    old, c = row(c_before, 0, size), row(extra, 0, size)
    d, d_c = row(dh, 0, size), row(dc, 0, size)
    for k in range(size):
        i, f, g, o = gi[k], gf[k], gg[k], go[k]
        t = tanh(c[k])
        state = d_c[k] + d[k] * o * (ONE - t * t)
        ai = state * g * i * (ONE - i)
        af = state * old[k] * f * (ONE - f)
        ag = state * i * (ONE - g * g)
        ao = d[k] * t * o * (ONE - o)
        d_c[k] = state * f
        d[k] = ZERO
        ui[k], uf[k], ug[k], uo[k] = ai, af, ag, ao
        gi[k], gf[k], gg[k], go[k] = ai, af, ag, ao
    if not first:
        product_backward(w, gates, before, dh, dw, spare, back)


def rnn_forward(cell, first, w, b, u, before, c_before, gates, extra, h):
    """`gates`: W_hh h; a plain RNN has none."""
    product(first, w, before, gates)
    size = h.size
    a, a_u, a_b = row(gates, 0, size), row(u, 0, size), row(b, 0, size)
    new = row(h, 0, size)
    for k in range(size):
        new[k] = tanh(a_u[k] + a[k] + a_b[k])


def rnn_backward(cell, first, w, u, before, c_before, gates, extra, h, dh, dc, dw, spare, back):
    """Through the RNN's pre-activation, by which no path goes, then through the product."""
    size = dh.size
    du, da, new, d = row(u, 0, size), row(gates, 0, size), row(h, 0, size), row(dh, 0, size)
    for k in range(size):
        a = d[k] * (ONE - new[k] * new[k])
        du[k], da[k] = a, a
        d[k] = ZERO
    if not first:
        product_backward(w, gates, before, dh, dw, spare, back)
