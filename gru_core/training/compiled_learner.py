"""`CompiledLearner`: the steps are compiled, and run on one core without PyTorch's dispatch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController
from torch import Tensor

from gru_core.forecast.events import Checkpoint, Weights
from gru_core.forecast.problem import Problem
from gru_core.training.kernels.adam import adam
from gru_core.training.kernels.cache import remember
from gru_core.training.kernels.loops import closed_loop
from gru_core.training.kernels.space import Shape, Space, columns_of, room_for
from gru_core.training.kernels.unroll import losses_and_gradients
from gru_core.training.learner import Learner, Values
from gru_core.training.schedule import Batch

__all__ = ["CompiledLearner"]


@cache
def _blas() -> list[Any]:
    """The libraries of matrix products that this process has loaded."""
    import scipy.linalg.cython_blas  # noqa: F401  (Numba uses its BLAS, which must be loaded here)

    return list(ThreadpoolController().select(user_api="blas").lib_controllers)


@contextmanager
def kernel() -> Iterator[None]:
    """Inside `with`, products use one thread, and tiny numbers count as zero.

    More threads would wait for each other longer than they compute: on a busy machine, a second
    one made a step six times slower. And they would round sums in another way.

    Through a long window, gradients shrink below 1e-38. Processors compute with such numbers a
    hundred times slower: with 300 steps, an epoch took 8 s instead of 0.7 s.

    Each step enters here, and the shortest take 0.1 ms. `threadpool_limits` needs a tenth of that.
    """
    several = [(one, count) for one in _blas() if (count := one.get_num_threads()) != 1]
    for library, _ in several:
        library.set_num_threads(1)
    torch.set_flush_denormal(True)  # of this thread
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        for library, threads in several:
            library.set_num_threads(threads)


class CompiledLearner(Learner):
    """Learns with compiled steps; see `kernels`.

    All parameters stand in one array (K, P), and so do the gradients and both moments. The
    network's parameters are views of it. So PyTorch and the kernels always see the same weights.
    """

    kind: ClassVar[str] = "compiled"

    def __init__(self, problem: Problem, resume: Checkpoint | None = None) -> None:
        super().__init__(problem, torch.device("cpu"), resume)
        network, experiment = self._network, problem.experiment
        size = (network.members, self.parameters // network.members)
        self._thetas, self._gradients = room_for(*size), room_for(*size)
        self._firsts, self._seconds = room_for(*size), room_for(*size)
        parts = self._views(torch.from_numpy(self._thetas))
        for part, parameter in zip(parts, network.parameters(), strict=True):
            part.copy_(parameter.detach())
            parameter.data = part
        if resume is not None and resume.moments:
            self._restore(resume.moments)
        self._shape = Shape.of(
            network.cell,
            network.hidden_size,
            network.layers,
            problem.parts.window,
            feedback=network.feedback,
            path=bool(network.path),
            floor=network.floor,
        )
        self._longest = -1.0 if experiment.clip is None else experiment.clip
        self._spaces: dict[bool, Space] = {}  # for passes that learn, and for those that do not

    def step(self, batch: Batch, rate: float) -> float:
        """See `Learner`."""
        inputs, targets = self._train
        self._gradients.fill(0.0)
        space = self._space(batch.loop_steps, learns=True)
        self.optimizer_steps += 1
        with kernel():
            losses = self._losses(space, inputs, targets, batch.windows, learns=True)
            adam(
                self._thetas, self._gradients, self._firsts, self._seconds,
                self.optimizer_steps, rate, self._longest,
            )  # fmt: skip
        remember(self.problem.experiment.cell)
        return _mean(losses)

    def loss(self, inputs: Values, targets: Values) -> float:
        """See `Learner`."""
        space, every = self._space(targets.shape[1], learns=False), np.arange(len(inputs))
        with kernel():
            return _mean(self._losses(space, inputs, targets, every, learns=False))

    def _losses(
        self,
        space: Space,
        inputs: Values,
        targets: Values,
        batch: NDArray[np.int64],
        *,
        learns: bool,
    ) -> NDArray[np.float64]:
        losses = np.zeros(len(self._thetas))
        losses_and_gradients(
            self._shape, space, self._thetas, self._gradients, losses, inputs, targets, batch,
            learns,
        )  # fmt: skip
        return losses

    def _space(self, steps: int, *, learns: bool) -> Space:
        """The arrays of a pass through `steps` forecasts.

        Only the last ones are kept: a curriculum goes through many lengths, one after the other.
        """
        space = self._spaces.get(learns)
        if space is None or len(space.values) != self._shape.window + steps:
            columns = columns_of(self.problem.batch_size)
            space = self._spaces[learns] = Space.of(self._shape, steps, columns, learns=learns)
        return space

    def glance(self, should_stop: Callable[[], bool] = lambda: False) -> NDArray[np.float64]:
        """See `Learner`."""
        context = self.problem.context.astype(np.float32)
        horizon = self.problem.parts.horizon
        with kernel():
            paths = closed_loop(self._shape, self._thetas, context, horizon, should_stop)
        outputs = paths.astype(np.float64).mean(axis=0)
        return self.problem.undo(outputs, self.problem.parts.forecast_start)

    def moments(self) -> Weights:
        """See `Learner`."""
        if not self.optimizer_steps:
            return {}
        return {name: part.numpy().copy() for name, part in self._moment_views().items()}

    def _restore(self, moments: Weights) -> None:
        for name, part in self._moment_views().items():
            part.copy_(torch.from_numpy(moments[name]))

    def _moment_views(self) -> dict[str, Tensor]:
        names = [name for name, _ in self._network.named_parameters()]
        return {
            f"{name}.{kind}": part
            for kind, flat in (("exp_avg", self._firsts), ("exp_avg_sq", self._seconds))
            for name, part in zip(names, self._views(torch.from_numpy(flat)), strict=True)
        }

    def _views(self, flat: Tensor) -> list[Tensor]:
        """The parts of `flat` (K, P) that belong to the network's parameters, in their shapes."""
        shapes = [p.shape for p in self._network.parameters()]
        parts = torch.split(flat, [int(np.prod(shape[1:])) for shape in shapes], dim=1)
        return [part.view(shape) for part, shape in zip(parts, shapes, strict=True)]


def _mean(losses: NDArray[np.float64]) -> float:
    """The mean of a few values. NumPy's own takes ten times as long."""
    return float(sum(losses.tolist()) / len(losses))
