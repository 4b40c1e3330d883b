"""The compiled passes: losses, gradients and loops, against PyTorch in double precision."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from gru_core.forecast.forecaster import Forecaster
from gru_core.training.kernels.adam import adam
from gru_core.training.kernels.cells import CELLS
from gru_core.training.kernels.compiled import sigmoid, tanh
from gru_core.training.kernels.loops import closed_loop
from gru_core.training.kernels.space import GUARD, REGISTER, Shape, Space, columns_of
from gru_core.training.kernels.unroll import losses_and_gradients
from gru_core.training.network import Network
from tests.gru_core.training.new_machine import environment_at

Values = NDArray[np.float32]


class Case(NamedTuple):
    """A network, and a batch that it learns from."""

    cell: str = "gru"
    hidden: int = 9
    layers: int = 1
    members: int = 1
    feedback: str = "window"
    floor: float | None = None
    path: bool = False
    window: int = 6
    steps: int = 1
    batch: int = 21

    def network(self) -> Network:
        made = Network(
            self.cell,
            self.hidden,
            self.layers,
            members=self.members,
            feedback=self.feedback,
            floor=self.floor,
            path=self.window if self.path else None,
        )
        if self.path:
            with torch.no_grad():
                made.path["weight"].normal_(0, 0.2, generator=torch.Generator().manual_seed(1))
        return made

    def shape(self) -> Shape:
        return Shape.of(
            self.cell,
            self.hidden,
            self.layers,
            self.window,
            feedback=self.feedback,
            path=self.path,
            floor=self.floor,
        )

    def data(self) -> tuple[Values, Values, NDArray[np.int64]]:
        """More windows than the batch has, their targets, and the batch."""
        rng = np.random.default_rng(self.batch)
        count = self.batch + 17
        windows = rng.standard_normal((count, self.window)).astype(np.float32)
        targets = rng.standard_normal((count, self.steps)).astype(np.float32)
        return windows, targets, rng.permutation(count)[: self.batch]


def flat(network: Network, *, gradients: bool = False) -> NDArray[Any]:
    parts = [p.grad if gradients else p.detach() for p in network.parameters()]
    return torch.cat([p.flatten(1) for p in parts if p is not None], 1).numpy().copy()


def by_torch(case: Case) -> tuple[NDArray[Any], NDArray[Any]]:
    """The losses (K,) and gradients (K, P) of PyTorch's autograd in double precision."""
    network = case.network().double()
    windows, targets, batch = case.data()
    x = torch.from_numpy(windows[batch]).double()
    predictions = network.forecast(x.expand(case.members, *x.shape), case.steps)
    errors = predictions - torch.from_numpy(targets[batch]).double()
    losses = errors.square().mean(dim=(1, 2))
    losses.sum().backward()
    return losses.detach().numpy(), flat(network, gradients=True)


def compiled(case: Case, *, learns: bool = True) -> tuple[NDArray[Any], NDArray[Any]]:
    """The same from the compiled pass."""
    thetas = flat(case.network())
    shape = case.shape()
    assert thetas.shape == (case.members, shape.parameters)
    space = Space.of(shape, case.steps, columns_of(case.batch), learns=learns)
    losses, gradients = np.zeros(case.members), np.zeros_like(thetas)
    losses_and_gradients(shape, space, thetas, gradients, losses, *case.data(), learns)
    return losses, gradients


def assert_equal_to_torch(case: Case) -> None:
    losses, gradients = by_torch(case)
    ours, our_gradients = compiled(case)
    assert_allclose(ours, losses, rtol=2e-6)
    assert np.abs(our_gradients - gradients).max() <= 1e-6 * np.abs(gradients).max()
    assert_allclose(compiled(case, learns=False)[0], losses, rtol=2e-6)


@pytest.mark.parametrize(
    ("cell", "feedback", "floor", "path", "members"),
    [*product(CELLS, ["window", "state"], [None, 0.1], [False, True], [1, 2])],
)
def test_gradients_equal_those_of_pytorch(
    cell: str, feedback: str, floor: float | None, path: bool, members: int
) -> None:
    for steps in (1, 8):  # 8 is longer than the window
        assert_equal_to_torch(
            Case(cell, feedback=feedback, floor=floor, path=path, members=members, steps=steps)
        )


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("feedback", ["window", "state"])
def test_so_do_those_of_several_layers(cell: str, feedback: str) -> None:
    assert_equal_to_torch(Case(cell, 7, 3, feedback=feedback, floor=0.1, path=True, steps=3))


@pytest.mark.parametrize("batch", [1, 2, 15, 16, 17, 63, 64, 65, 130, 300])
def test_so_do_those_of_a_batch_of_any_size(batch: int) -> None:
    """Some columns stay empty, and large batches are read in pieces."""
    assert_equal_to_torch(Case(batch=batch, hidden=5, steps=2))


def test_a_batch_that_is_smaller_than_before_sees_nothing_of_the_larger_one() -> None:
    case = Case(batch=40)
    shape, thetas = case.shape(), flat(case.network())
    windows, targets, batch = case.data()
    windows[batch[9:]] = np.nan  # only the larger batch reads these
    space = Space.of(shape, 1, columns_of(40))
    losses, gradients = np.zeros(1), np.zeros_like(thetas)
    losses_and_gradients(shape, space, thetas, gradients, losses, windows, targets, batch, True)
    assert np.isnan(losses[0])
    assert np.isnan(gradients).any()
    gradients[:] = 0
    small = batch[:9]
    losses_and_gradients(shape, space, thetas, gradients, losses, windows, targets, small, True)
    assert np.isfinite(losses[0])
    assert np.isfinite(gradients).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("cell", CELLS)
def test_a_value_that_is_not_finite_makes_no_finite_loss(cell: str, value: float) -> None:
    case = Case(cell, path=True)
    thetas = flat(case.network())
    windows, targets, batch = case.data()
    windows[batch[3], 2] = value
    space = Space.of(case.shape(), 1, columns_of(case.batch))
    losses, gradients = np.zeros(1), np.zeros_like(thetas)
    losses_and_gradients(
        case.shape(), space, thetas, gradients, losses, windows, targets, batch, True
    )
    assert not np.isfinite(losses[0])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(width=32), min_size=1))
def test_tanh_is_that_of_numpy_to_a_few_units_in_the_last_place(numbers: list[float]) -> None:
    x = np.array(numbers, np.float32)
    exact = np.tanh(x.astype(np.float64))
    ours = np.array([tanh(value) for value in x])
    assert_allclose(ours, exact, rtol=5 * np.finfo(np.float32).eps, atol=1e-37)
    half = 0.5 * (np.tanh(0.5 * x.astype(np.float64)) + 1)
    assert_allclose([sigmoid(value) for value in x], half, atol=5 * np.finfo(np.float32).eps)


def elsewhere(arrays: list[Values], rng: np.random.Generator) -> list[Values]:
    """Copies in another order in memory, each by GUARD and up to two registers from the next."""
    sizes = [-(-array.size // REGISTER) * REGISTER for array in arrays]
    memory = np.zeros(sum(sizes) + (GUARD + 3 * REGISTER) * len(arrays), np.float32)
    at = -memory.ctypes.data // memory.itemsize % REGISTER
    copies = list(arrays)
    for k in rng.permutation(len(arrays)):
        copies[k] = memory[at : at + arrays[k].size].reshape(arrays[k].shape)
        copies[k][:] = arrays[k]
        at += sizes[k] + GUARD + REGISTER * int(rng.integers(3))
    return copies


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("hidden", [2, 3, 4, 8])
def test_the_bits_do_not_depend_on_where_the_arrays_lie(cell: str, hidden: int) -> None:
    """With a GUARD of 0, they do: see `GUARD`."""
    case = Case(cell, hidden, window=5, steps=3, batch=8, path=True)
    shape, thetas = case.shape(), flat(case.network())
    windows, targets, batch = case.data()
    space = Space.of(shape, case.steps, columns_of(case.batch))
    flats = [thetas] + [np.zeros_like(thetas) for _ in range(3)]
    rng, seen = np.random.default_rng(hidden), set()
    for _ in range(60):
        learned = elsewhere([*space, *flats], rng)
        losses, (theta, gradients, firsts, seconds) = np.zeros(1), learned[len(space) :]
        losses_and_gradients(
            shape, Space(*learned[: len(space)]), theta, gradients, losses, windows, targets,
            batch, True,
        )  # fmt: skip
        adam(theta, gradients, firsts, seconds, 1, 0.1, 0.01)
        seen.add(b"".join(values.tobytes() for values in (losses, theta, firsts, seconds)))
    assert len(seen) == 1


# --- loops


@pytest.mark.parametrize(
    ("cell", "feedback", "floor", "path", "layers"),
    [*product(CELLS, ["window", "state"], [None, 0.1], [False, True], [1, 2])],
)
def test_a_closed_loop_equals_the_forecaster(
    cell: str, feedback: str, floor: float | None, path: bool, layers: int
) -> None:
    case = Case(cell, 9, layers, 2, feedback, floor, path, window=7)
    network = case.network()
    window = np.sin(np.arange(7)).astype(np.float32)
    forecaster = Forecaster(cell, network.weights(), feedback, floor)
    expected = forecaster.paths(window[None].astype(float), 25)[:, 0]
    ours = closed_loop(case.shape(), flat(network), window, 25)
    assert_allclose(ours, expected, atol=2e-5)


@pytest.mark.parametrize("feedback", ["window", "state"])
@pytest.mark.parametrize("floor", [None, 0.1])
def test_a_stopped_loop_keeps_what_it_has(
    feedback: str, floor: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case(feedback=feedback, floor=floor, members=2)
    window, thetas = np.ones(6, np.float32), flat(case.network())
    whole = closed_loop(case.shape(), thetas, window, 30)
    monkeypatch.setattr("gru_core.training.kernels.loops.OPERATIONS", 1.0)  # ask at every step
    asked = iter([False] * 11)
    stopped = closed_loop(case.shape(), thetas, window, 30, lambda: next(asked, True))
    known = np.isfinite(stopped)
    assert 0 < known[0].sum() < 30
    assert not known[1].any()
    assert_allclose(stopped[known], whole[known])
    assert (np.diff(known[0].astype(int)) <= 0).all()  # the values that are missing come last


# --- compiled once


IMPORT = (
    "import gru_core.training.kernels.loops; "
    "from gru_core.training.kernels.cache import is_cached; "
    "from gru_core.training.kernels.compiled import tanh"
)


def importing(folder: Path, code: str) -> str:
    """What a new process prints whose home is `folder`."""
    line = [sys.executable, "-c", f"{IMPORT}; {code}"]
    environment = environment_at(folder)
    done = subprocess.run(line, env=environment, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_a_folder_that_cannot_be_written_to_does_not_stop_the_import(tmp_path: Path) -> None:
    file = tmp_path / "cache"
    file.write_text("a file, where the folder of the cache would be")
    assert importing(tmp_path, "print(tanh(0.0), is_cached('gru'))") == "0.0 False"


#: It prints whether compiled code is there, then the bits of what a run has learned. The loop that
#: forecasts changes nothing in them. So NumPy computes it here, which needs no compilation.
BITS = """
import hashlib
from gru_core import Experiment, run
from gru_core.training.compiled_learner import CompiledLearner
del CompiledLearner.glance
print(is_cached("gru"), is_cached("lstm"))
result = run(Experiment(points=200, epochs=5, hidden_size=50, batch_size=67, noise=0.1))
assert result.learner == "compiled"
weights = b"".join(values.tobytes() for values in result.checkpoint.weights.values())
print(hashlib.sha256(weights).hexdigest())
"""


def test_what_was_compiled_is_kept_and_computes_the_same_bits(tmp_path: Path) -> None:
    code = f"exec({BITS!r})"
    compiles, loads = (importing(tmp_path, code).split() for _ in range(2))
    assert compiles[:2] == ["False", "False"]
    assert loads == ["True", "False", compiles[2]]
