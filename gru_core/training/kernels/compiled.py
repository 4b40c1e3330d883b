"""`compiled`: the decorator of every kernel, and the functions that squash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np

from gru_core.training.kernels.cache import FOLDER

__all__ = ["ONE", "SETTINGS", "ZERO", "compiled", "sigmoid", "tanh"]

Function = TypeVar("Function", bound=Callable[..., object])

ZERO, HALF, ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)

#: What LLVM may assume. It may change the order of a sum, so that it can use vector registers.
#: It may not assume that all values are finite: NaN and infinity tell that a run has diverged.
_FREEDOMS = {"contract", "reassoc", "nsz", "arcp"}
#: How Numba compiles every kernel. Everything is inlined into the function that Python calls. Else
#: the process that compiles and those that load its code would call differently rounded copies of
#: one function.
SETTINGS: Any = {
    "fastmath": _FREEDOMS,
    "error_model": "numpy",
    "nogil": True,
    "forceinline": True,
}


def compiled(function: Function) -> Function:
    """Compile `function` at its first call, and keep the machine code for later processes.

    A function without a folder for its code is compiled anew in each process.
    """
    settings: Any = numba.config  # it has no types
    before = settings.CACHE_DIR
    if FOLDER is not None:
        settings.CACHE_DIR = str(FOLDER)
    try:
        decorate: Any = numba.njit(cache=FOLDER is not None, **SETTINGS)
        return decorate(function)  # type: ignore[no-any-return]
    finally:
        settings.CACHE_DIR = before


# tanh(x) is about x · P(x²) / Q(x²). These are the coefficients for float32. They make the largest
# error small, and come from Eigen's `generic_fast_tanh_float`. Beyond LARGEST, tanh rounds to ±1.
LARGEST = np.float32(8.01773357391357422)
P3, P5 = np.float32(1.340216100e-1), np.float32(3.520756727e-3)
P7, P9 = np.float32(2.102733560e-5), np.float32(1.394553628e-8)
Q2, Q4 = np.float32(4.673548340e-1), np.float32(2.597254514e-2)
Q6, Q8 = np.float32(3.326951409e-4), np.float32(8.015776984e-7)


@compiled
def tanh(x):
    """tanh as a fraction of polynomials, which LLVM computes for several values at once.

    The largest error is 5 units in the last place. The mean error is 0.6 units. NaN stays NaN.
    """
    x = LARGEST if x > LARGEST else x
    x = -LARGEST if x < -LARGEST else x
    s = x * x
    p = ((s * P9 + P7) * s + P5) * s + P3
    q = (((s * Q8 + Q6) * s + Q4) * s + Q2) * s + ONE
    return (x + x * (s * p)) / q


@compiled
def sigmoid(x):
    """1 / (1 + e^(−x)) = (1 + tanh(x / 2)) / 2."""
    return HALF * tanh(HALF * x) + HALF
