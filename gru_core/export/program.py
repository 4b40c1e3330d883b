"""The eight pieces of a program, and the two texts that are joined from them."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from numpy.typing import ArrayLike

from gru_core.data.series import Series
from gru_core.experiment.experiment import Experiment
from gru_core.export.network import network_code
from gru_core.export.plan import Lines, Plan
from gru_core.export.series import has_formula, series_code
from gru_core.export.training import closed_loop_code, loss_code, training_code
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.wording import clipped

__all__ = ["Piece", "pieces", "to_notebook", "to_script"]


class Piece(NamedTuple):
    """One piece of a program: its `name`, its `title` for a reader, and its `code`."""

    name: str
    title: str
    code: str


def to_script(result: Result) -> str:
    """A Python program that repeats the run of `result`.

    It imports torch, NumPy and matplotlib alone. It trains the same network from its first weights
    and ends with the closed-loop forecast (H,), in data units, in the variable `forecast`.

    On the same processor, with the same versions of PyTorch and NumPy, this forecast equals that
    of `result` to 1e-4 of the standard deviation of the series. Elsewhere sums may be rounded in
    another way, and a loop can make such a difference larger.

    The program trains only until the epoch whose weights the run kept. So it needs no validation
    part, except for a warm start, which chooses its penalty on it.

    Compiled steps round their sums in another way than PyTorch, and training makes the difference
    larger. So the program of such a run also holds the trained weights. It loads them, and trains
    again if one sets `TRAIN = True`.

    Three kinds of runs cannot be trained again at all: a continued run, a run on a GPU, and a run
    that kept weights from the middle of an epoch. For these, the program holds only the trained
    weights and says why. A GPU or an interrupted run computed its forecast with other code. That
    forecast can differ if the loop makes rounding errors larger.
    """
    texts = [f"# {k}. {piece.title}\n{piece.code}" for k, piece in _numbered(Plan.of(result))]
    return "\n\n\n".join(texts) + "\n"


def to_notebook(result: Result) -> str:
    """The program of `to_script` as a Jupyter notebook: JSON in nbformat 4.5.

    Each piece is a heading and a code cell.
    """
    cells: list[dict[str, Any]] = []
    for k, piece in _numbered(Plan.of(result)):
        heading = f"## {k}. {piece.title}"
        cells.append(_cell("markdown", f"{piece.name}-title", heading))
        code = _cell("code", piece.name, piece.code)
        cells.append(code | {"execution_count": None, "outputs": []})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def pieces(experiment: Experiment, series: ArrayLike | Series | None = None) -> tuple[Piece, ...]:
    """The eight pieces of the program of `experiment`, before any run.

    Joined in order they are a program. It trains all epochs and uses the last weights, because
    only a run knows which epoch is the best. Their names are data, windows, network, loss,
    training, closed-loop, plot and exercise.

    Args:
        experiment: the options.
        series: (N,) the user's own values; by default the experiment's signal.

    Raises:
        SeriesError: the series is too short for the experiment, or is missing.
    """
    return _pieces(Plan(Problem.of(experiment, series), experiment.epochs))


def _numbered(plan: Plan) -> list[tuple[int, Piece]]:
    return list(enumerate(_pieces(plan), 1))


def _pieces(plan: Plan) -> tuple[Piece, ...]:
    return tuple(
        Piece(name, title, "\n".join(lines))
        for name, title, lines in (
            ("data", "Data", _data(plan)),
            ("windows", "Windows", _windows(plan)),
            ("network", "Network", _network(plan)),
            ("loss", "Loss and optimizer", loss_code(plan)),
            ("training", "Training loop", training_code(plan)),
            ("closed-loop", "Closed loop", _closed_loop(plan)),
            ("plot", "Plot", _plot(plan)),
            ("exercise", "Exercise", _exercise(plan)),
        )
    )


def _data(plan: Plan) -> Lines:
    threads = plan.threads
    return [
        "import matplotlib.pyplot as plt",
        "import numpy as np",
        "import torch",
        "from torch import nn",
        "",
        f"torch.set_num_threads({threads})  # as in the run, because it changes the rounding",
        "",
        *series_code(plan.problem),
    ]


def _windows(plan: Plan) -> Lines:
    """`W`, `data` (float32, as the network reads it), and `inputs` and `targets`."""
    e, parts, lag = plan.experiment, plan.parts, plan.parts.lag
    whole = parts.train_end == parts.n
    source = "changes" if lag else "values"
    lines = [f"W = {parts.window}  # how many past values the network reads"]
    if lag:
        lines += [f"changes = values[{lag}:] - values[:-{lag}]  # ({parts.n - lag},)"]
    train = source if whole else "train"
    if not whole:
        rest = "the network learns from these values only"
        lines += [f"train = {source}[:{plan.train_values}]  # ({plan.train_values},): {rest}"]
    data = source
    if e.normalization != "none":
        lines += _scale(plan, train)
        data = f"({source} - mean) / std"
    lines += [f"data = torch.tensor({data}, dtype=torch.float32)  # ({parts.n - lag},)"]
    if plan.floor:
        lines += [
            f"windows = np.lib.stride_tricks.sliding_window_view(({train} - mean) / std, W)",
            "FLOOR = float(max(0.1 * np.median(windows.std(axis=1)), 1e-3))  # the smallest scale",
        ]
    if plan.why:
        return lines
    if not plan.epochs and not e.warm_start:
        return lines
    return lines + _inputs(plan, "data" if whole else "train")


def _scale(plan: Plan, train: str) -> Lines:
    scale = plan.problem.normalization.scale
    values = plan.problem.series.values[: plan.parts.train_end]
    lag = plan.parts.lag
    changes = values[lag:] - values[:-lag] if lag else values
    if scale == float(changes.std()):
        return [f"mean, std = {train}.mean(), {train}.std()"]
    return [f"mean, std = {train}.mean(), 1.0  # they do not change, so there is no scale"]


def _inputs(plan: Plan, train: str) -> Lines:
    K, W = plan.problem.loop_steps, plan.parts.window
    n = plan.parts.train_windows - K + 1
    inputs = "inputs = torch.stack([data[i : i + W] for i in range({})])  # ({}, {})"
    if not plan.closed:
        last = ":" if train == "data" else " : len(train)"
        return [
            inputs.format(f"len({train}) - W", n, W),
            f"targets = data[W{last}].unsqueeze(1)  # ({n}, 1): the value after each window",
        ]
    return [
        f"K = {K}  # so many fed-back steps are trained",
        f"count = len({train}) - W - K + 1",
        inputs.format("count", n, W),
        f"targets = torch.stack([data[i + W : i + W + K] for i in range(count)])  # ({n}, {K})",
    ]


def _network(plan: Plan) -> Lines:
    lines = network_code(plan)
    if not plan.members:
        return lines
    return [f"M = {plan.experiment.members}  # so many networks, side by side", "", "", *lines]


def _closed_loop(plan: Plan) -> Lines:
    parts, lag = plan.parts, plan.parts.lag
    defined = plan.closed and plan.trains
    lines = [] if not plan.stacked or defined else [*closed_loop_code(plan), "", ""]
    lines += [
        f"START = {parts.forecast_start}  # the position of the first forecast value",
        f"H = {parts.horizon}  # how many steps are forecast",
    ]
    end = f"START - {lag}" if lag else "START"
    before = f"{end} - W : {end}"
    if not plan.stacked:
        lines += [
            f"window = data[{before}].unsqueeze(0)  # (1, W): the true values before it",
            "outputs = []",
            "with torch.no_grad():",
            "    for _ in range(H):",
            "        value = model(window)  # (1, 1)",
            "        outputs.append(value.item())",
            "        window = torch.cat([window[:, 1:], value], dim=1)  # the forecast is fed back",
        ]
        outputs = "np.array(outputs)"
    else:
        many = ".expand(M, 1, -1)" if plan.members else ".view(1, 1, -1)"
        mean = "[:, 0].mean(dim=0)  # the mean of the members" if plan.members else "[0, 0]"
        lines += [
            f"window = data[{before}]{many}  # ({plan.axis}1, W): the true values before it",
            "with torch.no_grad():",
            f"    outputs = closed_loop(window, H){mean}",
        ]
        outputs = "outputs.numpy().astype(float)"
    if plan.experiment.normalization != "none":
        outputs += " * std + mean"
    if not lag:
        return [*lines, f"forecast = {outputs}  # ({parts.horizon},)"]
    return [
        *lines,
        f"steps = {outputs}  # the network forecasts changes",
        f"for k in range({lag}, H):",
        f"    steps[k] += steps[k - {lag}]",
        f"forecast = np.resize(values[START - {lag} : START], H) + steps  # ({parts.horizon},)",
    ]


def _plot(plan: Plan) -> Lines:
    return [
        'plt.plot(values, label="original series")',
        'plt.plot(range(START, START + H), forecast, label="closed-loop forecast")',
        f"plt.title({_title(plan.problem.series.name)})",
        "plt.legend()",
        'if plt.get_backend().lower() != "agg":  # without a display there is nothing to show',
        "    plt.show()",
    ]


def _title(name: str) -> str:
    """The name of a series as a Python string that matplotlib shows as it is."""
    shown = clipped(name.encode("utf-8", "replace").decode("utf-8"))
    text = repr(shown.replace("$", r"\$"))  # matplotlib reads a formula between two dollar signs
    return text if {'"', "\\"} & set(text) else f'"{text[1:-1]}"'


def _exercise(plan: Plan) -> Lines:
    """What to try next. The changed line is the solution."""
    if not plan.trains:
        return [
            "# Let the closed loop run twice as long. Does it keep its rhythm?",
            f"# H = {2 * plan.parts.horizon}",
        ]
    e = plan.experiment
    if has_formula(plan.problem) and e.signal == "sine":
        return [
            "# Forecast a cosine instead of a sine. First guess: what will change in the plot?",
            "# One line changes. Run the whole program again with it:",
            "# values = np.cos(x)",
        ]
    if has_formula(plan.problem) and e.signal == "cosine":
        return [
            "# This is the solution of the lesson's exercise: a cosine instead of a sine.",
            "# Only the phase differs. The line that was changed:",
            "# values = np.cos(x)",
            "# Now make the wave twice as fast. Guess first: is it harder to forecast?",
            "# values = np.cos(2 * x)",
        ]
    if e.window == 1:
        return [
            "# Let the network read two values instead of one. Is the forecast better?",
            "# W = 2",
        ]
    return [
        "# Let the network read only half as many values. Is the forecast still as good?",
        "# Run the whole program again with this line:",
        f"# W = {e.window // 2}",
    ]


def _cell(kind: str, id: str, source: str) -> dict[str, Any]:
    lines = source.splitlines(keepends=True)
    return {"cell_type": kind, "id": id, "metadata": {}, "source": lines}
