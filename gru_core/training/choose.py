"""`learner_of`: who computes the steps of a run."""

from __future__ import annotations

from gru_core.forecast.events import Checkpoint
from gru_core.forecast.problem import Problem
from gru_core.training.compiled_learner import CompiledLearner
from gru_core.training.device import pick_device
from gru_core.training.learner import Learner
from gru_core.training.torch_learner import TorchLearner

__all__ = ["learner_of"]


def learner_of(problem: Problem, resume: Checkpoint | None = None) -> Learner:
    """The learner for `problem`: compiled steps wherever they can do it, else PyTorch.

    PyTorch computes on a GPU, dropout between layers, and steps with one window. The lesson's
    recipe has such steps, and its forecast must stay what its script gives, bit for bit.

    Raises:
        OptionError: this machine lacks the device, or `resume` belongs to another network.
    """
    device = pick_device(problem.experiment)
    if problem.compiled and device.type == "cpu":
        return CompiledLearner(problem, resume)
    return TorchLearner(problem, device, resume)
