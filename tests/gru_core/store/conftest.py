"""A store on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gru_core.store import Store
from tests import postgresql


class Place(NamedTuple):
    """Where a store is: a folder, and the address of a database or None."""

    folder: Path
    url: str | None

    def store(self, **options: Any) -> Store:
        """A store here that is open."""
        store = Store(*self, **options)
        store.open()
        return store


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgresql.Cluster]:
    bin = postgresql.programs()
    if bin is None:
        pytest.skip(postgresql.HOW_TO_GET_IT)
    with postgresql.cluster(bin) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A new place on each kind of database."""
    if request.param == "sqlite":
        return Place(tmp_path / "lab", None)
    return Place(tmp_path / "lab", request.getfixturevalue("cluster").new_database())


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    """An open store on each kind of database."""
    store = place.store()
    assert store.trouble == ""
    yield store
    store.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Place:
    """A new place with SQLite."""
    return Place(tmp_path / "lab", None)
