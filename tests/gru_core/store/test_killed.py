"""A process that is killed loses nothing that was acknowledged, and leaves nothing half done."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.gru_core.store.conftest import Place

ROOT = Path(__file__).parents[3]


def killed(what: str, place: Place) -> list[dict[str, Any]]:
    """What is found after each kill. The last process came to its end."""
    command = [sys.executable, "-m", "tests.gru_core.store.killed", what, str(place.folder)]
    done = subprocess.run(
        command + ([place.url] if place.url else []),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_server_killed_while_it_keeps_a_result_has_the_result_or_the_checkpoint(
    place: Place,
) -> None:
    found = killed("end", place)
    statuses = [one["status"] for one in found]
    first = statuses.index("finished")
    assert 2 <= first < len(found) - 1
    assert statuses == ["interrupted"] * first + ["finished"] * (len(found) - first)
    assert not any(one["drafts"] for one in found)
    assert [one["killed"] for one in found] == [True] * (len(found) - 1) + [False]


def test_a_server_killed_while_it_makes_the_tables_leaves_none_or_all(place: Place) -> None:
    tables = [one["tables"] for one in killed("open", place)]
    complete = ["alembic_version", "runs", "series", "tabs"]
    assert tables[0] == []
    assert tables[-1] == complete
    assert {tuple(one) for one in tables} == {(), tuple(complete)}
    assert len(tables) > 8
