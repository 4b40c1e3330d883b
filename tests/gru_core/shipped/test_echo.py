"""The networks that echo: their file, their script, and the errors that the page shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from gru_core.forecast.cells import CELLS as STEPS
from gru_core.forecast.cells import layers_of
from gru_core.forecast.events import Weights
from gru_core.shipped import echo, make_echo
from gru_core.shipped.echo import CELLS, DELAYS, Cell, echo_networks

Array = NDArray[np.float64]


def answers(cell: str, weights: Weights, rows: Array) -> Array:
    """What a network says after each of `rows` (N, d + 1), by the NumPy cells: (N,)."""
    parts, step = STEPS[cell]
    [layer] = layers_of(weights)
    readout = weights["linear.weight"][0, 0].astype(float)
    state = np.zeros((parts, 1, len(rows), len(readout)))
    for x in rows.T:
        state = step(x[None, :, None], state, layer)
    said: Array = state[0, 0] @ readout + weights["linear.bias"][0].astype(float)
    return said


# --- the file


def test_the_file_has_one_network_of_the_same_size_for_each_cell_and_delay() -> None:
    assert list(echo_networks()) == [(cell, d) for d in DELAYS for cell in CELLS]
    for one in echo_networks().values():
        assert one.weights["linear.weight"].shape == (1, 1, make_echo.HIDDEN_SIZE)


def test_the_script_writes_the_same_file() -> None:
    assert echo.FILE.read_text(encoding="utf-8") == echo.document(list(echo_networks().values()))


# --- the script


def test_the_script_trains_every_network(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(make_echo, "STEPS", 5)
    monkeypatch.setattr(make_echo, "UNSEEN", 100)
    monkeypatch.setattr(make_echo, "FILE", tmp_path / "echo.json")
    make_echo.main()
    monkeypatch.setattr(echo, "FILE", tmp_path / "echo.json")
    trained = echo_networks.__wrapped__()
    assert list(trained) == list(echo_networks())
    printed = capsys.readouterr().out
    for (cell, delay), one in trained.items():
        assert f"{cell}, d = {delay}: error {one.error:.3g}" in printed
        starts = [make_echo.train(cell, delay, seed).error for seed in make_echo.SEEDS]
        assert one.error == np.median(starts)


#: The starts of the networks that the file has for d = 1.
@pytest.mark.parametrize(("cell", "start"), [("gru", 1), ("rnn", 0)])
def test_a_network_trained_again_has_the_same_error(cell: Cell, start: int) -> None:
    again = make_echo.train(cell, 1, start)
    assert again.error == pytest.approx(echo_networks()[cell, 1].error, abs=0.01)


# --- what the networks do


def test_the_errors_hold_on_other_rows_by_the_numpy_cells() -> None:
    for one in echo_networks().values():
        rows = echo.random_rows(one.delay, 4000, seed=2)
        misses = np.abs(answers(one.cell, one.weights, rows) - rows[:, 0]).mean()
        share = misses / np.abs(rows[:, 0]).mean()
        assert share == pytest.approx(one.error, rel=0.1, abs=0.005), one[:2]


def test_always_saying_the_mean_has_the_error_one() -> None:
    weights = {name: 0 * values for name, values in echo_networks()["gru", 3].weights.items()}
    assert echo.error_of("gru", weights, echo.random_rows(3, 100, seed=2)) == 1.0


def errors(cell: Cell) -> list[float]:
    return [echo_networks()[cell, delay].error for delay in DELAYS]


def test_the_plain_rnn_fails_at_shorter_delays_than_the_gru_and_both_fail_in_the_end() -> None:
    at_18 = DELAYS.index(18)
    assert max(errors("gru")[: at_18 + 1]) < 0.01
    assert max(errors("rnn")[:at_18]) < 0.1
    assert errors("rnn")[at_18] > 0.5
    assert min(errors("rnn")[at_18 + 1 :] + errors("gru")[at_18 + 1 :]) > 0.95


def test_a_unit_of_the_gru_stores_the_first_value_and_then_keeps_its_state() -> None:
    rows = echo.random_rows(18, 1000, seed=2)
    kept = echo.keeper(echo_networks()["gru", 18].weights, rows)
    assert kept.first < 0.5
    assert kept.later > 0.99
    rows = echo.random_rows(40, 1000, seed=2)
    assert echo.keeper(echo_networks()["gru", 40].weights, rows).later < 0.7


def test_a_keeper_has_the_gates_of_the_equation() -> None:
    """With all weights 0 but the bias of z, every z is σ(bias)."""
    weights = {name: 0 * values for name, values in echo_networks()["gru", 3].weights.items()}
    size = make_echo.HIDDEN_SIZE
    weights["rnn.bias_ih_l0"][0, size + 4] = 2.0
    kept = echo.keeper(weights, echo.random_rows(3, 10, seed=2))
    assert kept == pytest.approx((1 / (1 + np.exp(-2.0)),) * 2)
