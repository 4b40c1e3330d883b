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
    w, b     (G·H, H) and (G·H,): W_hh and b_hh
    first    whether `before` is the zero state of the start, so that products with it are zero
    dw       (G·H, H) the gradient of W_hh, to which the step's share is added
    spare    (G·H, H) and back (H, B): room for products
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
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            to[i, j] += a[i, j]


@compiled
def gru_forward(b, u, before, gates, inner, h):
    """`gates`: W_hh h, then r, z, n. `inner` (the extra): W_hn h + b_hn."""
    H, B = h.shape
    for i in range(H):
        br, bz, bn = b[i], b[H + i], b[2 * H + i]
        for k in range(B):
            r = sigmoid(u[i, k] + gates[i, k] + br)
            z = sigmoid(u[H + i, k] + gates[H + i, k] + bz)
            q = gates[2 * H + i, k] + bn
            n = tanh(u[2 * H + i, k] + r * q)
            gates[i, k], gates[H + i, k], gates[2 * H + i, k], inner[i, k] = r, z, n, q
            h[i, k] = n + z * (before[i, k] - n)


@compiled
def gru_backward(u, before, gates, inner, dh):
    """The gradient of the GRU's pre-activations, without the product's."""
    H, B = dh.shape
    for i in range(H):
        for k in range(B):
            r, z, n, g = gates[i, k], gates[H + i, k], gates[2 * H + i, k], dh[i, k]
            an = g * (ONE - z) * (ONE - n * n)
            az = g * (before[i, k] - n) * z * (ONE - z)
            ar = an * inner[i, k] * r * (ONE - r)
            dh[i, k] = g * z
            u[i, k], u[H + i, k], u[2 * H + i, k] = ar, az, an
            gates[i, k], gates[H + i, k], gates[2 * H + i, k] = ar, az, an * r


@compiled
def gru_textbook_forward(first, w, b, u, before, gates, reset, h):
    """`gates`: r, z and the candidate. `reset` (the extra): r ∘ h."""
    H, B = h.shape
    if first:
        gates[:] = ZERO
    else:
        np.dot(w[: 2 * H], before, gates[: 2 * H])
    for i in range(H):
        br, bz = b[i], b[H + i]
        for k in range(B):
            r = sigmoid(u[i, k] + gates[i, k] + br)
            gates[i, k] = r
            gates[H + i, k] = sigmoid(u[H + i, k] + gates[H + i, k] + bz)
            reset[i, k] = r * before[i, k]
    if not first:
        np.dot(w[2 * H :], reset, gates[2 * H :])
    for i in range(H):
        bn = b[2 * H + i]
        for k in range(B):
            n = tanh(u[2 * H + i, k] + gates[2 * H + i, k] + bn)
            gates[2 * H + i, k] = n
            h[i, k] = before[i, k] + gates[H + i, k] * (n - before[i, k])


@compiled
def gru_textbook_backward(first, w, u, before, gates, reset, dh, dw, spare, back):
    """The textbook's GRU has two products with W_hh, one after the other."""
    H, B = dh.shape
    for i in range(H):
        for k in range(B):
            z, n, g = gates[H + i, k], gates[2 * H + i, k], dh[i, k]
            an = g * z * (ONE - n * n)
            az = g * (n - before[i, k]) * z * (ONE - z)
            dh[i, k] = g * (ONE - z)
            u[H + i, k], u[2 * H + i, k] = az, an
            gates[H + i, k], gates[2 * H + i, k] = az, an
    if first:  # r reaches nothing, as the state is zero
        u[:H] = ZERO
        gates[:H] = ZERO
        return
    np.dot(w[2 * H :].T, gates[2 * H :], back)  # the gradient of r ∘ h
    for i in range(H):
        for k in range(B):
            r, g = gates[i, k], back[i, k]
            ar = g * before[i, k] * r * (ONE - r)
            dh[i, k] += g * r
            u[i, k] = ar
            gates[i, k] = ar
    np.dot(gates[2 * H :], reset.T, spare[2 * H :])
    add(spare[2 * H :], dw[2 * H :])
    product_backward(w[: 2 * H], gates[: 2 * H], before, dh, dw[: 2 * H], spare[: 2 * H], back)


@compiled
def lstm_forward(b, u, c_before, gates, c, h):
    """`gates`: W_hh h, then i, f, g, o. `c` (the extra): the cell state after the step."""
    H, B = h.shape
    for j in range(H):
        bi, bf, bg, bo = b[j], b[H + j], b[2 * H + j], b[3 * H + j]
        for k in range(B):
            i = sigmoid(u[j, k] + gates[j, k] + bi)
            f = sigmoid(u[H + j, k] + gates[H + j, k] + bf)
            g = tanh(u[2 * H + j, k] + gates[2 * H + j, k] + bg)
            o = sigmoid(u[3 * H + j, k] + gates[3 * H + j, k] + bo)
            state = f * c_before[j, k] + i * g
            gates[j, k], gates[H + j, k] = i, f
            gates[2 * H + j, k], gates[3 * H + j, k] = g, o
            c[j, k] = state
            h[j, k] = o * tanh(state)


@compiled
def lstm_backward(u, c_before, gates, c, dh, dc):
    """The gradient of the LSTM's pre-activations; `dh` becomes zero, as no path goes by them."""
    H, B = dh.shape
    for j in range(H):
        for k in range(B):
            i, f = gates[j, k], gates[H + j, k]
            g, o = gates[2 * H + j, k], gates[3 * H + j, k]
            t = tanh(c[j, k])
            state = dc[j, k] + dh[j, k] * o * (ONE - t * t)
            ai = state * g * i * (ONE - i)
            af = state * c_before[j, k] * f * (ONE - f)
            ag = state * i * (ONE - g * g)
            ao = dh[j, k] * t * o * (ONE - o)
            dc[j, k] = state * f
            dh[j, k] = ZERO
            u[j, k], u[H + j, k], u[2 * H + j, k], u[3 * H + j, k] = ai, af, ag, ao
            gates[j, k], gates[H + j, k] = ai, af
            gates[2 * H + j, k], gates[3 * H + j, k] = ag, ao


@compiled
def rnn_forward(b, u, gates, h):
    """`gates`: W_hh h; a plain RNN has none."""
    H, B = h.shape
    for i in range(H):
        for k in range(B):
            h[i, k] = tanh(u[i, k] + gates[i, k] + b[i])


@compiled
def rnn_backward(u, gates, h, dh):
    """The gradient of the RNN's pre-activation; `dh` becomes zero."""
    H, B = dh.shape
    for i in range(H):
        for k in range(B):
            a = dh[i, k] * (ONE - h[i, k] * h[i, k])
            u[i, k], gates[i, k] = a, a
            dh[i, k] = ZERO
