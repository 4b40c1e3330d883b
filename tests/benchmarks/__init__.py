"""Measurements, run by hand, one at a time: `python -m tests.benchmarks.training`, and likewise
`app_overhead` and `latency`. pytest does not collect them.

One thread for NumPy and PyTorch, set here because both read it when they are imported.
"""

from __future__ import annotations

import os

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
os.environ.update(dict.fromkeys(THREADS, "1"))
