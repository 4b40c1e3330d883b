"""The engine: training runs in Dask worker processes, first in, first out.

`Engine` is what pages use; `worker` is what runs over there; `pool` is the process that holds
the default local cluster. `cost` says what a run will need.

May import all rooms but `figures`: `errors`, `wording`, `options`, `data`, `experiment`,
`forecast`, `training`, `judgement` and `search`.
"""

from gru_core.engine.engine import Engine
from gru_core.engine.job import Inquiry, Job, Snapshot, Work
from gru_core.engine.messages import Question

__all__ = ["Engine", "Inquiry", "Job", "Question", "Snapshot", "Work"]
