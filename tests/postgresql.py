"""A PostgreSQL server for tests, in a temporary folder. It listens on a socket in that folder."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from tests.waiting import PATIENCE, wait_until

__all__ = ["HOW_TO_GET_IT", "Cluster", "cluster", "programs"]

HOW_TO_GET_IT = (
    "PostgreSQL's programs are not here, so only SQLite is tested. "
    "On Debian: apt-get install postgresql"
)


def programs() -> Path | None:
    """The folder with `initdb` and `postgres`, or None."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    complete = [f for f in folders if (f / "initdb").exists() and (f / "postgres").exists()]
    return complete[0] if complete else None


class Cluster:
    """A server that runs. Its one database is emptied for each test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def address(self) -> str:
        return f"postgresql://lab@/postgres?host={self.folder}"

    def execute(self, command: str) -> list[Any]:
        with psycopg.connect(self.address, autocommit=True) as connection:
            cursor = connection.execute(command)
            return cursor.fetchall() if cursor.description else []

    def emptied(self) -> str:
        """The address of the database, from which all is removed."""
        self.disconnect()
        self.execute("DROP SCHEMA public CASCADE")
        self.execute("CREATE SCHEMA public")
        return self.address

    def disconnect(self) -> None:
        """End all other connections."""
        others = "FROM pg_stat_activity WHERE datname = 'postgres' AND pid <> pg_backend_pid()"
        self.execute(f"SELECT pg_terminate_backend(pid, 5000) {others}")

    def answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            return bool(self.execute("SELECT 1"))
        return False


@contextlib.contextmanager
def cluster(bin: Path) -> Iterator[Cluster]:
    """A server that lives as long as the block."""
    # The path of a socket must be short.
    folder = Path(tempfile.mkdtemp(prefix="lab-pg-", dir="/tmp"))
    other: dict[str, Any] = {}
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        user = next(u for u in pwd.getpwall() if u.pw_name in ("postgres", "nobody"))
        os.chown(folder, user.pw_uid, user.pw_gid)
        other = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    data = folder / "data"
    make = [bin / "initdb", "-D", data, "-U", "lab", "-A", "trust", "-E", "UTF8"]
    make += ["--no-locale", "--no-sync"]
    done = subprocess.run(make, cwd=folder, capture_output=True, text=True, check=False, **other)
    assert done.returncode == 0, done.stderr
    options = {"listen_addresses": "", "unix_socket_directories": folder, "fsync": "off"}
    start = [bin / "postgres", "-D", data]
    start += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(start, cwd=folder, stdout=log, stderr=log, **other)
    try:
        made = Cluster(folder)
        wait_until(lambda: made.answers() or server.poll() is not None, "PostgreSQL")
        assert server.poll() is None, (folder / "log").read_text()
        yield made
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: nobody needs these data again
        server.wait(PATIENCE)
        shutil.rmtree(folder)
