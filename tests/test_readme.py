"""The READMEs are true: tables are current, paths and commands exist, code names exist."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
from pathlib import Path

import pytest

from gru_core.experiment import reference

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CORE = (ROOT / "gru_core" / "README.md").read_text(encoding="utf-8")
TESTS = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
ALL = {"README.md": README, "gru_core/README.md": CORE, "tests/README.md": TESTS}

#: A path in the repository, such as `tests/pages/` or `app.py`.
PATH = re.compile(
    r"(?<![\w./-])(?:(?:tests|gru_core|pages|\.ci)/[\w./-]*|[\w-]+\.(?:py|md|txt))\b/?"
)


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("name", "current"),
    [("options", reference.options_table()), ("signals", reference.signals_table())],
)
def test_the_tables_are_current(name: str, current: str) -> None:
    table = re.search(rf"<!-- {name}: .*? -->\n(.*?)\n<!-- end -->", CORE, flags=re.DOTALL)
    assert table is not None
    assert table[1] == current, "python -m gru_core.experiment.reference prints the new tables"


def test_two_commands_of_one_line_do_all_the_setup() -> None:
    run, test = (block.strip() for block in blocks("sh")[:2])
    two_processes = "python -m pytest -n 2 --dist loadfile --no-loadscope-reorder"
    for command, last in ((run, "streamlit run app.py"), (test, two_processes)):
        assert "\n" not in command
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install -r requirements")
        assert command.endswith(last)


def test_the_small_torch_has_the_version_of_the_requirements() -> None:
    small = re.search(r"pip install (torch==\S+) --index-url \S+/whl/cpu`", README)
    assert small is not None
    assert small[1] in (ROOT / "requirements.txt").read_text().splitlines()


def test_the_ci_runs_the_test_command_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert "grep -m1 'python -m pytest' README.md" in script
    first = next(line for line in README.splitlines() if "python -m pytest" in line)
    assert first == blocks("sh")[1].strip()


@pytest.mark.parametrize("name", ALL)
def test_every_path_exists(name: str) -> None:
    paths = set(PATH.findall(ALL[name]))
    assert len(paths) > 5
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", ALL)
def test_every_module_that_is_run_exists(name: str) -> None:
    modules = set(re.findall(r"python3? -m ([\w.]+)", ALL[name]))
    assert modules
    assert [module for module in modules if importlib.util.find_spec(module) is None] == []


def test_every_benchmark_is_listed() -> None:
    files = (ROOT / "tests" / "benchmarks").glob("[!_]*.py")
    benchmarks = {path.stem for path in files if not path.stem.startswith("test_")}
    assert set(re.findall(r"python -m tests\.benchmarks\.(\w+)", TESTS)) == benchmarks


def test_every_room_is_in_the_map() -> None:
    folder = ROOT / "gru_core"
    rooms = {path.name for path in folder.glob("*.py")} - {"__init__.py"}
    rooms |= {f"{path.parent.name}/" for path in folder.glob("*/__init__.py")}
    assert set(re.findall(r"^\| `gru_core/(\S+)` \|", CORE, flags=re.MULTILINE)) == rooms


ADDITIONS = (
    "signal option baseline cell figure page screen question exercise"  # as the README calls them
)


@pytest.mark.parametrize("what", ADDITIONS.split())
def test_the_core_readme_says_how_to_add_something_in_five_lines(what: str) -> None:
    section = re.search(rf"### An? {what}\n\n(.*?)\n\n", CORE, flags=re.DOTALL)
    assert section is not None
    assert [line[:2] for line in section[1].splitlines()] == ["1.", "2.", "3.", "4.", "5."]


def test_the_notebook_code_uses_names_that_exist() -> None:
    import gru_core.export.archive
    from gru_core.data.reading import Table
    from gru_core.forecast.result import Result
    from gru_core.judgement.evaluation import Evaluation

    owners = {
        "result": Result,
        "Experiment": gru_core.Experiment,
        "evaluate": Evaluation,
        "read_table": Table,
        "Path": Path,
        "archive": gru_core.export.archive,
    }
    for node in ast.walk(ast.parse("\n".join(blocks("python")))):
        if isinstance(node, ast.ImportFrom):
            module = importlib.import_module(str(node.module))
            assert [alias.name for alias in node.names if not hasattr(module, alias.name)] == []
        if isinstance(node, ast.Attribute):
            value = node.value.func if isinstance(node.value, ast.Call) else node.value
            assert isinstance(value, ast.Name)
            owner = owners[value.id]
            assert node.attr in {*dir(owner), *getattr(owner, "__annotations__", {})}


def test_every_environment_variable_is_documented() -> None:
    sources = [
        path.read_text() for room in ("gru_core", "pages") for path in (ROOT / room).rglob("*.py")
    ]
    used = {name for text in sources for name in re.findall(r'"(GRU_LAB_[A-Z_]+)"', text)}
    assert used
    assert used == set(re.findall(r"^\| `(GRU_LAB_[A-Z_]+)`", README, flags=re.MULTILINE))
