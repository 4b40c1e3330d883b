"""`Plan`: what a program repeats, and how its network must be written."""

from __future__ import annotations

from dataclasses import dataclass

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.events import Weights
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.forecast.windows import Split
from gru_core.wording import short_repr

__all__ = ["Lines", "Plan"]

Lines = list[str]

#: The layers of PyTorch that hold a whole cell. Any other cell is written out.
PYTORCH = {"gru": "GRU", "lstm": "LSTM", "rnn": "RNN"}


@dataclass(frozen=True)
class Plan:
    """A program that is to be written.

    Attributes:
        problem: the experiment and its series.
        epochs: how many epochs the program trains. A run keeps the weights of one epoch, so it
            needs no later ones.
        threads: how many threads PyTorch uses.
        weights: trained weights, if the training cannot be repeated, or not to the last bit.
        why: why it cannot be repeated at all, in one sentence. Empty if it can.
    """

    problem: Problem
    epochs: int
    threads: int = 1
    weights: Weights | None = None
    why: str = ""

    __repr__ = short_repr

    @classmethod
    def of(cls, result: Result) -> Plan:
        """The plan that repeats `result`."""
        why = _obstacle(result)
        weights = None
        if why or (result.learner == "compiled" and result.kept_epoch):
            checkpoint = result.checkpoint
            diverged = result.status == "diverged"
            weights = checkpoint.best if diverged else checkpoint.kept(result.experiment.keep)[1]
        return cls(result.problem, result.kept_epoch, result.threads, weights, why)

    @property
    def experiment(self) -> Experiment:
        """The options."""
        return self.problem.experiment

    @property
    def parts(self) -> Split:
        """Where the parts of the series begin and end."""
        return self.problem.parts

    @property
    def trains(self) -> bool:
        """Whether the program has a training loop."""
        return not self.why and self.epochs > 0

    @property
    def members(self) -> bool:
        """Whether every array has the members as its first axis.

        Several members are trained as one batched product. One after the other they would be
        rounded in another way, and training makes such a difference larger. A cell that PyTorch
        lacks is written in the same form.
        """
        return self.experiment.members > 1 or self.experiment.cell not in PYTORCH

    @property
    def carries(self) -> bool:
        """Whether the loop carries the state on."""
        return self.experiment.feedback == "state"

    @property
    def stacked(self) -> bool:
        """Whether every batch has a first axis for the members, also if there is only one.

        The app's network always has it. Without it, the lesson's plain form gives the same bits
        for a forecast of one step, but not for gradients that flow back through a loop.
        """
        return self.members or self.carries or self.closed

    @property
    def axis(self) -> str:
        """The first axis of a batch in a comment on shapes."""
        if not self.stacked:
            return ""
        return "M, " if self.members else "1, "

    @property
    def layer_by_layer(self) -> bool:
        """Whether each of several layers of PyTorch stands alone.

        Dropout between them draws from the program's own generator, and a loop that carries the
        state needs the state of every layer.
        """
        several = self.experiment.layers > 1
        return several and not self.members and (self.carries or self.experiment.dropout > 0)

    @property
    def floor(self) -> bool:
        """Whether each window is normalized by itself."""
        return self.problem.normalization.floor is not None

    @property
    def closed(self) -> bool:
        """Whether the network is trained through its closed loop."""
        return self.experiment.objective == "closed-loop"

    @property
    def views(self) -> bool:
        """Whether each reading of a window needs its own view of the weights.

        The app's network gives PyTorch's layers such views. When a training step reads several
        windows one after the other, they decide the order in which gradients are added up.
        """
        return self.closed and self.trains and not self.members

    @property
    def train_values(self) -> int:
        """How many values, or differences, the training part has."""
        return self.parts.train_end - self.parts.lag

    @property
    def states(self) -> int:
        """How many numbers the readout reads, with the 1 for its bias."""
        path = self.parts.window if self.experiment.linear_path else 0
        return self.experiment.hidden_size + path + 1


def _obstacle(result: Result) -> str:
    """Why the training of `result` cannot be repeated exactly; empty if it can."""
    if result.continued:
        return "This run continued an earlier one, and the earlier training is not known here."
    if result.device != "cpu":
        return "This run was trained on a GPU, and a GPU rounds its sums in another way."
    checkpoint = result.checkpoint
    whole = checkpoint.optimizer_steps == checkpoint.epoch * result.problem.steps_per_epoch
    if result.status != "diverged" and result.experiment.keep == "last" and not whole:
        return "This run was stopped in the middle of an epoch."
    return ""
