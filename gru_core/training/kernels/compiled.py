"""`compiled`: the decorator of every kernel, and the functions that squash."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
import platformdirs

__all__ = ["ONE", "SETTINGS", "ZERO", "compiled", "is_cached", "remember", "sigmoid", "tanh"]

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


def _cache_folder() -> Path | None:
    """Where compiled code is kept; None if no folder can be written to.

    Numba recompiles a function when its own file changes, but not when a function in another file
    does that it calls. So the folder's name follows from all files of this package.
    """
    sources = sorted(Path(__file__).parent.glob("*.py"))
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    folder = platformdirs.user_cache_path("gru-lab") / "kernels" / digest[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


_FOLDER = _cache_folder()


def is_cached(cell: str) -> bool:
    """Whether an earlier run on this machine has compiled the kernels for this cell."""
    return _FOLDER is not None and (_FOLDER / cell).exists()


@cache  # every step calls it
def remember(cell: str) -> None:
    """Remember that the kernels for this cell are compiled."""
    if _FOLDER is not None:
        with suppress(OSError):  # the disk may be full
            (_FOLDER / cell).touch()


def compiled(function: Function) -> Function:
    """Compile `function` at its first call, and keep the machine code for later processes.

    A function without a folder for its code is compiled anew in each process.
    """
    settings: Any = numba.config  # it has no types
    before = settings.CACHE_DIR
    if _FOLDER is not None:
        settings.CACHE_DIR = str(_FOLDER)
    try:
        decorate: Any = numba.njit(cache=_FOLDER is not None, **SETTINGS)
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
