"""The engine: training runs in Dask worker processes, first in, first out.

`Engine` is what pages use; `worker` is what runs over there; `pool` is the process that holds
the default local cluster.
"""

from gru_core.engine.engine import Engine
from gru_core.engine.job import Inquiry, Job, Snapshot, Work
from gru_core.engine.messages import Question

__all__ = ["Engine", "Inquiry", "Job", "Question", "Snapshot", "Work"]
