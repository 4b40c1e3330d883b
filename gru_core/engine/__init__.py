"""The engine: training runs in Dask worker processes, first in, first out.

`Engine` is what pages use: it keeps the queue of `job`s. `cluster` reaches the workers, and `pool`
is the process that holds the default local ones. `worker` is what runs in a worker, and `messages`
what travels there. `endings` says how a job ends, `snapshot` how a run stands, `cost` what a run
will need.

May import all rooms but `figures`: `errors`, `wording`, `options`, `data`, `experiment`,
`forecast`, `training`, `judgement` and `search`.
"""

from gru_core.engine.engine import Engine
from gru_core.engine.job import Job, QuestionJob, RunJob
from gru_core.engine.messages import Question
from gru_core.engine.snapshot import Snapshot

__all__ = ["Engine", "Job", "Question", "QuestionJob", "RunJob", "Snapshot"]
