"""GRU Lab's core: train a recurrent network on a series and forecast it in closed loop.

    from gru_core import Experiment, run
    result = run(Experiment())

It never imports streamlit; and what imports torch (`run`, `train`) is loaded on first use, so
that a process that only reads experiments and results stays light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from gru_core.errors import GruLabError
from gru_core.experiment import OPTIONS, Experiment

if TYPE_CHECKING:
    from gru_core.reading import read_table
    from gru_core.recommending import recommend
    from gru_core.results import Result
    from gru_core.running import run
    from gru_core.training import train

__all__ = [
    "OPTIONS",
    "Experiment",
    "GruLabError",
    "Result",
    "read_table",
    "recommend",
    "run",
    "train",
]

_LAZY = {
    "Result": "gru_core.results",
    "read_table": "gru_core.reading",
    "recommend": "gru_core.recommending",
    "run": "gru_core.running",
    "train": "gru_core.training",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'gru_core' has no attribute {name!r}")
