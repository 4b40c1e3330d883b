"""`run` passes on the events of `train`, and takes data in every form."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from gru_core import run
from gru_core.data.series import as_series
from gru_core.errors import SeriesError
from gru_core.experiment.experiment import OWN_DATA, Experiment
from gru_core.forecast.events import EpochEnd, Event, Forecasted, StepEnd, Terminal
from gru_core.training.loop import train

SMALL = Experiment(points=60, window=5, hidden_size=4, epochs=2, batch_size=8)
WAVE = np.sin(np.arange(60.0))


def comparable(event: Event) -> tuple[Any, ...]:
    """What two runs must have in common in an event."""
    match event:
        case StepEnd():
            return ("step", event.epoch, event.step, event.loss)
        case EpochEnd():
            return ("epoch", event.epoch, event.train_loss, event.val_loss)
        case Forecasted():
            return ("forecast", event.epoch, *event.values)
        case Terminal():
            return (type(event).__name__, event.epoch, *event.forecast)
    return ("started", event)


@pytest.mark.parametrize("stop_at", [3, 100], ids=["stopped", "finished"])
def test_every_event_is_passed_on_in_order(stop_at: int) -> None:
    def should_stop() -> Callable[[], bool]:
        steps = count()
        return lambda: next(steps) == stop_at

    handed: list[Event] = []
    run(SMALL, should_stop=should_stop(), on_event=handed.append)
    expected = train(SMALL, should_stop=should_stop())
    assert [comparable(event) for event in handed] == [comparable(event) for event in expected]


def test_an_error_in_on_event_is_not_swallowed() -> None:
    def fail(event: Event) -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        run(SMALL, on_event=fail)


@pytest.mark.parametrize(
    "data",
    [WAVE, WAVE.tolist(), WAVE[:, None], pd.Series(WAVE), as_series(WAVE)],
    ids=["array", "list", "column", "pandas", "series"],
)
def test_the_form_of_the_data_does_not_change_the_run(data: Any) -> None:
    own = SMALL.replace(signal=OWN_DATA)
    one, other = run(own, WAVE), run(own, data)
    assert_array_equal(other.series.values, WAVE)
    assert_array_equal(other.forecast["forecast"], one.forecast["forecast"])


def test_without_data_the_signal_is_used() -> None:
    result = run(SMALL.replace(signal="square"))
    assert (result.series.name, len(result.series)) == ("Square", 60)
    assert set(result.series.values) == {-1.0, 1.0}


def test_missing_own_data_are_refused() -> None:
    handed: list[Event] = []
    with pytest.raises(SeriesError, match="needs your own data, but there are none"):
        run(SMALL.replace(signal=OWN_DATA), on_event=handed.append)
    assert handed == []
