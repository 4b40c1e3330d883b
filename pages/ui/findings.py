"""The analysis of a result. Each part is computed once, when it is first needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from plotly.graph_objects import Figure

from gru_core.engine import QuestionJob
from gru_core.forecast.result import Result
from gru_core.judgement.advice import Advice, advise
from gru_core.judgement.evaluation import Evaluation, evaluate
from gru_core.judgement.findings import Finding, judge
from gru_core.judgement.handover import Handover, handovers
from gru_core.judgement.intervals import Interval, interval
from gru_core.judgement.stability import Stability, stability
from pages.ui.chart import as_json

__all__ = ["Findings"]


@dataclass(eq=False)
class Findings:
    """The analysis of `result`, and its comparison with established models."""

    result: Result
    models: QuestionJob | None = None  # the job that runs the established models
    _figures: dict[str, str] = field(default_factory=dict)

    def figure(self, name: str, make: Callable[[], Figure | dict[str, Any]]) -> str:
        """The figure `name` of this result, for `chart`.

        It is made once. The page is drawn again at every change of an option, and in a class that
        happens many times a second.
        """
        if name not in self._figures:
            self._figures[name] = as_json(make())
        return self._figures[name]

    @cached_property
    def verdicts(self) -> list[Finding]:
        """The findings about the forecast, the worst first."""
        return judge(self.result)

    @property
    def judged(self) -> bool:
        """Whether `verdicts` are computed already."""
        return "verdicts" in self.__dict__

    @property
    def advice(self) -> list[Advice]:
        """What to try, without repeats. A diverged run always gets advice."""
        given = {
            finding.advice: Advice(finding.advice, finding.change, finding.advice_kind)
            for finding in self.verdicts
            if finding.advice
        }
        if not given and self.result.status == "diverged":
            advice = advise(self.result, exploded=True)
            return [advice] if advice.sentence else []
        return list(given.values())

    @cached_property
    def interval(self) -> Interval:
        """The band that should hold 90 % of the future values.

        Raises:
            SeriesError: there are no values to calibrate it on.
        """
        return interval(self.result)

    @cached_property
    def handovers(self) -> list[Handover]:
        """The forecasts whose loop closes after more and more true values."""
        return handovers(self.result)

    @cached_property
    def stability(self) -> Stability:
        """What the closed loop does in a long run."""
        return stability(self.result)

    @cached_property
    def evaluation(self) -> Evaluation:
        """The scores from many starts.

        Raises:
            SeriesError: there are no values to score on.
        """
        return evaluate(self.result)

    @cached_property
    def _compared(self) -> Evaluation:
        assert self.models is not None
        return evaluate(self.result, others=self.models.result)

    @property
    def comparison(self) -> Evaluation:
        """The evaluation, with the statistical models once they have forecasts.

        Raises:
            SeriesError: there are no values to score on.
        """
        return self._compared if self.models and self.models.result else self.evaluation

    def compare_with(self, models: QuestionJob) -> None:
        """Use the answer of the job `models` for the comparison, and drop any earlier one."""
        self.models = models
        self.__dict__.pop("_compared", None)

    @property
    def incomplete(self) -> list[str]:
        """The statistical models that lack at least one forecast."""
        forecasts = self.models.result if self.models and self.models.result else {}
        return [name for name, values in forecasts.items() if not np.isfinite(values).all()]
