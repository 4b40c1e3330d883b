"""The device that an experiment trains on, and its threads in a forked process."""

from __future__ import annotations

import os

import torch

from gru_core.errors import OptionError
from gru_core.experiment.experiment import Experiment

__all__ = ["pick_device"]


def pick_device(experiment: Experiment) -> torch.device:
    """The device that `experiment` asks for.

    Raises:
        OptionError: the experiment names a device that this machine does not have.
    """
    available = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if experiment.device == "auto":
        # A small network is many small operations. A GPU takes longer to start each of them.
        large = experiment.hidden_size >= 256
        return torch.device("cuda" if large and available["cuda"] else "cpu")
    if not available[experiment.device]:
        here = ", ".join(name for name, there in available.items() if there)
        raise OptionError(
            f"The device '{experiment.device}' is not available on the machine that trains; it "
            f"has: {here}. Choose one of these, or 'auto'.",
            ("device",),
        )
    return torch.device(experiment.device)


def _one_thread() -> None:
    """Let PyTorch compute with one thread in a forked process.

    The threads of PyTorch's OpenMP pool do not exist in the child of a fork. A step that shared
    its work with them would wait for them for ever.
    """
    torch.set_num_threads(1)


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_one_thread)
