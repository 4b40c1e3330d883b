"""What is found out about a result: each thing once, when it is first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gru_core.engine import QuestionJob
from gru_core.forecast.result import Result
from gru_core.judgement.advice import Advice, advise
from gru_core.judgement.evaluation import Evaluation, evaluate
from gru_core.judgement.findings import Finding, judge
from gru_core.judgement.handover import Handover, handovers
from gru_core.judgement.intervals import Interval, interval
from gru_core.judgement.stability import Stability, stability

__all__ = ["Findings"]


@dataclass(eq=False)
class Findings:
    """What is known about `result`, and what was asked of the engine about it."""

    result: Result
    models: QuestionJob | None = None  # what established models forecast

    @cached_property
    def verdicts(self) -> list[Finding]:
        """What a learner should know of the forecast, the worst first."""
        return judge(self.result)

    @property
    def judged(self) -> bool:
        """Whether `verdicts` are there without waiting."""
        return "verdicts" in self.__dict__

    @property
    def advice(self) -> list[Advice]:
        """What to try, each piece once; a diverged run needs it whatever it has left behind."""
        given = {
            finding.advice: Advice(finding.advice, finding.change, finding.advice_kind)
            for finding in self.verdicts
            if finding.advice
        }
        if not given and self.result.status == "diverged":
            return [found for found in [advise(self.result, exploded=True)] if found.sentence]
        return list(given.values())

    @cached_property
    def interval(self) -> Interval:
        """The band that should hold 90 % of what comes.

        Raises:
            SeriesError: there is nothing to calibrate it on.
        """
        return interval(self.result)

    @cached_property
    def handovers(self) -> list[Handover]:
        """The forecast, had its loop closed later and later."""
        return handovers(self.result)

    @cached_property
    def stability(self) -> Stability:
        """What becomes of the loop when it runs on."""
        return stability(self.result)

    @cached_property
    def evaluation(self) -> Evaluation:
        """The scores from many starts.

        Raises:
            SeriesError: there is nothing to score on.
        """
        return evaluate(self.result)

    @cached_property
    def _compared(self) -> Evaluation:
        assert self.models is not None
        return evaluate(self.result, others=self.models.result)

    @property
    def comparison(self) -> Evaluation:
        """The same, with the statistical models once they are there.

        Raises:
            SeriesError: there is nothing to score on.
        """
        return self._compared if self.models and self.models.result else self.evaluation

    def ask(self, asked: QuestionJob) -> None:
        """Take what was asked of the engine in place of what was asked before."""
        self.models = asked
        self.__dict__.pop("_compared", None)

    @property
    def silent(self) -> list[str]:
        """The statistical models that have no forecast from some start."""
        found = self.models.result if self.models and self.models.result else {}
        return [name for name, values in found.items() if not np.isfinite(values).all()]
