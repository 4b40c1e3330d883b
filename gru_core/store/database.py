"""The connection to SQLite or PostgreSQL: one at a time, locked, and with tables up to date."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from gru_core.store.trouble import DAMAGED, NEWER, NOT_OPEN, TAKEN, StoreUnusableError

__all__ = ["Database", "address", "migrate"]

_MIGRATIONS = Path(__file__).parent / "migrations"
#: PostgreSQL's number of the lock that the one writing server holds.
_LOCK = 0x6772_756C
#: How long to wait for it. PostgreSQL may need a moment to see that a process was killed.
_LOCK_PATIENCE = "3s"
_POSTGRESQL = "postgresql+psycopg"


def address(url: str | None, folder: Path) -> URL:
    """The address of the database; without a `url` that of an SQLite file in `folder`.

    Raises:
        StoreUnusableError: it is none of PostgreSQL or SQLite.
    """
    if not url:
        return URL.create("sqlite", database=str(folder / "runs.sqlite"))
    try:
        made = make_url(url)
    except ArgumentError:
        made = URL.create("unknown")
    kind = made.get_backend_name() if made.drivername != "postgres" else "postgresql"
    if kind == "postgresql":
        return made.set(drivername=_POSTGRESQL)
    if kind == "sqlite" and made.database:
        return made
    raise StoreUnusableError(
        "Runs are not kept: GRU_LAB_DATABASE_URL must be an address such as "
        "postgresql://user:password@host/name. Change it, and start this server again."
    )


class Database:
    """One connection, which threads use one after the other.

    SQLite up to version 3.51.2 can damage a database whose journal is a write-ahead log. So the
    journal is the older kind, which is removed after each commit.
    """

    def __init__(self, url: URL) -> None:
        self.url = url
        self._lock = threading.RLock()
        self._engine: Engine | None = None

    @property
    def place(self) -> str:
        """Where it is, for a message: its file, or its address without the password."""
        if self._sqlite:
            return str(self.url.database)
        return self.url.render_as_string(hide_password=True).replace("+psycopg", "")

    @property
    def _sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    def open(self) -> None:
        """Connect, check the file, and bring the tables up to date.

        Raises:
            StoreUnusableError: it is damaged, or a newer version or another server uses it.
            SQLAlchemyError: it cannot be reached or changed.
        """
        arguments: dict[str, Any] = {"connect_timeout": 5}
        if self._sqlite:
            arguments = {"check_same_thread": False}
        engine = create_engine(
            self.url,
            connect_args=arguments,
            poolclass=QueuePool,
            pool_size=1,
            max_overflow=0,
            pool_pre_ping=not self._sqlite,
        )
        event.listen(engine, "connect", self._prepare)
        if self._sqlite:
            # Python's own transactions would leave out changes of tables.
            event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
        self._engine = engine
        try:
            with self.transaction() as connection:
                self._check(connection)
                migrate(connection, self.place)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection, which gives the lock back."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction. When the block ends, it is on the disk; after an error, nothing of it is.

        Raises:
            StoreUnusableError: it is not open.
            SQLAlchemyError: it failed.
        """
        with self._lock:
            if self._engine is None:
                raise StoreUnusableError(NOT_OPEN)
            with self._engine.begin() as connection:
                yield connection

    def _prepare(self, connection: Any, _record: object) -> None:
        """Set up a new connection."""
        if self._sqlite:
            connection.isolation_level = None
            # A damaged text is one wrong value, but not an error of the whole table.
            connection.text_factory = lambda data: data.decode("utf-8", "replace")
            for setting in ("journal_mode = DELETE", "synchronous = FULL", "busy_timeout = 5000"):
                connection.execute(f"PRAGMA {setting}").close()
            return
        # A lock belongs to its connection. After a lost one, the next connection takes it again.
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit TO on")
            cursor.execute(f"SET lock_timeout TO '{_LOCK_PATIENCE}'")
            try:
                cursor.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
            except psycopg.errors.LockNotAvailable:
                connection.close()
                taken = TAKEN.format(place=self.place, setting="GRU_LAB_DATABASE_URL")
                raise StoreUnusableError(taken) from None
        connection.commit()

    def _check(self, connection: Connection) -> None:
        if not self._sqlite:
            return
        found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
        if found != "ok":
            raise StoreUnusableError(
                DAMAGED.format(place=self.place, why=" ".join(str(found).split()))
            )


def migrate(connection: Connection, place: str, target: str = "head") -> None:
    """Make the changes of the tables that are missing. All of them, or none, are made.

    Raises:
        StoreUnusableError: a newer version has changed the tables in a way that is not known here.
    """
    script = ScriptDirectory(str(_MIGRATIONS), version_locations=[str(_MIGRATIONS / "versions")])
    context = MigrationContext.configure(connection)
    current = context.get_current_revision()
    try:
        script.get_revision(current or "base")
    except CommandError:
        raise StoreUnusableError(NEWER.format(place=place)) from None
    missing = list(script.iterate_revisions(target, current or "base"))
    with Operations.context(context):
        for step in reversed(missing):
            step.module.upgrade()
            context.stamp(script, step.revision)
