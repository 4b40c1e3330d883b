"""Progress: nothing that is done is ever lost, and a foreign file is refused in words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_core.errors import DataError
from gru_core.teaching.progress import KINDS, VERSION, Item, Progress

kinds = st.sampled_from(KINDS)
names = st.text(max_size=20)
items = st.builds(Item, st.booleans(), st.integers(0, 10**6))
progresses = st.dictionaries(st.tuples(kinds, names), items, max_size=8).map(Progress)


def test_nothing_is_done_at_first() -> None:
    assert Progress().of("question", "echo") == Item(done=False, tries=0)
    assert Progress().done("question") == frozenset()


def test_tries_are_counted_and_done_stays_done() -> None:
    progress = Progress().tried("question", "echo", False).tried("question", "echo", True)
    assert progress.of("question", "echo") == Item(done=True, tries=2)
    assert progress.tried("question", "echo", False).of("question", "echo") == Item(True, 3)
    assert progress.done("question") == {"echo"}
    assert progress.done("exercise") == frozenset()


@given(progresses, kinds, names, st.booleans())
def test_a_try_changes_only_its_own_item(
    progress: Progress, kind: Any, name: str, passed: bool
) -> None:
    after = progress.tried(kind, name, passed)
    others = {key: item for key, item in after.items.items() if key != (kind, name)}
    before = {key: item for key, item in progress.items.items() if key != (kind, name)}
    assert others == before
    assert after.of(kind, name).tries == progress.of(kind, name).tries + 1


@given(progresses)
def test_a_file_gives_equal_progress(progress: Progress) -> None:
    text = progress.to_json()
    assert Progress.from_json(text) == progress
    assert Progress.from_json(text.encode()) == progress


@given(progresses, progresses)
def test_merging_loses_nothing(one: Progress, other: Progress) -> None:
    both = one.merged(other)
    assert both == other.merged(one)
    assert both.merged(other) == both
    for kind in KINDS:
        assert both.done(kind) == one.done(kind) | other.done(kind)
    for key in one.items.keys() | other.items.keys():
        assert both.of(*key).tries == max(one.of(*key).tries, other.of(*key).tries)


def file(**changes: Any) -> str:
    """The text of a good file, with some changes."""
    row = {"kind": "question", "name": "echo", "done": True, "tries": 1}
    good = {"format": "gru-lab-progress", "version": VERSION, "items": [row]}
    return json.dumps(good | changes)


def row(**changes: Any) -> str:
    """The text of a good file, with some changes in its only item."""
    return file(items=[{"kind": "question", "name": "echo", "done": True, "tries": 1} | changes])


def test_a_file_has_its_version_and_an_item_twice_is_merged() -> None:
    assert json.loads(Progress().to_json())["version"] == VERSION
    assert Progress.from_json(file()).done("question") == {"echo"}
    twice = json.loads(file())["items"] * 2
    twice[1] = twice[1] | {"done": False, "tries": 4}
    assert Progress.from_json(file(items=twice)).of("question", "echo") == Item(True, 4)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "damaged, or it holds no progress"),
        ("[" * 100_000, "damaged, or it holds no progress"),
        (b"\xff\xfe\x00", "damaged, or it holds no progress"),
        (file()[:-5], "damaged, or it holds no progress"),
        ("[]", "does not come from GRU Lab"),
        ("1e3", "does not come from GRU Lab"),
        ('{"epochs": 100}', "does not come from GRU Lab"),
        (file(format="other"), "does not come from GRU Lab"),
        (file(version=VERSION + 1), "comes from a newer GRU Lab"),
        (file(version=0), "version of this file is 0"),
        (file(version="1"), "version of this file is '1'"),
        (file(version=True), "version of this file is True"),
        (file(items={}), "list of items in this file is damaged"),
        (file(items=["echo"]), "item in this file is damaged: 'echo'"),
        (row(kind="answer"), "item in this file is damaged"),
        (row(name=3), "item in this file is damaged"),
        (row(done=1), "item in this file is damaged"),
        (row(tries=-1), "item in this file is damaged"),
        (row(tries=True), "item in this file is damaged"),
        (row(tries=1.5), "item in this file is damaged"),
        (" " * 1_000_001, "too large"),
    ],
)
def test_a_bad_file_is_refused_with_cause_and_fix(text: str | bytes, cause: str) -> None:
    with pytest.raises(DataError, match=cause) as caught:
        Progress.from_json(text)
    assert "Choose a file" in str(caught.value) or "Open it in the newer" in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(json_values, json_values)
def test_any_other_json_is_progress_or_a_clean_error(items: Any, version: Any) -> None:
    for text in (json.dumps(items), file(items=items), file(version=version), file(items=[items])):
        try:
            progress = Progress.from_json(text)
        except DataError:
            continue
        assert Progress.from_json(progress.to_json()) == progress
