"""The engine: runs and questions in Dask worker processes, first in, first out.

    engine     `Engine`, which pages use: it takes jobs, and knows those of each owner
    dispatcher sends waiting jobs to workers, and ends them, in a thread of its own
    job        a run or a question, as the web process sees it
    line       the jobs that wait, first in, first out
    snapshot   a run at one moment
    endings    how a job can end
    cost       what a run will cost
    workforce  which workers there are, and which of them can train
    cluster    the connection to the workers
    remote     how functions travel to a worker
    pool       the process that holds the default local workers
    worker     the functions that run in a worker
    messages   what is sent to a worker

May import all rooms but `figures`: `errors`, `wording`, `options`, `data`, `experiment`,
`forecast`, `training`, `judgement` and `search`.
"""

from gru_core.engine.engine import Engine
from gru_core.engine.job import Job, QuestionJob, RunJob
from gru_core.engine.messages import Question
from gru_core.engine.snapshot import Snapshot

__all__ = ["Engine", "Job", "Question", "QuestionJob", "RunJob", "Snapshot"]
