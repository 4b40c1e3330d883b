"""GRU Lab's core: train a recurrent network on a series and forecast it in closed loop.

    from gru_core import Experiment, run
    result = run(Experiment())

`README.md` beside this file has the map of the rooms and the vocabulary. The package never
imports streamlit. Each name but the errors is loaded on first use (PEP 562). So `import gru_core`
takes a few milliseconds, and a process loads only what it uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gru_core.errors import (
    DataError,
    EngineError,
    EngineUnavailableError,
    GruLabError,
    LimitError,
    OptionError,
    OwnerBusyError,
    ReadError,
    SeriesError,
    TransferError,
)
from gru_core.lazy import lazily

if TYPE_CHECKING:
    from gru_core.data.reading import read_table
    from gru_core.experiment.experiment import OPTIONS, Experiment
    from gru_core.figures.plot import plot
    from gru_core.forecast.result import Result
    from gru_core.forecast.trace import gates
    from gru_core.judgement.evaluation import evaluate
    from gru_core.judgement.findings import judge
    from gru_core.judgement.intervals import interval
    from gru_core.judgement.stability import stability
    from gru_core.search.search import recommend
    from gru_core.training.loop import train
    from gru_core.training.run import run

#: The one place that states the version. `pyproject.toml` reads it from here.
__version__ = "0.1.0"

__all__ = [
    "OPTIONS",
    "DataError",
    "EngineError",
    "EngineUnavailableError",
    "Experiment",
    "GruLabError",
    "LimitError",
    "OptionError",
    "OwnerBusyError",
    "ReadError",
    "Result",
    "SeriesError",
    "TransferError",
    "evaluate",
    "gates",
    "interval",
    "judge",
    "plot",
    "read_table",
    "recommend",
    "run",
    "stability",
    "train",
]

__getattr__ = lazily(
    __name__,
    {
        "OPTIONS": "gru_core.experiment.experiment",
        "Experiment": "gru_core.experiment.experiment",
        "Result": "gru_core.forecast.result",
        "evaluate": "gru_core.judgement.evaluation",
        "gates": "gru_core.forecast.trace",
        "interval": "gru_core.judgement.intervals",
        "judge": "gru_core.judgement.findings",
        "plot": "gru_core.figures.plot",
        "read_table": "gru_core.data.reading",
        "recommend": "gru_core.search.search",
        "run": "gru_core.training.run",
        "stability": "gru_core.judgement.stability",
        "train": "gru_core.training.loop",
    },
)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
