"""Where the parameters of a member stand.

A member's parameters stand in one flat array `theta` (P,), in the order of `Network`: for each
layer W_ih, W_hh, b_ih and b_hh, then the readout's weights and bias, then the linear path. The
gradients stand in an array of the same shape.
"""

from __future__ import annotations

from gru_core.training.kernels.compiled import compiled

__all__ = ["layer", "readout", "spread_biases"]


@compiled
def layer(theta, k, rows, hidden):
    """The four parameters of layer k: W_ih, W_hh, b_ih and b_hh."""
    inputs = 1 if k == 0 else hidden
    at = 0 if k == 0 else rows * (hidden + 3) + (k - 1) * rows * (2 * hidden + 2)
    w_ih = theta[at : at + rows * inputs].reshape(rows, inputs)
    at += rows * inputs
    w_hh = theta[at : at + rows * hidden].reshape(rows, hidden)
    at += rows * hidden
    return w_ih, w_hh, theta[at : at + rows], theta[at + rows : at + 2 * rows]


@compiled
def readout(theta, hidden, path):
    """The readout's weights (H,) and bias (1,), and the linear path (path,)."""
    at = len(theta) - path - 1 - hidden
    end = at + hidden
    return theta[at:end], theta[end : end + 1], theta[end + 1 :]


@compiled
def spread_biases(space, theta):
    """Fill `space.bias` with a member's b_hh; see `cells`."""
    layers, rows, B = space.bias.shape
    for k in range(layers):
        _, _, _, b_hh = layer(theta, k, rows, space.zero.shape[0])
        for i in range(rows):
            for b in range(B):
                space.bias[k, i, b] = b_hh[i]
