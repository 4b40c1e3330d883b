"""The program of a run with compiled steps: it loads the weights, and can train again."""

from __future__ import annotations

from typing import Any

import pytest

from gru_core import run
from gru_core.export import to_notebook, to_script
from tests.gru_core.export.conftest import Execute
from tests.gru_core.export.test_programs import CLOSED, differences, small

OPTIONS: list[dict[str, Any]] = [
    {},
    {"cell": "gru-textbook", "layers": 2},
    {"members": 2, "normalization": "window", "linear_path": True},
    {"cell": "lstm", "feedback": "state", "warm_start": True, **CLOSED},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_program_gives_the_forecast_of_the_run(
    options: dict[str, Any], execute: Execute
) -> None:
    result = run(small({"epochs": 20, "keep": "last", **options}))
    assert result.learner == "compiled"
    script = to_script(result)
    assert "TRAIN = False" in script
    assert "optimizer.step()" in script
    assert differences(result, execute(script)) < 1e-4


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_program_trains_again_if_one_asks_for_it(
    options: dict[str, Any], execute: Execute
) -> None:
    """After few epochs, the rounding has changed the weights little."""
    result = run(small({"epochs": 3, "keep": "last", **options}))
    script = to_script(result).replace("TRAIN = False", "TRAIN = True")
    # Without the numbers, it cannot have loaded them.
    head, rest = script.split('WEIGHTS = """')
    script = f'{head}WEIGHTS = """\n"""{rest.partition(chr(34) * 3)[2]}'
    assert differences(result, execute(script)) < 1e-2


def test_a_network_that_was_not_trained_needs_no_weights(execute: Execute) -> None:
    result = run(small({}), should_stop=lambda: True)
    script = to_script(result)
    assert "WEIGHTS" not in script
    assert differences(result, execute(script)) < 1e-4


def test_a_notebook_holds_the_same_program() -> None:
    result = run(small({}))
    assert "TRAIN = False" in to_notebook(result)
