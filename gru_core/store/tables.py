"""The tables of the database. `migrations` makes them; a test compares both."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

__all__ = ["METADATA", "runs", "series", "tabs"]

METADATA = MetaData()

#: A browser is known by the SHA-256 of its key only. Lists and mappings are JSON. Times are seconds
#: since 1970 in UTC. `number` counts the runs, so that a wrong clock does not change their order.
#: `deleted` is when a user deleted a run that can still come back. `twin` is equal for runs of
#: equal experiments on equal series with equal versions.
runs = Table(
    "runs",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("browser", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("pinned", Boolean, nullable=False),
    Column("status", String(16), nullable=False),
    Column("message", Text, nullable=False),
    Column("experiment", Text, nullable=False),
    Column("series_name", Text, nullable=False),
    Column("series_digest", String(64), nullable=False),
    Column("created", Float(53), nullable=False),
    Column("seconds", Float(53), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("epochs", Integer, nullable=False),
    Column("scores", Text, nullable=False),
    Column("parameters", BigInteger, nullable=False),
    Column("learner", String(32), nullable=False),
    Column("versions", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("continues", String(64)),
    Column("deleted", Float(53)),
    Column("twin", String(64), nullable=False),
    Index("runs_of_a_browser", "browser", "number"),
    Index("runs_of_a_twin", "twin"),
    Index("runs_of_a_series", "series_digest"),
    sqlite_autoincrement=True,
)

#: The series that runs and tabs use. Their values stand in files.
series = Table(
    "series",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
)

#: What each browser tab shows.
tabs = Table(
    "tabs",
    METADATA,
    Column("browser", String(64), primary_key=True),
    Column("tab", String(64), primary_key=True),
    Column("query", Text, nullable=False),
    Column("series_digest", String(64)),
    Column("run", String(64)),
    Column("seen", Float(53), nullable=False),
)
