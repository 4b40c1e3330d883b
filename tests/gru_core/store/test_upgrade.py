"""A database of an older version is upgraded with all its rows; one of a newer version is left."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from gru_core.store import database, tables, upgrade
from gru_core.store.migrations import NEWEST
from tests.gru_core.same import same
from tests.gru_core.store.conftest import Place
from tests.gru_core.store.made import ME, a_result, a_run

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("runs", sa.Column("stars", sa.Integer, nullable=False, server_default="3"))
    op.create_table("notes", sa.Column("text", sa.Text))
    op.execute("UPDATE runs SET name = 'old ' || name")
"""


@pytest.fixture
def changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The migrations with one more, whose file is returned."""
    folder = tmp_path / "migrations"
    shutil.copytree(upgrade._MIGRATIONS, folder)
    more = folder / "versions" / "v0002_stars.py"
    more.write_text(NEXT)
    monkeypatch.setattr(upgrade, "_MIGRATIONS", folder)
    monkeypatch.setattr(database, "NEWEST", "next")
    return more


def test_the_last_migration_is_named_as_the_newest() -> None:
    folder = upgrade._MIGRATIONS
    script = ScriptDirectory(str(folder), version_locations=[str(folder / "versions")])
    assert script.get_heads() == [NEWEST]


def test_the_migrations_make_the_tables(place: Place) -> None:
    store = place.store()
    with store.database.transaction() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.METADATA) == []
    store.close()


def test_an_older_database_is_upgraded_and_its_runs_are_there(
    place: Place, request: pytest.FixtureRequest
) -> None:
    store, result = place.store(), a_result()
    id = a_run(store, result)
    store.close()
    request.getfixturevalue("changed")
    store = place.store()
    assert store.trouble == ""
    (run,) = store.runs(ME)
    assert run.name == f"old {result.series.name}"
    assert same(store.result(id, ME), result)
    with store.database.transaction() as connection:
        assert connection.execute(sa.text("SELECT stars FROM runs")).scalar() == 3
    store.close()


def test_a_migration_that_fails_changes_nothing(
    place: Place, request: pytest.FixtureRequest
) -> None:
    store = place.store()
    a_run(store)
    store.close()
    more: Path = request.getfixturevalue("changed")
    more.write_text(NEXT + '    op.execute("no SQL")\n')
    broken = place.store()
    assert broken.trouble
    assert broken.runs(ME) == []
    more.write_text(NEXT)
    mended = place.store()
    assert mended.trouble == ""
    assert mended.runs(ME)[0].name.startswith("old ")
    mended.close()


def test_a_database_of_a_newer_version_is_not_touched(place: Place) -> None:
    store = place.store()
    id = a_run(store)
    with store.database.transaction() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'later'"))
        connection.execute(sa.text("UPDATE runs SET status = 'running'"))
    store.close()
    before = contents(place.folder)
    older = place.store()
    assert "newer version" in older.trouble
    assert older.runs(ME) == []
    assert not older.delete([id], ME)
    older.close()
    assert contents(place.folder) == before


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
