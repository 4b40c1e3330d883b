"""A store with runs of one browser, made without training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.problem import series_of
from gru_core.forecast.result import Result
from gru_core.store import Store, StoredRun

#: The browser whose runs they are.
BROWSER = "key"


class Kept(Store):
    """The runs of one browser. `loaded` are the ids of the results that were asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.loaded: list[str] = []
        self.open()

    def put(
        self,
        name: str,
        result: Result | None,
        *,
        experiment: Experiment | None = None,
        status: str = "finished",
        **more: Any,
    ) -> str:
        """Keep a run under a new id. `more` are other cells of its row."""
        id = f"id-{len(self.runs(BROWSER))}"
        experiment = experiment or (result.experiment if result is not None else Experiment())
        series = result.series if result is not None else series_of(experiment)
        assert self.add(id, BROWSER, experiment, series)
        assert self.rename(id, BROWSER, name)
        if result is not None:
            assert self.end(id, "finished", "", result)
        assert self._change([id], status=status, **more)
        return id

    def known(self, id: str) -> StoredRun:
        """The run with this id."""
        run = self.run(id, BROWSER)
        assert run is not None
        return run

    def result(self, id: str, browser: str | None) -> Result | None:
        """Note that it was asked for."""
        self.loaded.append(id)
        return super().result(id, browser)
