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
    dw       (G·H, H) the gradient of W_hh, to which the step's share is added
    spare    (G·H, H) and back (H, B): room for products

The loops over values run along all units and windows at once. A loop along the windows of one unit
is short, and fills vector registers badly: a step with 12 windows took a tenth longer.
"""

from __future__ import annotations

import numpy as np

from gru_core.training.kernels.compiled import ONE, ZERO, compiled, sigmoid, tanh

__all__ = ["GRU", "GRU_TEXTBOOK", "LSTM", "NAMES", "RNN", "add", "cell_backward", "cell_forward"]

#: The cells by number. Kernels are compiled for numbers, not for names.
NAMES = ("gru", "gru-textbook", "lstm", "rnn")
GRU, GRU_TEXTBOOK, LSTM, RNN = range(4)


@compiled
def cell_forward(cell, first, w, b, u, before, c_before, gates, extra, h):
    """One step of `cell`: fills `gates`, `extra` and `h`."""
    if cell == GRU_TEXTBOOK:
        gru_textbook_forward(first, w, b, u, before, gates, extra, h)
        return
    if first:
        gates[:] = ZERO
    else:
        np.dot(w, before, gates)
    if cell == GRU:
        gru_forward(b, u, before, gates, extra, h)
    elif cell == LSTM:
        lstm_forward(b, u, c_before, gates, extra, h)
    else:
        rnn_forward(b, u, gates, h)


@compiled
def cell_backward(cell, first, w, u, before, c_before, gates, extra, h, dh, dc, dw, spare, back):
    """One step of `cell`, backward: sets `u` and `gates`, carries `dh` and `dc` back, adds to `dw`.

    After it, `dh` holds all that reaches `before` from this step.
    """
    if cell == GRU_TEXTBOOK:
        gru_textbook_backward(first, w, u, before, gates, extra, dh, dw, spare, back)
        return
    if cell == GRU:
        gru_backward(u, before, gates, extra, dh)
    elif cell == LSTM:
        lstm_backward(u, c_before, gates, extra, dh, dc)
    else:
        rnn_backward(u, gates, h, dh)
    if not first:
        product_backward(w, gates, before, dh, dw, spare, back)


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


@compiled
def gru_forward(b, u, before, gates, inner, h):
    """`gates`: W_hh h, then r, z, n. `inner` (the extra): W_hn h + b_hn."""
    size = h.size
    ur, uz, un = row(u, 0, size), row(u, 1, size), row(u, 2, size)
    br, bz, bn = row(b, 0, size), row(b, 1, size), row(b, 2, size)
    gr, gz, gn = row(gates, 0, size), row(gates, 1, size), row(gates, 2, size)
    before, inner, h = row(before, 0, size), row(inner, 0, size), row(h, 0, size)
    for k in range(size):
        r = sigmoid(ur[k] + gr[k] + br[k])
        z = sigmoid(uz[k] + gz[k] + bz[k])
        q = gn[k] + bn[k]
        n = tanh(un[k] + r * q)
        gr[k], gz[k], gn[k], inner[k] = r, z, n, q
        h[k] = n + z * (before[k] - n)


@compiled
def gru_backward(u, before, gates, inner, dh):
    """The gradient of the GRU's pre-activations, without the product's."""
    size = dh.size
    ur, uz, un = row(u, 0, size), row(u, 1, size), row(u, 2, size)
    gr, gz, gn = row(gates, 0, size), row(gates, 1, size), row(gates, 2, size)
    before, inner, dh = row(before, 0, size), row(inner, 0, size), row(dh, 0, size)
    for k in range(size):
        r, z, n, g = gr[k], gz[k], gn[k], dh[k]
        an = g * (ONE - z) * (ONE - n * n)
        az = g * (before[k] - n) * z * (ONE - z)
        ar = an * inner[k] * r * (ONE - r)
        dh[k] = g * z
        ur[k], uz[k], un[k] = ar, az, an
        gr[k], gz[k], gn[k] = ar, az, an * r


@compiled
def gru_textbook_forward(first, w, b, u, before, gates, reset, h):
    """`gates`: r, z and the candidate. `reset` (the extra): r ∘ h."""
    H, size = len(h), h.size
    if first:
        gates[:] = ZERO
    else:
        np.dot(w[: 2 * H], before, gates[: 2 * H])
    ur, uz, un = row(u, 0, size), row(u, 1, size), row(u, 2, size)
    br, bz, bn = row(b, 0, size), row(b, 1, size), row(b, 2, size)
    gr, gz, gn = row(gates, 0, size), row(gates, 1, size), row(gates, 2, size)
    old, kept, new = row(before, 0, size), row(reset, 0, size), row(h, 0, size)
    for k in range(size):
        r = sigmoid(ur[k] + gr[k] + br[k])
        gr[k] = r
        gz[k] = sigmoid(uz[k] + gz[k] + bz[k])
        kept[k] = r * old[k]
    if not first:
        np.dot(w[2 * H :], reset, gates[2 * H :])
    for k in range(size):
        n = tanh(un[k] + gn[k] + bn[k])
        gn[k] = n
        new[k] = old[k] + gz[k] * (n - old[k])


@compiled
def gru_textbook_backward(first, w, u, before, gates, reset, dh, dw, spare, back):
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
    np.dot(gates[2 * H :], reset.T, spare[2 * H :])
    add(spare[2 * H :], dw[2 * H :])
    product_backward(w[: 2 * H], gates[: 2 * H], before, dh, dw[: 2 * H], spare[: 2 * H], back)


@compiled
def lstm_forward(b, u, c_before, gates, c, h):
    """`gates`: W_hh h, then i, f, g, o. `c` (the extra): the cell state after the step."""
    size = h.size
    ui, uf, ug, uo = row(u, 0, size), row(u, 1, size), row(u, 2, size), row(u, 3, size)
    bi, bf, bg, bo = row(b, 0, size), row(b, 1, size), row(b, 2, size), row(b, 3, size)
    gi, gf = row(gates, 0, size), row(gates, 1, size)
    gg, go = row(gates, 2, size), row(gates, 3, size)
    c_before, c, h = row(c_before, 0, size), row(c, 0, size), row(h, 0, size)
    for k in range(size):
        i = sigmoid(ui[k] + gi[k] + bi[k])
        f = sigmoid(uf[k] + gf[k] + bf[k])
        g = tanh(ug[k] + gg[k] + bg[k])
        o = sigmoid(uo[k] + go[k] + bo[k])
        state = f * c_before[k] + i * g
        gi[k], gf[k], gg[k], go[k] = i, f, g, o
        c[k] = state
        h[k] = o * tanh(state)


@compiled
def lstm_backward(u, c_before, gates, c, dh, dc):
    """The gradient of the LSTM's pre-activations; `dh` becomes zero, as no path goes by them."""
    size = dh.size
    ui, uf, ug, uo = row(u, 0, size), row(u, 1, size), row(u, 2, size), row(u, 3, size)
    gi, gf = row(gates, 0, size), row(gates, 1, size)
    gg, go = row(gates, 2, size), row(gates, 3, size)
    c_before, c = row(c_before, 0, size), row(c, 0, size)
    dh, dc = row(dh, 0, size), row(dc, 0, size)
    for k in range(size):
        i, f, g, o = gi[k], gf[k], gg[k], go[k]
        t = tanh(c[k])
        state = dc[k] + dh[k] * o * (ONE - t * t)
        ai = state * g * i * (ONE - i)
        af = state * c_before[k] * f * (ONE - f)
        ag = state * i * (ONE - g * g)
        ao = dh[k] * t * o * (ONE - o)
        dc[k] = state * f
        dh[k] = ZERO
        ui[k], uf[k], ug[k], uo[k] = ai, af, ag, ao
        gi[k], gf[k], gg[k], go[k] = ai, af, ag, ao


@compiled
def rnn_forward(b, u, gates, h):
    """`gates`: W_hh h; a plain RNN has none."""
    size = h.size
    b, u, gates, h = row(b, 0, size), row(u, 0, size), row(gates, 0, size), row(h, 0, size)
    for k in range(size):
        h[k] = tanh(u[k] + gates[k] + b[k])


@compiled
def rnn_backward(u, gates, h, dh):
    """The gradient of the RNN's pre-activation; `dh` becomes zero."""
    size = dh.size
    u, gates, h, dh = row(u, 0, size), row(gates, 0, size), row(h, 0, size), row(dh, 0, size)
    for k in range(size):
        a = dh[k] * (ONE - h[k] * h[k])
        u[k], gates[k] = a, a
        dh[k] = ZERO
