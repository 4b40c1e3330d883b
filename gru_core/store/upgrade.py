"""`upgrade`: it brings the tables of a database up to date, with Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from gru_core.store.trouble import NEWER, StoreUnusableError

__all__ = ["upgrade"]

_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(connection: Connection, place: str, target: str = "head") -> None:
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
