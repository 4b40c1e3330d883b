"""The engine: runs and questions in Dask worker processes, first in, first out.

    engine        `Engine`, which pages use: it takes jobs, and knows those of each owner
    dispatcher    sends waiting jobs to workers, and ends them, in a thread of its own
    job           work that an owner asks for, as the web process sees it
    run_job       one run
    keeper        writes what happens to runs into the store
    line          the jobs that wait, first in, first out
    snapshot      a run at one moment
    endings       how a job can end
    cost          what a run will cost
    workforce     which workers there are, and which of them can train
    cluster       the connection to the workers
    certificates  the secret that keeps strangers away from Dask
    remote        how functions travel to a worker
    pool          the process that holds the default local workers
    local_pool    starts this process
    worker        the functions that run in a worker
    messages      what is sent to a worker and back

Each name is loaded on first use, because the process of `pool` needs none of them.

Other users of the machine can reach the ports of the pool. Without a certificate, they get no
answer (TLS). The web process gets packed data from the workers, and never a pickle.

May import `errors`, `lazy`, `wording`, `options`, `data`, `experiment`, `forecast`, `packing`,
`training`, `judgement`, `search` and `store`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gru_core.lazy import lazily

if TYPE_CHECKING:
    from gru_core.engine.engine import Engine
    from gru_core.engine.job import Job, QuestionJob
    from gru_core.engine.messages import Question
    from gru_core.engine.run_job import RunJob
    from gru_core.engine.snapshot import Snapshot

__all__ = ["Engine", "Job", "Question", "QuestionJob", "RunJob", "Snapshot"]

__getattr__ = lazily(
    __name__,
    {
        "Engine": "gru_core.engine.engine",
        "Job": "gru_core.engine.job",
        "Question": "gru_core.engine.messages",
        "QuestionJob": "gru_core.engine.job",
        "RunJob": "gru_core.engine.run_job",
        "Snapshot": "gru_core.engine.snapshot",
    },
)
