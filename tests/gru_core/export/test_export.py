"""What programs and notebooks look like, whatever the run."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gru_core import Experiment, Result, run
from gru_core.data.series import Series
from gru_core.data.sources import SOURCES
from gru_core.export import pieces, to_notebook, to_script
from gru_core.export.series import FORMULAS, literal, series_code
from gru_core.forecast.problem import Problem
from gru_core.training.torch_learner import TorchLearner
from tests.gru_core.export.conftest import Execute
from tests.gru_core.export.test_programs import CLOSED, differences, small

pytestmark = pytest.mark.usefixtures("by_torch")

NAMES = ("data", "windows", "network", "loss", "training", "closed-loop", "plot", "exercise")
LESSON = [
    "import torch",
    "from torch import nn",
    "values = np.sin(x)",
    "W = 10",
    "class GRUNet(nn.Module):",
    "nn.GRU(1, 50, batch_first=True)",
    "nn.Linear(50, 1)",
    "torch.manual_seed(0)",
    "nn.MSELoss()",
    "torch.optim.Adam(model.parameters(), lr=0.01)",
    "for epoch in range(1, 100 + 1):",
    "optimizer.zero_grad()",
    "loss.backward()",
    "optimizer.step()",
    "with torch.no_grad():",
    "plt.plot(",
    "values = np.cos(x)",
]
#: Parts of programs that only some options need.
EXTRAS = ("random", "Generator", "scheduler", "clip", "std", "FLOOR", "cell(", "base64", "drop")


def imported(script: str) -> set[str]:
    """The packages that a program imports."""
    nodes = list(ast.walk(ast.parse(script)))
    names = {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names}


# --- the lesson


def test_the_lesson_has_eight_short_pieces() -> None:
    lesson = pieces(Experiment.lesson())
    assert tuple(piece.name for piece in lesson) == NAMES
    code = "\n".join(piece.code for piece in lesson)
    assert [part for part in LESSON if part not in code] == []
    assert [part for part in EXTRAS if part in code] == []
    assert len(code.splitlines()) < 90
    assert imported(code) == {"torch", "numpy", "matplotlib"}


def test_the_lessons_program_is_its_pieces_in_order(execute_alone: Execute) -> None:
    experiment = Experiment.lesson(seed=7).replace(epochs=1)
    result = run(experiment)
    script = to_script(result)
    for piece in pieces(experiment):
        head, found, script = script.partition(f"{piece.title}\n{piece.code}")
        assert found
        assert len(head) < 10  # only the number of the piece
    assert differences(result, execute_alone(to_script(result))) < 1e-4


@pytest.mark.parametrize("signal", ["sine", "cosine"])
def test_the_pieces_form_a_program_that_gives_the_last_weights(
    signal: Any, execute: Execute
) -> None:
    experiment = small({"signal": signal, "keep": "last"})
    script = "\n".join(piece.code for piece in pieces(experiment))
    assert differences(run(experiment), execute(script)) < 1e-4


def test_the_solution_of_the_lessons_exercise_is_the_cosine_lesson(execute: Execute) -> None:
    experiment = Experiment.lesson().replace(epochs=1)
    *program, exercise = (piece.code for piece in pieces(experiment))
    solution = exercise.splitlines()[-1].removeprefix("# ")
    changed = re.sub(r"^values = .*", solution, "\n".join(program), flags=re.MULTILINE)
    result = run(Experiment.lesson("cosine").replace(epochs=1))
    assert differences(result, execute(changed)) < 1e-4


def test_the_default_program_is_short() -> None:
    code = "\n".join(piece.code for piece in pieces(Experiment()))
    assert len(code.splitlines()) < 90


@pytest.mark.parametrize(
    "options",
    [{"signal": "nile"}, {"signal": "nile", "window": 1}, {"signal": "cosine"}, {"members": 2}],
    ids=str,
)
def test_the_last_line_of_an_exercise_can_be_put_into_the_program(
    options: dict[str, Any], execute: Execute
) -> None:
    *program, exercise = (piece.code for piece in pieces(small(options)))
    line = exercise.splitlines()[-1].removeprefix("# ")
    name = line.partition(" = ")[0]
    changed, count = re.subn(rf"^{name} = .*", line, "\n".join(program), flags=re.MULTILINE)
    assert count == 1
    assert execute(changed).shape == (20,)


# --- runs that did not simply finish


def stop_after(steps: int) -> Any:
    count = iter(range(10**9))
    return lambda: next(count) >= steps


def continued() -> Result:
    return run(small({"epochs": 2}), resume=run(small({"epochs": 2})))


def on_a_gpu() -> Result:
    return replace(run(small({"members": 2, "linear_path": True, "layers": 2})), device="cuda")


def in_the_middle() -> Result:
    options = {"keep": "last", "cell": "lstm", "feedback": "state", **CLOSED}
    return run(small(options), should_stop=stop_after(9))


def between_epochs() -> Result:
    return run(small({"keep": "last", "batch_size": 500}), should_stop=stop_after(2))


def best_of_a_stopped_run() -> Result:
    return run(
        small({"epochs": 6, "batch_size": 13, "learning_rate": 0.03}), should_stop=stop_after(20)
    )


def at_once() -> Result:
    return run(small({"warm_start": True}), should_stop=lambda: True)


def untrained() -> Result:
    return run(small({}), should_stop=lambda: True)


def diverged() -> Result:
    """A run whose loss is infinite in epoch 4. It kept the best weights before that."""
    step, losses = TorchLearner.step, iter([0.0] * 20 + [np.inf])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TorchLearner, "step", lambda *both: step(*both) + next(losses))
        result = run(small({"epochs": 9, "keep": "last", "batch_size": 13, "learning_rate": 0.03}))
    assert (result.status, result.kept_epoch) == ("diverged", 3)
    return result


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (continued, "continued an earlier one"),
        (on_a_gpu, "on a GPU"),
        (in_the_middle, "in the middle of an epoch"),
    ],
)
def test_training_that_cannot_be_repeated_is_replaced_by_the_weights(
    make: Any, why: str, execute: Execute
) -> None:
    result = make()
    script = to_script(result)
    assert why in script
    assert "optimizer =" not in script
    assert differences(result, execute(script)) < 1e-4


@pytest.mark.parametrize(
    "make", [between_epochs, best_of_a_stopped_run, at_once, untrained, diverged]
)
def test_a_run_that_ended_early_is_trained_again(make: Any, execute: Execute) -> None:
    result = make()
    script = to_script(result)
    assert "base64" not in script
    assert differences(result, execute(script)) < 1e-4


def test_the_threads_of_the_run_are_used() -> None:
    result = replace(run(small({"epochs": 1})), threads=3)
    assert "torch.set_num_threads(3)" in to_script(result)


def test_the_program_says_which_epoch_was_kept() -> None:
    result = replace(run(small({"epochs": 4})), kept_epoch=2)
    assert "# The run kept the weights of epoch 2 of 4, " in to_script(result)
    assert "for epoch in range(1, 2 + 1):" in to_script(result)


# --- series


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("extreme", ["default", "low", "high"])
def test_a_formula_gives_every_bit_of_its_signal(name: str, extreme: str) -> None:
    table = SOURCES[name].parameters
    parameters = {} if extreme == "default" else {k: getattr(o, extreme) for k, o in table.items()}
    experiment = Experiment(
        signal=name, parameters=parameters, points=300, noise=0.1, signal_seed=5
    )
    problem = Problem.of(experiment)
    code = "\n".join(series_code(problem))
    namespace: dict[str, Any] = {"np": np}
    exec(code, namespace)
    np.testing.assert_array_equal(namespace["values"], problem.series.values)
    assert "np.array(\n    [" not in code


def test_numbers_keep_every_bit() -> None:
    values = np.concatenate([np.random.default_rng(0).normal(size=200) * 10.0 ** np.arange(200)])
    values = np.clip(values, -1e18, 1e18)
    values[:5] = [0.0, -0.0, 1e15, -7.0, 5e-324]
    problem = Problem.of(Experiment(), values)
    namespace: dict[str, Any] = {"np": np}
    exec("\n".join(series_code(problem)), namespace)
    np.testing.assert_array_equal(namespace["values"].view(np.int64), values.view(np.int64))
    assert [literal(v) for v in (1.0, -0.0, 0.1, 1e16)] == ["1", "-0.0", "0.1", "1e+16"]


def test_a_series_that_replaces_the_signal_is_written_out(execute: Execute) -> None:
    series = np.cos(np.linspace(0, 9, 120))
    result = run(small({"signal": "sine"}), series=series)
    script = to_script(result)
    assert "np.sin" not in script
    assert differences(result, execute(script)) < 1e-4


def test_own_data_are_reproduced(execute: Execute) -> None:
    days = pd.date_range("2024-01-01", periods=100, freq="D")
    series = pd.Series(100 + np.arange(100.0) % 7, index=days, name="sales")
    result = run(small({"signal": "own", "difference": 7}), series=series)
    script = to_script(result)
    assert 'plt.title("sales")' in script
    assert differences(result, execute(script)) < 1e-4


def test_a_constant_series_is_reproduced(execute: Execute) -> None:
    result = run(small({"warm_start": True, "normalization": "window"}), series=np.full(100, 0.1))
    assert differences(result, execute(to_script(result))) < 1e-4


@pytest.mark.parametrize(
    "name",
    [
        '"); raise SystemExit(1)  # ',
        "'''\"\"\"\nraise SystemExit(1)\n",
        "{1/0} %s \\",
        r"$\frac{1}{",
        "\ud800 \u202e \x00 \r\n",
        "x" * 10_000,
        "",
    ],
)
def test_a_hostile_name_changes_nothing(name: str, execute: Execute) -> None:
    result = run(small({"epochs": 1}), series=Series(np.sin(np.arange(100.0)), name))
    script = to_script(result)
    plain = to_script(run(small({"epochs": 1}), series=Series(np.sin(np.arange(100.0)), "plain")))
    others = [line for line in script.splitlines() if not line.startswith("plt.title(")]
    assert others == [line for line in plain.splitlines() if not line.startswith("plt.title(")]
    assert differences(result, execute(script)) < 1e-4
    json.loads(to_notebook(result).encode("utf-8"))


# --- the notebook


def test_the_notebook_is_valid_and_gives_the_same_forecast(execute_alone: Execute) -> None:
    result = run(small({"normalization": "window"}))
    notebook = json.loads(to_notebook(result))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    cells = notebook["cells"]
    ids = [cell["id"] for cell in cells]
    assert len(set(ids)) == len(ids) == 16
    assert all(re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", id) for id in ids)
    for cell in cells:
        code = {"execution_count", "outputs"} if cell["cell_type"] == "code" else set()
        assert set(cell) == {"cell_type", "id", "metadata", "source"} | code
    codes = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert differences(result, execute_alone("\n".join(codes))) < 1e-4


def test_the_notebook_fits_the_format_of_jupyter() -> None:
    nbformat = pytest.importorskip("nbformat")
    nbformat.validate(json.loads(to_notebook(run(small({"epochs": 1})))))
