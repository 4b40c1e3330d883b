"""The README says what is: its tables are current, its commands exist, its code runs."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

from gru_core.experiment import reference

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_tables_of_options_and_signals_are_current() -> None:
    table = re.search(r"<!-- options: .*? -->\n(.*?)\n<!-- end -->", README, flags=re.DOTALL)
    assert table is not None
    assert table[1] == f"{reference.options_table()}\n\n{reference.signals_table()}"


def test_two_commands_of_one_line_do_all_the_setup() -> None:
    run, test = (block.strip() for block in blocks("sh")[:2])
    for command, last in ((run, "streamlit run app.py"), (test, "python -m pytest")):
        assert "\n" not in command
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install -r requirements")
        assert command.endswith(last)


def test_the_ci_runs_the_readmes_test_command() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert "grep -m1 'python -m pytest' README.md" in script
    first = next(line for line in README.splitlines() if "python -m pytest" in line)
    assert first == blocks("sh")[1].strip()


def test_every_file_that_is_named_exists() -> None:
    for path in re.findall(r"-r (\S+\.txt)", README):
        assert (ROOT / path).is_file()
    for path in ("app.py", "pages", "gru_core", "tests/browser", "tests/benchmarks"):
        assert (ROOT / path).exists()


def test_the_notebook_code_names_what_there_is() -> None:
    import gru_core
    from gru_core.forecast.result import Result

    evaluation = importlib.import_module("gru_core.judgement.evaluation").Evaluation
    owners = {"result": Result, "Experiment": gru_core.Experiment, "evaluate": evaluation}
    for node in ast.walk(ast.parse("\n".join(blocks("python")))):
        if isinstance(node, ast.ImportFrom):
            module = importlib.import_module(str(node.module))
            assert all(hasattr(module, alias.name) for alias in node.names)
        if isinstance(node, ast.Attribute):
            value = node.value.func if isinstance(node.value, ast.Call) else node.value
            assert isinstance(value, ast.Name)
            owner = owners[value.id]
            assert node.attr in {*dir(owner), *getattr(owner, "__annotations__", {})}


def test_every_environment_variable_is_documented() -> None:
    sources = [path.read_text() for path in (ROOT / "gru_core").rglob("*.py")]
    used = {name for text in sources for name in re.findall(r'"(GRU_LAB_[A-Z_]+)"', text)}
    assert used
    assert used == set(re.findall(r"^\| `(GRU_LAB_[A-Z_]+)`", README, flags=re.MULTILINE))
