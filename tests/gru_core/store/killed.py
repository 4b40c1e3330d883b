"""Kill a process at each point of its way to the disk, and see what the next one finds.

    python -m tests.gru_core.store.killed end FOLDER [URL]
    python -m tests.gru_core.store.killed open FOLDER [URL]

A child of this process kills itself before its first call that changes the disk, another one before
its second call, and so on, until a child comes to its end. For each, one line of JSON tells what is
found afterwards. This process has one thread only, so it may fork.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from gru_core.store import Store
from tests.gru_core.same import same
from tests.gru_core.store.made import ME, a_progress, a_result

RESULT, PROGRESS = a_result(), a_progress()


def die_before(call: int) -> None:
    """From now on, kill this process before the call with this number that changes the disk."""
    left = call

    def count(*_: Any, **__: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            count()
            return function(*args, **kwargs)

        return call

    for name in ("fsync", "replace", "unlink"):
        setattr(os, name, counted(getattr(os, name)))
    for name in ("before_cursor_execute", "commit"):
        sa.event.listen(sa.Engine, name, count)


def end(call: int, place: tuple[Path, str | None]) -> None:
    """Keep a run, and die before a call of `end`."""
    store, id = Store(*place), f"run{call}"
    store.open()
    assert store.add(id, ME, RESULT.experiment, RESULT.series), store.trouble
    assert store.started(id, PROGRESS.started)
    assert store.checkpoint(id, PROGRESS), store.trouble
    die_before(call)
    assert store.end(id, "finished", RESULT.reason, RESULT)


def after_end(call: int, place: tuple[Path, str | None]) -> dict[str, Any]:
    """The state of the run after the kill. All runs before it must be there, too."""
    store, id = Store(*place), f"run{call}"
    store.open()
    assert not store.trouble, store.trouble
    assert len(store.runs(ME)) == call + 1
    run, result = store.run(id, ME), store.result(id, ME)
    assert run is not None
    assert result is not None
    whole = run.status == "finished"
    expected = RESULT.checkpoint if whole else PROGRESS.checkpoint
    assert same(result.checkpoint, expected)
    assert result.status == run.status
    store.close()
    drafts = [str(path) for path in place[0].rglob("*.unfinished")]
    return {"status": run.status, "drafts": drafts}


def opened(call: int, place: tuple[Path, str | None]) -> None:
    """Open a new store, and die before a call that makes its tables."""
    die_before(call)
    Store(*place).open()


def after_opened(call: int, place: tuple[Path, str | None]) -> dict[str, Any]:
    """The tables after the kill: none or all. Then the store must open."""
    url = place[1] or f"sqlite:///{place[0] / 'runs.sqlite'}"
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    tables = sorted(sa.inspect(engine).get_table_names()) if place[0].exists() else []
    engine.dispose()
    store = Store(*place)
    store.open()
    assert not store.trouble, store.trouble
    assert store.add(f"run{call}", ME, RESULT.experiment, RESULT.series), store.trouble
    store.close()
    if place[1] is None:
        (place[0] / "runs.sqlite").unlink()
    else:
        with sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:")).begin() as now:
            now.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return {"tables": tables}


def main(what: str, folder: str, url: str | None = None) -> None:
    place = Path(folder), url
    act, look = {"end": (end, after_end), "open": (opened, after_opened)}[what]
    for call in range(1000):
        child = os.fork()
        if not child:
            act(call, place)
            os._exit(0)
        _, how = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(how)
        assert killed or how == 0
        print(json.dumps({"killed": killed} | look(call, place)), flush=True)
        if not killed:
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
