"""A batch of windows, forward and backward: the losses of a member and their gradients."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gru_core.training.kernels.cells import cell_backward, cell_forward, product_backward
from gru_core.training.kernels.compiled import ONE, ZERO, compiled
from gru_core.training.kernels.space import Shape, Space
from gru_core.training.kernels.theta import layer, readout, spread_biases

__all__ = ["forward", "losses_and_gradients"]


@compiled
def losses_and_gradients(
    shape: Shape,
    space: Space,
    thetas: NDArray[np.float32],
    gradients: NDArray[np.float32],
    losses: NDArray[np.float64],
    windows: NDArray[np.float32],
    targets: NDArray[np.float32],
    batch: NDArray[np.int64],
    learns: bool,
) -> None:
    """The mean squared error of each member over a batch; if it `learns`, its gradient, too.

    Args:
        shape, space: see `space`.
        thetas, gradients: (K, P). The gradients are added up.
        losses: (K,) float64, which are set.
        windows, targets: (N, W), and (N, S) or more columns.
        batch: (B,) int64, which of the windows. More than fit in `space` are read in pieces.
    """
    total, room = len(batch), space.values.shape[1]
    pieces = -(-total // room)
    share = ONE / np.float32(total * (space.values.shape[0] - shape.window))
    steps = space.level.shape[0] * space.inputs.shape[1]
    for k in range(len(losses)):
        loss = 0.0
        for piece in range(pieces):
            first, last = piece * total // pieces, (piece + 1) * total // pieces
            read_windows(space.values, windows, batch[first:last])
            forward(shape, space, thetas[k], 0, steps)
            loss += squared_errors(shape, space, targets, batch[first:last], share, learns)
            if learns:
                backward(shape, space, thetas[k], gradients[k])
        losses[k] = loss * share


@compiled
def read_windows(values, windows, batch):
    """The windows (B, W), turned to (W, B). Room that is left is zero, so that it stays finite."""
    for j in range(windows.shape[1]):
        for b in range(len(batch)):
            values[j, b] = windows[batch[b], j]
        for b in range(len(batch), values.shape[1]):
            values[j, b] = ZERO


@compiled
def squared_errors(shape, space, targets, batch, share, learns):
    """The sum of the squared errors; and the predictions' gradients of the mean, if it `learns`."""
    W, S = shape.window, space.values.shape[0] - shape.window
    loss = 0.0
    if learns:
        space.dvalues[:] = ZERO
    for b in range(len(batch)):
        for s in range(S):
            error = space.values[W + s, b] - targets[batch[b], s]
            loss += error * error
            if learns:
                space.dvalues[W + s, b] = (error + error) * share
    return loss


@compiled
def forward(shape: Shape, space: Space, theta: NDArray[np.float32], start: int, stop: int) -> None:
    """Unroll steps `start` to `stop` of a member; see `Shape`. The predictions go to `values`."""
    W, L, B = shape.window, space.inputs.shape[1], space.values.shape[1]
    layers, H = space.h.shape[2], space.h.shape[3]
    values, level, scale = space.values, space.level, space.scale
    read, bias, path = readout(theta, H, W if shape.path else 0)
    spread_biases(space, theta)
    for t in range(start, stop):
        m, j = t // L, t % L
        if j == 0 and shape.floor >= ZERO:
            window_scale(values, m, W, shape.floor, level[m], scale[m])
        inputs = space.inputs[m % space.inputs.shape[0]]
        for b in range(B):
            inputs[j, b] = (values[m + j, b] - level[m, b]) / scale[m, b]
        for k in range(layers):
            step_forward(shape.cell, space, theta, m, j, k)
        if j >= W - 1:
            h = space.h[m % space.h.shape[0], j % space.h.shape[1], layers - 1]
            y = space.outputs[m]
            for b in range(B):
                y[b] = bias[0]
            for i in range(H):
                for b in range(B):
                    y[b] += read[i] * h[i, b]
            for i in range(len(path)):
                for b in range(B):
                    y[b] += path[i] * inputs[j - W + 1 + i, b]
            for b in range(B):
                values[m + j + 1, b] = level[m, b] + scale[m, b] * y[b]


@compiled
def step_forward(cell, space, theta, m, j, k):
    """Step j of segment m in layer k."""
    H = space.zero.shape[0]
    w_ih, w_hh, b_ih, _ = layer(theta, k, space.u.shape[0], H)
    at_m, at = m % space.h.shape[0], j % space.h.shape[1]
    past = (j - 1) % space.h.shape[1]
    from_input(w_ih, b_ih, layer_input(space, m, j, k), space.u)
    before = space.h[at_m, past, k] if j else space.zero
    c_before = space.extra[at_m, past, k] if j and len(space.extra) else space.zero
    extra = space.extra[at_m, at, k] if len(space.extra) else space.back
    cell_forward(
        cell, j == 0, w_hh, space.bias[k], space.u, before, c_before,
        space.gates[at_m, at, k], extra, space.h[at_m, at, k],
    )  # fmt: skip


@compiled
def layer_input(space, m, j, k):
    """What layer k reads in step j of segment m: (1, B) in the first layer, else (H, B)."""
    if k == 0:
        return space.inputs[m % space.inputs.shape[0], j].reshape(1, space.inputs.shape[2])
    return space.h[m % space.h.shape[0], j % space.h.shape[1], k - 1]


@compiled
def from_input(w, b, x, u):
    """u = W_ih x + b_ih."""
    if x.shape[0] > 1:
        np.dot(w, x, u)
        for i in range(u.shape[0]):
            for k in range(u.shape[1]):
                u[i, k] += b[i]
        return
    for i in range(u.shape[0]):
        for k in range(u.shape[1]):
            u[i, k] = w[i, 0] * x[0, k] + b[i]


@compiled
def window_scale(values, m, W, floor, level, scale):
    """The level and the scale of window m, as in `forecast.windows.window_scale`."""
    for b in range(len(level)):
        total = square = ZERO
        for j in range(W):
            total += values[m + j, b]
        level[b] = total / np.float32(W)
        for j in range(W):
            d = values[m + j, b] - level[b]
            square += d * d
        scale[b] = np.sqrt(square / np.float32(W) + floor * floor)


@compiled
def backward(shape, space, theta, gradient):
    """Backpropagation through time. `dvalues` holds the gradients of the predictions."""
    W, M, L, B = shape.window, space.inputs.shape[0], space.inputs.shape[1], space.u.shape[1]
    dvalues, dinputs, scale = space.dvalues, space.dinputs, space.scale
    for m in range(M - 1, -1, -1):
        dinputs[m] = ZERO
        space.dh[:] = ZERO
        space.dc[:] = ZERO
        for j in range(L - 1, -1, -1):
            if j >= W - 1:
                if j < L - 1:  # a carried state: the next step has read this prediction
                    for b in range(B):
                        dvalues[m + j + 1, b] += dinputs[m, j + 1, b] / scale[m, b]
                readout_backward(shape, space, theta, gradient, m, j)
            for k in range(space.h.shape[2] - 1, -1, -1):
                step_backward(shape.cell, space, theta, gradient, m, j, k)
        if m:  # with feedback `window`, later segments have read predictions of earlier ones
            for j in range(max(0, W - m), W):
                for b in range(B):
                    dvalues[m + j, b] += dinputs[m, j, b] / scale[m, b]
            if shape.floor >= ZERO:
                window_scale_backward(space, m, W)


@compiled
def readout_backward(shape, space, theta, gradient, m, j):
    """The prediction after step j of segment m, backward."""
    W, H, B = shape.window, space.h.shape[3], space.u.shape[1]
    length = W if shape.path else 0
    read, _, path = readout(theta, H, length)
    dread, dbias, dpath = readout(gradient, H, length)
    top = space.h.shape[2] - 1
    h, dh = space.h[m, j, top], space.dh[top]
    dy = space.back[0]
    total = ZERO
    for b in range(B):
        dy[b] = space.dvalues[m + j + 1, b] * space.scale[m, b]
        total += dy[b]
    dbias[0] += total
    for i in range(H):
        total = ZERO
        for b in range(B):
            dh[i, b] += read[i] * dy[b]
            total += dy[b] * h[i, b]
        dread[i] += total
    for i in range(length):
        x, dx = space.inputs[m, j - W + 1 + i], space.dinputs[m, j - W + 1 + i]
        total = ZERO
        for b in range(B):
            total += dy[b] * x[b]
            dx[b] += path[i] * dy[b]
        dpath[i] += total


@compiled
def step_backward(cell, space, theta, gradient, m, j, k):
    """Step j of segment m in layer k, backward."""
    H = space.zero.shape[0]
    rows = space.u.shape[0]
    w_ih, w_hh, _, _ = layer(theta, k, rows, H)
    dw_ih, dw_hh, db_ih, db_hh = layer(gradient, k, rows, H)
    before = space.h[m, j - 1, k] if j else space.zero
    c_before = space.extra[m, j - 1, k] if j and len(space.extra) else space.zero
    extra = space.extra[m, j, k] if len(space.extra) else space.back
    gates = space.gates[m, j, k]
    cell_backward(
        cell, j == 0, w_hh, space.u, before, c_before, gates, extra, space.h[m, j, k],
        space.dh[k], space.dc[k], dw_hh, space.spare, space.back,
    )  # fmt: skip
    add_rows(gates, db_hh)
    if k:
        add_rows(space.u, db_ih)
        x = layer_input(space, m, j, k)
        product_backward(w_ih, space.u, x, space.dh[k - 1], dw_ih, space.spare, space.back)
    else:
        first_input_backward(w_ih, space.u, space.inputs[m, j], space.dinputs[m, j], dw_ih, db_ih)


@compiled
def add_rows(a, sums):
    """Add the sum of each row of `a` to `sums`."""
    for i in range(a.shape[0]):
        total = ZERO
        for b in range(a.shape[1]):
            total += a[i, b]
        sums[i] += total


@compiled
def first_input_backward(w, du, x, dx, dw, db):
    """The first layer's input is one value. A product with so thin a matrix would be slow."""
    for i in range(du.shape[0]):
        total = product = ZERO
        for b in range(du.shape[1]):
            total += du[i, b]
            product += du[i, b] * x[b]
            dx[b] += w[i, 0] * du[i, b]
        db[i] += total
        dw[i, 0] += product


@compiled
def window_scale_backward(space, m, W):
    """The gradient through the level and the scale of window m, to the predictions in it."""
    inputs, dinputs = space.inputs[m], space.dinputs[m]
    for b in range(inputs.shape[1]):
        scale, dy = space.scale[m, b], space.dvalues[m + W, b]
        dlevel, dscale = dy, dy * space.outputs[m, b]
        for j in range(W):
            dlevel -= dinputs[j, b] / scale
            dscale -= dinputs[j, b] * inputs[j, b] / scale
        for j in range(max(0, W - m), W):
            space.dvalues[m + j, b] += (dlevel + dscale * inputs[j, b]) / np.float32(W)
