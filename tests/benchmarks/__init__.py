"""Measurements that you start by hand, one at a time. `tests/README.md` lists them.

    python -m tests.benchmarks.training

NumPy and PyTorch use one thread. It is set here, because both read it when they are imported.
"""

from __future__ import annotations

import os

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
os.environ.update(dict.fromkeys(THREADS, "1"))
