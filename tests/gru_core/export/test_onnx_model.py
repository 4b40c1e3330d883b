"""The ONNX models, run by onnxruntime, against the forecaster and PyTorch."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, product
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from hypothesis import given, settings
from numpy.lib.stride_tricks import sliding_window_view

from gru_core import Experiment, Result, TransferError
from gru_core.export import to_onnx
from gru_core.forecast.cells import GATES
from gru_core.training.network import Network
from tests.gru_core.every_result import odd_results
from tests.gru_core.export.drawn import drawn, drawn_network

#: A trend and a season: every normalization, and every difference, changes the inputs.
VALUES = 3 * np.sin(np.arange(60) / 2) + 0.2 * np.arange(60) + 40
ANY, _ = drawn(Experiment(window=5, hidden_size=3), VALUES)


def session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def last_windows(result: Result) -> np.ndarray[Any, Any]:
    """Every window of the series with the values that its differences need."""
    return sliding_window_view(result.series.values, result.parts.first).copy()


def positions_in(result: Result) -> np.ndarray[Any, Any]:
    """The position after each of these windows."""
    return np.arange(result.parts.first, len(result.series) + 1)


def by_torch(result: Result, network: Network, steps: int) -> np.ndarray[Any, Any]:
    """PyTorch's closed-loop forecasts after every window, in data units."""
    positions = positions_in(result)
    inputs = torch.tensor(result.problem.context_of(positions), dtype=torch.float32)
    members = len(network.linear["bias"])
    with torch.no_grad():
        paths = network.forecast(inputs.expand(members, -1, -1), steps)
    return result.problem.undo(paths.numpy().astype(np.float64).mean(axis=0), positions)


@pytest.mark.parametrize("feedback", ["window", "state"])
@pytest.mark.parametrize("normalization", ["none", "standard", "window"])
@pytest.mark.parametrize("cell", sorted(GATES))
def test_both_models_compute_what_the_app_and_pytorch_compute(
    cell: str, normalization: str, feedback: str
) -> None:
    differences = cycle([None, 1, 4])
    for members, path, layers in product((1, 3), (False, True), (1, 2)):
        experiment = Experiment(
            cell=cell,
            normalization=normalization,
            feedback=feedback,
            members=members,
            linear_path=path,
            layers=layers,
            difference=next(differences),
            window=5,
            hidden_size=3,
        )
        problem, network = drawn_network(experiment, VALUES)
        # Scores take long to compute, and no model needs them.
        result = replace(ANY, problem=problem, weights_by_epoch={1: network.weights()})
        windows, steps = last_windows(result), 9
        forecaster = problem.forecaster(network.weights())
        by_app = problem.forecast_from(forecaster, positions_in(result), steps)
        asked = {"window": windows, "horizon": np.array(steps)}
        loop = session(to_onnx(result, closed_loop=True)).run(["forecast"], asked)[0]
        close(loop, by_app)
        close(loop, by_torch(result, network, steps))
        close(session(to_onnx(result)).run(["next"], {"window": windows})[0], by_app[:, :1])


def close(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> None:
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@given(odd_results())
@settings(max_examples=20)
def test_the_network_of_every_result_forecasts_as_in_the_app_or_is_refused(result: Result) -> None:
    problem, parts = result.problem, result.parts
    weights = result.weights_by_epoch[result.kept_epoch]
    try:
        model = to_onnx(result, closed_loop=True)
    except TransferError:
        assert not all(np.isfinite(array).all() for array in weights.values())
        return
    window = result.series.values[parts.forecast_start - parts.first : parts.forecast_start]
    asked = {"window": window[None], "horizon": np.array(parts.horizon)}
    forecast = session(model).run(["forecast"], asked)[0][0]
    by_app = problem.forecast(problem.forecaster(weights))
    # In a network with huge weights, a rounding error can turn any gate the other way.
    usual = all(np.abs(array).max() <= 1 for array in weights.values())
    if usual and np.isfinite(by_app).all():
        np.testing.assert_allclose(forecast, by_app, rtol=0, atol=1e-4 * np.abs(by_app).max())


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1e-47, 1e-20, 1e16])
@pytest.mark.parametrize("window", [1, 5])
def test_values_of_any_size_are_forecast_as_in_the_app(size: float, window: int) -> None:
    result, _ = drawn(Experiment(window=window, hidden_size=3), size * VALUES)
    asked = {"window": last_windows(result), "horizon": np.array(9)}
    forecasts = session(to_onnx(result, closed_loop=True)).run(["forecast"], asked)[0]
    by_app = result.problem.forecast_from(result.forecaster, positions_in(result), 9)
    close(forecasts / size, by_app / size)


@pytest.mark.parametrize("horizon", [1, 3, 4, 5, 8])
def test_any_horizon_fits_differences_over_four_steps(horizon: int) -> None:
    result, _ = drawn(Experiment(window=5, hidden_size=3, difference=4), VALUES)
    asked = {"window": last_windows(result), "horizon": np.array(horizon)}
    forecasts = session(to_onnx(result, closed_loop=True)).run(["forecast"], asked)[0]
    forecaster, positions = result.forecaster, positions_in(result)
    close(forecasts, result.problem.forecast_from(forecaster, positions, horizon))


@pytest.mark.parametrize("feedback", ["window", "state"])
def test_the_models_keep_to_the_rules_of_onnx(feedback: str) -> None:
    options = {"normalization": "window", "linear_path": True, "difference": 4, "layers": 2}
    experiment = Experiment(window=5, hidden_size=3, members=3, feedback=feedback, **options)
    result, _ = drawn(experiment, VALUES)
    for closed_loop in (False, True):
        model = onnx.load_from_string(to_onnx(result, closed_loop=closed_loop))
        onnx.checker.check_model(model, full_check=True)


def test_the_models_say_what_they_read_and_return() -> None:
    result, _ = drawn(Experiment(window=5, hidden_size=3, difference=4), VALUES)
    one, loop = session(to_onnx(result)), session(to_onnx(result, closed_loop=True))
    assert [(i.name, i.shape, i.type) for i in one.get_inputs()] == [
        ("window", ["B", 9], "tensor(double)")
    ]
    assert [(o.name, o.shape) for o in one.get_outputs()] == [("next", ["B", 1])]
    assert [i.name for i in loop.get_inputs()] == ["window", "horizon"]
    assert [(o.name, o.shape) for o in loop.get_outputs()] == [("forecast", ["B", "H"])]
    assert "last 9 values" in onnx.load_from_string(to_onnx(result)).doc_string


def test_the_example_of_the_docstring_gives_the_forecast_after_the_data() -> None:
    experiment = Experiment(window=5, hidden_size=3, forecast_start="end", horizon=24)
    result, _ = drawn(experiment, VALUES)
    example = (to_onnx.__doc__ or "").partition("For example:")[2]
    names: dict[str, Any] = {"to_onnx": to_onnx, "result": result, "values": VALUES}
    exec("\n".join(line.strip() for line in example.splitlines()), names)
    np.testing.assert_allclose(names["forecast"], result.forecast["forecast"], rtol=1e-5, atol=1e-5)


def test_equal_results_give_equal_bytes() -> None:
    results = [drawn(Experiment(window=5, hidden_size=3, members=3), VALUES)[0] for _ in range(2)]
    assert to_onnx(results[0]) == to_onnx(results[1])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(bad: float) -> None:
    result, network = drawn(Experiment(window=5, hidden_size=3), VALUES)
    weights = network.weights()
    weights["rnn.bias_hh_l0"][0, 1] = bad
    result = replace(result, weights_by_epoch={result.kept_epoch: weights})
    with pytest.raises(TransferError, match="not finite"):
        to_onnx(result)
