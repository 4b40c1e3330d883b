"""What nobody waits for: on a new machine, the kernels of all cells are compiled in time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gru_core.forecast.cells import GATES
from gru_core.training import compile_ahead
from gru_core.training.compile_ahead import compiling_ahead
from tests.gru_core.training.new_machine import environment_at
from tests.waiting import PATIENCE, wait_until

LINE = [sys.executable, "-m", "gru_core.training.compile_ahead"]
#: The same, but it gives way to nobody. On a busy machine, a test would wait too long for it.
SOON = "import os; del os.nice; from gru_core.training.compile_ahead import main; main()"


def process_at(home: Path, cached: tuple[str, ...]) -> tuple[subprocess.Popen[bytes], Path]:
    """The process on a machine that has compiled the kernels of some cells; and its folder."""
    environment = environment_at(home)
    code = "from gru_core.training.kernels.cache import FOLDER; print(FOLDER, end='')"
    line = [sys.executable, "-c", code]
    found = subprocess.run(line, env=environment, check=True, capture_output=True, text=True)
    folder = Path(found.stdout)
    for cell in cached:
        (folder / cell).touch()
    line = [sys.executable, "-c", SOON]
    return subprocess.Popen(line, env=environment, stdin=subprocess.PIPE), folder


def test_it_compiles_what_is_missing(tmp_path: Path) -> None:
    process, folder = process_at(tmp_path, ("gru", "gru-textbook", "lstm"))
    with process:
        assert process.wait(PATIENCE) == 0
    assert (folder / "rnn").exists()
    compiled = {file.name.split(".")[0] for file in folder.rglob("*.nbi")}
    assert compiled >= {"unroll", "loops", "adam"}


def test_it_ends_when_its_input_closes(tmp_path: Path) -> None:
    process, folder = process_at(tmp_path, ())
    with process:
        pass  # it would need a minute
    assert process.returncode == 0
    assert not any((folder / cell).exists() for cell in GATES)


@pytest.mark.parametrize(
    ("cached", "starts"),
    [((), False), (("lstm",), False), (("gru",), True), (("gru", "rnn"), True), (GATES, False)],
)
def test_it_starts_after_the_first_run_where_a_cell_is_missing(
    cached: tuple[str, ...], starts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes: list[subprocess.Popen[bytes]] = []

    def start(line: list[str], **options: Any) -> subprocess.Popen[bytes]:
        assert line == LINE
        processes.append(subprocess.Popen([sys.executable, "-c", ""], **options))
        return processes[-1]

    monkeypatch.setattr(compile_ahead, "is_cached", lambda cell: cell in cached)
    monkeypatch.setattr(compile_ahead, "Popen", start)
    with compiling_ahead():
        assert len(processes) == starts
        # The system forgets it as it ends.
        wait_until(lambda: all(one.returncode == 0 for one in processes), "the process's end")
