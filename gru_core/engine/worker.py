"""What runs in a worker process.

The web process never imports this module: it names these functions in a pickle (see `cluster`).
"""

from __future__ import annotations

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

import scipy.signal  # noqa: F401  (what a run's end needs, imported now, not while a user waits)
import torch
import utilsforecast.losses  # noqa: F401
from distributed import get_worker

from gru_core.engine.cost import Calibration
from gru_core.engine.messages import Envelope, Question, Task
from gru_core.errors import LimitError
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.events import Event, Forecasted, Started, StepEnd, Terminal
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.judgement.statistical import statistical_forecasts
from gru_core.search.search import search
from gru_core.training.loop import train
from gru_core.training.run import run

__all__ = ["answer", "calibrate", "request_stop", "run_task"]

# Two threads per job were up to ten times slower than one when jobs share a machine.
torch.set_num_threads(1)

#: Messages go out at most this often; in between only the newest step is remembered.
MESSAGE_SECONDS = 0.05
#: Checkpoints travel rarely, and only small ones: they are insurance, not display.
CHECKPOINT_SECONDS = 2.0
CHECKPOINT_BYTES = 1_000_000

_REMEMBERED_STOPS = 1000
_stops: OrderedDict[str, threading.Event] = OrderedDict()
_lock = threading.Lock()


def run_task(envelope: Envelope[Task]) -> Result:
    """Make one run, telling its events as it goes."""
    task = envelope.content
    with _told(envelope.job, envelope.topic) as (send, stop):
        return run(
            Experiment.from_json(task.experiment),
            task.series,
            on_event=_Sender(send),
            should_stop=stop.is_set,
            resume=task.resume,
        )


#: The function that answers each kind of question. It tells each piece as it comes.
_ANSWERS: dict[str, Callable[..., Any]] = {
    "settings": search,
    "statistical": statistical_forecasts,
}


def answer(envelope: Envelope[Question]) -> Any:
    """Answer one question, and tell each piece of the work when it is done."""
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
    """How to tell events of `job`, and the flag that asks it to stop."""
    worker = get_worker()
    attempt = uuid.uuid4().hex

    def send(events: list[Any]) -> None:
        worker.log_event(topic, pickle.dumps((job, attempt, worker.address, events)))

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
        with _lock:
            _stops.pop(job, None)


def request_stop(job: str) -> None:
    """Ask the run of `job` to stop, whether it is here, comes later, or never does."""
    _stop_flag(job).set()


def calibrate() -> Calibration:
    """Time some optimizer steps of four small networks: about a quarter of a second.

    The last two have as many values of gates as each other, and differ in their matrix products.
    """
    base = {"holdout": 0.0, "validation": 0.0, "forecast_start": "first", "horizon": 1}
    least = _seconds_per_step(Experiment(window=1, hidden_size=8, batch_size=8, **base))
    longer = _seconds_per_step(Experiment(window=21, hidden_size=8, batch_size=8, **base))
    cell_step = max((longer - least) / 20, 1e-6)
    step = max(least - cell_step, 1e-5)

    wide = _seconds_per_step(Experiment(window=10, hidden_size=32, batch_size=256, **base))
    deep = _seconds_per_step(Experiment(window=10, hidden_size=128, batch_size=64, **base))
    gates = 10 * 3 * 32 * 256
    # 3 passes, 2 operations a multiply-add, 10 positions; see `cost`.
    wide_flops = 3 * 2 * 10 * (3 * 32 * (1 + 32 + 2)) * 256
    deep_flops = 3 * 2 * 10 * (3 * 128 * (1 + 128 + 2)) * 64
    flop = max((deep - wide) / (deep_flops - wide_flops), 1e-13)
    gate = max((wide - step - 10 * cell_step - wide_flops * flop) / gates, 1e-12)
    return Calibration(step, cell_step, flop, gate)


def _seconds_per_step(experiment: Experiment, steps: int = 12) -> float:
    # Processor time, and its lower quartile: other processes start at the same time and hold steps
    # up. On a machine with ten times too much to do, a clock on the wall gave a tenth of the speed.
    times: list[float] = []
    events = train(experiment.replace(epochs=20), Problem.of(experiment).series)
    for event in events:
        if isinstance(event, StepEnd):
            times.append(time.process_time())
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
    # On the CPU, torch says so in words only.
    known = isinstance(error, MemoryError | torch.OutOfMemoryError)
    return known or "DefaultCPUAllocator" in str(error)


def _warm() -> None:
    """Make one tiny run: the first of a process pays for what torch sets up on first use."""
    run(Experiment(points=60, epochs=2, hidden_size=4))


class _Sender:
    """Passes events on in few messages: all but steps, of which only the newest counts."""

    def __init__(self, send: Callable[[list[Event]], None]) -> None:
        self._send = send
        self._waiting: list[Event] = []
        self._step: StepEnd | None = None
        self._sent = 0.0
        self._sent_checkpoint = time.monotonic()

    def __call__(self, event: Event) -> None:
        now = time.monotonic()
        if isinstance(event, StepEnd):
            self._step = event
        elif isinstance(event, Terminal):
            pass  # the result itself tells the end
        else:
            self._waiting.append(self._light(event, now))
        urgent = isinstance(event, Started | Terminal)
        if urgent or now - self._sent >= MESSAGE_SECONDS:
            events = self._waiting + ([self._step] if self._step is not None else [])
            self._waiting, self._step, self._sent = [], None, now
            if events:
                self._send(events)

    def _light(self, event: Event, now: float) -> Event:
        if not isinstance(event, Forecasted) or event.checkpoint is None:
            return event
        arrays = (event.checkpoint.weights, event.checkpoint.moments, event.checkpoint.best)
        size = sum(a.nbytes for part in arrays for a in part.values())
        if size <= CHECKPOINT_BYTES and now - self._sent_checkpoint >= CHECKPOINT_SECONDS:
            self._sent_checkpoint = now
            return event
        return replace(event, checkpoint=None)


_warm()
