"""Adam, for several members side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gru_core.training.kernels.compiled import ONE, ZERO, compiled

__all__ = ["adam"]

#: The decay of both moments and the smallest denominator, as in `torch.optim.Adam`.
DECAY, SQUARE_DECAY, SMALLEST = 0.9, 0.999, 1e-8


@compiled
def adam(
    thetas: NDArray[np.float32],
    gradients: NDArray[np.float32],
    firsts: NDArray[np.float32],
    seconds: NDArray[np.float32],
    step: int,
    rate: float,
    longest: float,
) -> None:
    """One step of Adam for each member (Kingma & Ba 2015, arXiv 1412.6980).

    Args:
        thetas, gradients: (K, P). A member's gradient is first cut to the length `longest`, as by
            `torch.nn.utils.clip_grad_norm_`; a negative length cuts nothing.
        firsts, seconds: (K, P) the moments, which are set.
        step: the number of this step, from 1.
        rate: its learning rate.
    """
    decay, square_decay = np.float32(DECAY), np.float32(SQUARE_DECAY)
    size = np.float32(rate / (1.0 - DECAY**step))
    root = np.float32(1.0 / np.sqrt(1.0 - SQUARE_DECAY**step))
    smallest = np.float32(SMALLEST)
    for k in range(len(thetas)):
        theta, gradient, first, second = thetas[k], gradients[k], firsts[k], seconds[k]
        factor = ONE
        if longest >= 0.0:
            total = ZERO
            for p in range(len(theta)):
                total += gradient[p] * gradient[p]
            factor = np.float32(longest) / (np.sqrt(total) + np.float32(1e-6))
            factor = ONE if factor > ONE else factor  # NaN stays NaN
        for p in range(len(theta)):
            g = gradient[p] * factor
            first[p] += (ONE - decay) * (g - first[p])
            second[p] = square_decay * second[p] + (ONE - square_decay) * g * g
            theta[p] -= size * first[p] / (np.sqrt(second[p]) * root + smallest)
