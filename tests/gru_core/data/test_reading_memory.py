"""After a large file is read, the process keeps little more than the numbers."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from gru_core.data.reading.memory import lines_of

ROOT = Path(__file__).parents[3]
READ = """
import gc
import numpy as np
from gru_core.data.reading import read_table

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

read_table("v\\n1\\n2\\n3")  # loads what reading needs
source = "\\n".join(f"{value:.3f}" for value in np.linspace(100, 200, 600_000)).encode()
gc.collect()
before = resident()
table = read_table(source)
gc.collect()
needed = table.data.memory_usage().sum() + table.rows.nbytes
print(len(source), needed, resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_process_keeps_only_the_numbers_of_a_large_file() -> None:
    done = subprocess.run(
        [sys.executable, "-c", READ], capture_output=True, text=True, check=True, cwd=ROOT
    )
    size, needed, kept = map(int, done.stdout.split())
    assert size > 4_000_000
    assert kept < needed + 16e6  # the strings of the cells took over 60 MB


@pytest.mark.parametrize("text", ["", "a", "a\n", "a\r\nb\rc\n\nd", "\r\r\n\n", "a\x0bb\u2028c\n"])
def test_lines_are_cut_as_in_a_file(text: str) -> None:
    assert list(lines_of(text)) == list(io.StringIO(text, newline=""))
