"""A store on each kind of database."""

from __future__ import annotations

import os
import tempfile
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


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory, where there is one: a disk takes 20 ms for each write that must last."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as made:
        yield Path(made)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, folder: Path) -> Place:
    """A new place on each kind of database."""
    if request.param == "sqlite":
        return Place(folder / "lab", None)
    return Place(folder / "lab", request.getfixturevalue("cluster").emptied())


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    """An open store on each kind of database."""
    store = place.store()
    assert store.trouble == ""
    yield store
    store.close()


@pytest.fixture
def sqlite(folder: Path) -> Place:
    """A new place with SQLite."""
    return Place(folder / "lab", None)
