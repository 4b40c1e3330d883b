"""The functions that run in a worker process.

The web process never imports this module. It sends the names of these functions (see `cluster`).
"""

from __future__ import annotations

import math
import pickle
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from typing import Any

import torch
from distributed import get_worker

from gru_core.engine.cost import Calibration
from gru_core.engine.messages import Envelope, Question, Task
from gru_core.errors import LimitError
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.events import (
    EpochEnd,
    Event,
    Forecasted,
    Saved,
    Started,
    StepEnd,
    Terminal,
)
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.judgement.statistical import statistical_forecasts
from gru_core.search.search import search
from gru_core.training.loop import train
from gru_core.training.run import run

__all__ = ["answer", "calibrate", "request_stop", "run_task"]

# When jobs share a machine, two threads per job were up to ten times slower than one.
torch.set_num_threads(1)

#: Seconds between two messages. Between them, only the newest step is kept.
MESSAGE_SECONDS = 0.05
#: Seconds between two messages without events. They say that the worker is alive, also in a long
#: step or a long closed loop.
ALIVE_SECONDS = 1.0
#: An interrupted run is resumed from its last checkpoint. One is sent after so many seconds of
#: training, but a run sends at most so many bytes of checkpoints in a second. A network whose
#: checkpoint is larger than the last number sends none: the server's memory holds one for each run.
CHECKPOINT_SECONDS = 2.0
CHECKPOINT_BYTES_PER_SECOND = 1_000_000
CHECKPOINT_BYTES = 64_000_000
#: Seconds before a new worker prepares for the end of a run. A user who waited for this worker has
#: seen the first loss by then.
LATER_SECONDS = 2.0
_TINY = Experiment(points=60, epochs=2, hidden_size=4)

_REMEMBERED_STOPS = 1000
_stops: OrderedDict[str, threading.Event] = OrderedDict()
_lock = threading.Lock()


def run_task(envelope: Envelope[Task]) -> Result:
    """Make one run, and send its events to the web process."""
    task = envelope.content
    with _told(envelope.job, envelope.topic) as (send, stop):
        sender = _Sender(send)
        return run(
            Experiment.from_json(task.experiment),
            task.series,
            on_event=sender,
            should_stop=stop.is_set,
            should_save=sender.should_save,
            resume=task.resume,
            finish=task.finish,
            progress=False,
        )


#: The function that answers each kind of question. It passes each piece of its answer to `tell`.
_ANSWERS: dict[str, Callable[..., Any]] = {
    "settings": search,
    "statistical": statistical_forecasts,
}


def answer(envelope: Envelope[Question]) -> Any:
    """Answer one question, and send each piece of the answer when it is ready."""
    question = envelope.content
    with _told(envelope.job, envelope.topic) as (send, stop):
        send([None])
        return _ANSWERS[question.kind](
            question.series,
            **question.arguments,
            tell=lambda piece: send([piece]),
            should_stop=stop.is_set,
        )


@contextmanager
def _told(job: str, topic: str) -> Iterator[tuple[Callable[[list[Any]], None], threading.Event]]:
    """A function that sends events of `job`, and the flag that asks the job to stop.

    Raises:
        LimitError: the work inside ran out of memory.
    """
    worker = get_worker()
    attempt = uuid.uuid4().hex

    def send(events: list[Any]) -> None:
        worker.log_event(topic, pickle.dumps((job, attempt, worker.address, events)))

    over = threading.Event()

    def stay_heard() -> None:
        while not over.wait(ALIVE_SECONDS):
            send([])

    threading.Thread(target=stay_heard, name="gru-lab-alive", daemon=True).start()
    try:
        yield send, _stop_flag(job)
    except (MemoryError, RuntimeError) as error:
        if not _out_of_memory(error):
            raise
        raise LimitError(
            "The run needed more memory than its worker could get. "
            "Use a smaller hidden size, window or batch, or fewer layers."
        ) from None
    finally:
        over.set()
        with _lock:
            _stops.pop(job, None)


def request_stop(job: str) -> None:
    """Ask `job` to stop. It may run in this worker now, later or never."""
    _stop_flag(job).set()


def calibrate() -> Calibration:
    """Measure the speed of this worker with six small networks, in about a quarter of a second.

    Two networks have equally many gate values, but different matrix products. Dropout makes
    PyTorch compute the steps.
    """
    base = {"holdout": 0.0, "validation": 0.0, "forecast_start": "first", "horizon": 1}
    small = base | {"hidden_size": 8, "batch_size": 8}
    by_torch = small | {"layers": 2, "dropout": 0.1}
    step, cell_step = _fixed(small, layers=1)
    torch_step, torch_cell_step = _fixed(by_torch, layers=2)

    wide = _seconds_per_step(Experiment(window=10, hidden_size=32, batch_size=256, **base))
    deep = _seconds_per_step(Experiment(window=10, hidden_size=128, batch_size=64, **base))
    gates = 10 * 3 * 32 * 256
    # 3 passes, 2 operations per multiply-add and 10 positions; see `cost`.
    wide_flops = 3 * 2 * 10 * (3 * 32 * (1 + 32 + 2)) * 256
    deep_flops = 3 * 2 * 10 * (3 * 128 * (1 + 128 + 2)) * 64
    flop = max((deep - wide) / (deep_flops - wide_flops), 1e-13)
    gate = max((wide - step - 10 * cell_step - wide_flops * flop) / gates, 1e-12)
    return Calibration(step, cell_step, torch_step, torch_cell_step, flop, gate)


def _fixed(options: dict[str, Any], layers: int) -> tuple[float, float]:
    """The fixed seconds of a step, and of each position of a window in a layer."""
    least = _seconds_per_step(Experiment(window=1, **options))
    longer = _seconds_per_step(Experiment(window=21, **options))
    cell_step = max((longer - least) / 20, 1e-7)
    return max(least - cell_step, 1e-6), cell_step / layers


def _seconds_per_step(experiment: Experiment, steps: int = 12) -> float:
    # Other processes start at the same time and delay some steps. So this takes processor time and
    # its lower quartile. On a machine with ten times too much work, clock time gave a tenth of the
    # true speed.
    times: list[float] = []
    events = train(experiment.replace(epochs=20), Problem.of(experiment).series)
    for event in events:
        if isinstance(event, StepEnd):
            times.append(time.thread_time())
            if len(times) > steps:
                break
    gaps = sorted(b - a for a, b in pairwise(times))
    return gaps[len(gaps) // 4]


def _stop_flag(job: str) -> threading.Event:
    with _lock:
        flag = _stops.setdefault(job, threading.Event())
        while len(_stops) > _REMEMBERED_STOPS:
            _stops.popitem(last=False)
        return flag


def _out_of_memory(error: Exception) -> bool:
    # On the CPU, only the message of torch's error shows that memory ran out.
    known = isinstance(error, MemoryError | torch.OutOfMemoryError)
    return known or "DefaultCPUAllocator" in str(error)


def _warm() -> None:
    """Train a tiny network, because a process trains slowly at first: torch sets itself up."""
    for _ in train(_TINY, Problem.of(_TINY).series):
        pass


def _warm_the_end() -> None:
    """Make one tiny run to its end, because the first scores import parts of scipy and pandas."""
    run(_TINY, progress=False)


class _Sender:
    """Sends events in few messages.

    It sends all events but steps and checkpoints. Of these it sends only the newest one.
    """

    def __init__(self, send: Callable[[list[Event]], None]) -> None:
        self._send = send
        self._waiting: list[Event] = []
        self._step: StepEnd | None = None
        self._saved: Saved | None = None
        self._sent = 0.0
        self._epoch_sent = False
        self._sent_checkpoint = time.monotonic()
        self._pause = CHECKPOINT_SECONDS  # the seconds between two checkpoints

    def should_save(self) -> bool:
        """Whether the next checkpoint is due."""
        return time.monotonic() - self._sent_checkpoint >= self._pause

    def __call__(self, event: Event) -> None:
        now = time.monotonic()
        self._take(event, now)
        # The first point of the loss is urgent: the user has waited for it since the click.
        first = isinstance(event, EpochEnd) and not self._epoch_sent
        self._epoch_sent |= first
        urgent = first or isinstance(event, Started | Terminal)
        if urgent or now - self._sent >= MESSAGE_SECONDS:
            newest = (self._step, self._saved)
            events = self._waiting + [event for event in newest if event is not None]
            self._waiting, self._step, self._saved, self._sent = [], None, None, now
            if events:
                self._send(events)

    def _take(self, event: Event, now: float) -> None:
        match event:
            case StepEnd():
                self._step = event
            case Saved():
                self._saved, self._sent_checkpoint = event, now
            case Forecasted() if self.should_save():
                self._waiting.append(event)
                self._saved, self._sent_checkpoint = None, now
            case Forecasted():
                self._waiting.append(replace(event, checkpoint=None))
            case Terminal():
                pass  # the result itself tells the end
            case Started():
                self._waiting.append(event)
                self._pause = _pause(event.parameters)
            case _:
                self._waiting.append(event)


def _pause(parameters: int) -> float:
    """The seconds between two checkpoints of a run."""
    size = 4 * 4 * parameters  # the weights, the best ones and two moments, with 4 bytes each
    if size > CHECKPOINT_BYTES:
        return math.inf
    return max(CHECKPOINT_SECONDS, size / CHECKPOINT_BYTES_PER_SECOND)


_warm()
_later = threading.Timer(LATER_SECONDS, _warm_the_end)
_later.daemon = True
_later.start()
