"""The engine: training runs in Dask worker processes, first in, first out.

`Engine` is what pages use; `worker` is what runs over there; `pool` is the process that holds
the default local cluster.
"""

from gru_core.engine.engine import Engine
from gru_core.engine.job import Job, Snapshot

__all__ = ["Engine", "Job", "Snapshot"]
