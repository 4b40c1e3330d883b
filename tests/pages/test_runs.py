"""The page Runs: the table, what can be done with its runs, and their comparison."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from gru_core import Result, run
from gru_core.data.series import Series
from gru_core.engine import Engine
from gru_core.engine.keeper import Keeper
from gru_core.experiment.experiment import OWN_DATA, Experiment
from gru_core.packing import pack
from gru_core.store.retention import Limits
from pages.ui import browser, server
from pages.ui.messages import messages
from pages.ui.runs import care
from tests.pages.stored_runs import BROWSER, Kept

WORDS = messages("runs")
SMALL = Experiment(points=80, window=5, hidden_size=4, epochs=2)
HOSTILE = [
    "<script>alert(1)</script>",
    "[click](javascript:alert(1)) **bold** :red[x]",
    r"$\href{javascript:alert(1)}{x}$",
    "‮txet desrever",
    "x" * 300,
]


@pytest.fixture(scope="module")
def results() -> list[Result]:
    return [run(SMALL.replace(window=window)) for window in (5, 8, 12, 20)]


@pytest.fixture
def kept(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    """An empty store, which the pages use."""
    store = Kept(tmp_path)
    keeper = Keeper(lambda: store)
    monkeypatch.setattr(server, "_keeper", keeper)
    monkeypatch.setattr(browser, "key", lambda: BROWSER)  # AppTest has no cookies
    keeper.start()
    yield store
    keeper.close()


@pytest.fixture
def four(kept: Kept, results: list[Result]) -> list[str]:
    """The ids of four runs in the store; the newest is the first row."""
    names = ("five", "eight", "twelve", "twenty")
    return [kept.put(name, result) for name, result in zip(names, results, strict=True)]


@pytest.fixture
def page(visit: Any, kept: Kept) -> Callable[[], Any]:
    return lambda: visit("runs.py")


def rows(session: Any) -> pd.DataFrame:
    """The table as it is drawn."""
    [table] = session.app.get("dataframe")
    return table.value


def edit(session: Any, id: str, **cells: Any) -> None:
    """Edit cells in the row of a run."""
    [table] = session.app.get("dataframe")
    row = list(table.value.index).index(id)
    state = session.app.session_state
    known = dict(state[table.key]["edited_rows"]) if table.key in state else {}
    edited = {number: dict(cells) for number, cells in known.items()}
    edited[row] = edited.get(row, {}) | cells
    state[table.key] = {"edited_rows": edited, "added_rows": [], "deleted_rows": []}
    session.look()


def said(session: Any) -> str:
    """The line that says what came of the last action."""
    [line] = [one for one in session.app.get("bidi_component") if one.key == "runs-said-aloud"]
    return str(json.loads(line.proto.json)["words"])


def chart_names(session: Any) -> list[str]:
    return [key.split("-")[1] for key in session.charts]


def tick(session: Any, *ids: str) -> None:
    for id in ids:
        edit(session, id, show=True)


def button(session: Any, name: str) -> Any:
    return session.button(WORDS(f"actions.{name}"))


# --- the table


def test_without_runs_the_page_says_what_to_do(page: Any) -> None:
    session = page()
    assert WORDS("empty") in session.text("info")
    assert not session.app.get("dataframe")
    session.press(WORDS("train"))
    assert session.button("Train")


def test_the_newest_run_comes_first_and_only_what_differs_is_shown(page: Any, four: Any) -> None:
    session = page()
    table = rows(session)
    assert list(table.index) == four[::-1]
    assert list(table["option.window"]) == [20, 12, 8, 5]
    assert [name for name in table if name.startswith("option.")] == ["option.window"]
    session.app.toggle(key="runs-everything").set_value(True)
    session.look()
    everything = rows(session)
    assert {"option.cell", "option.seed", "series", "smape"} <= set(everything)


def test_one_run_has_no_column_that_differs(page: Any, kept: Kept, results: Any) -> None:
    kept.put("only", results[0])
    assert not [name for name in rows(page()) if name.startswith("option.")]


@pytest.mark.parametrize(
    ("words", "names"),
    [("tw", ["twenty", "twelve"]), ("TWELVE", ["twelve"]), ("good eight", ["eight"]), ("q", [])],
)
def test_a_search_finds_names_and_tags(
    page: Any, kept: Kept, four: Any, words: str, names: list[str]
) -> None:
    kept.tag(four[1], BROWSER, ("good",))
    session = page()
    session.app.text_input(key="runs-find").set_value(words)
    session.look()
    if names:
        assert list(rows(session)["name"]) == names
    else:
        assert WORDS("nothing-found") in session.text("info")


def test_a_search_by_state(page: Any, kept: Kept, four: Any) -> None:
    kept.put("lost", None, status="interrupted")
    session = page()
    session.app.multiselect(key="runs-states").set_value(["interrupted"])
    session.look()
    assert list(rows(session)["name"]) == ["lost"]


def test_a_run_is_renamed_tagged_and_pinned_in_the_table(page: Any, kept: Kept, four: Any) -> None:
    session = page()
    edit(session, four[2], name="  better\n name ", tags="good, long, good,", pinned=True)
    changed = kept.known(four[2])
    assert (changed.name, changed.tags, changed.pinned) == ("better name", ("good", "long"), True)
    edit(session, four[0], name="other")
    assert kept.known(four[0]).name == "other"
    edit(session, four[0], name="")
    assert kept.known(four[0]).name == "other"
    assert kept.known(four[2]).name == "better name"


def test_a_new_run_does_not_move_edits_to_another_row(
    page: Any, kept: Kept, four: Any, results: list[Result]
) -> None:
    session = page()
    edit(session, four[3], name="first row", show=True)
    kept.put("newest", results[0])
    session.look()
    session.look()
    assert list(rows(session)["name"]) == ["newest", "first row", "twelve", "eight", "five"]
    assert list(rows(session)["show"]) == [False, True, False, False, False]


def test_an_edit_is_carried_out_once(page: Any, kept: Kept, four: Any) -> None:
    session = page()
    edit(session, four[0], name="mine")
    kept.rename(four[0], BROWSER, "renamed in another tab")
    session.look()
    assert kept.known(four[0]).name == "renamed in another tab"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_shown_as_text(page: Any, kept: Kept, results: list[Result], name: str) -> None:
    ids = [kept.put(name, results[0]), kept.put(name, None, status="interrupted")]
    session = page()
    tick(session, *ids)
    [shown] = [
        element.value
        for element in session.app.get("html")
        if "run-scores" in element.value and "<table" in element.value
    ]
    assert "<script" not in shown
    drawn = rows(session)["name"].iloc[0]
    assert len(drawn) <= 80
    assert html.escape(drawn) in shown
    assert drawn[:40] in session.text("caption")  # the run without a result
    for part in ("](javascript", "**bold**", "$", "<script", "‮"):
        assert part not in session.markdown().replace(f"\\{part[0]}", "")


# --- the comparison


def test_four_runs_are_compared(page: Any, four: Any, results: list[Result]) -> None:
    session = page()
    assert WORDS("comparison.none") in session.text("info")
    tick(session, *four)
    assert chart_names(session) == ["forecast", "loss", "lead", "scores"]
    losses = session.charts["runs-loss"]["figure"]["data"]
    names = [line["name"] for line in losses if line["mode"] != "text"]
    assert names == ["A · five", "B · eight", "C · twelve", "D · twenty"]
    assert all(rows(session)["letter"])
    assert "What changed from A to D: Window: 5 → 20." in session.text("markdown")
    session.app.selectbox(key="runs-to-A-B-C-D").set_value("B")
    session.look()
    assert "What changed from A to B: Window: 5 → 8." in session.text("markdown")


def test_the_results_are_read_once(page: Any, kept: Kept, four: Any) -> None:
    session = page()
    tick(session, *four)
    session.app.toggle(key="runs-loss-log").set_value(False)
    session.look()
    assert kept.loaded == four
    assert session.charts["runs-loss"]["figure"]["layout"]["yaxis"]["type"] == "linear"


def test_one_run_is_drawn_alone(page: Any, four: Any) -> None:
    session = page()
    tick(session, four[1])
    assert len(session.charts) == 4
    assert "What changed" not in session.text("markdown")


def test_runs_of_other_series_have_other_figures_and_no_compared_scores(
    page: Any, kept: Kept, results: list[Result]
) -> None:
    days = pd.date_range("2024-01-01", periods=80)
    own = Series(np.cos(np.arange(80.0)), "sales", days, "€")
    other = run(SMALL.replace(signal=OWN_DATA), own)
    ids = [kept.put("wave", results[0]), kept.put("sales", other)]
    session = page()
    tick(session, *ids)
    assert chart_names(session) == [
        "forecast",
        "forecast",
        "loss",
        "lead",
        "lead",
        "scores",
        "scores",
    ]
    assert "Their scores cannot be compared: the series differ." in session.text("markdown")
    assert WORDS("comparison.groups", why="the series differ") in session.text("info")


def test_a_run_without_a_result_is_named(page: Any, kept: Kept, four: Any) -> None:
    lost = kept.put("lost", None, status="interrupted")
    live = kept.put("live", None, status="running", epoch=2, epochs=9)
    session = page()
    tick(session, four[0], lost, live)
    words = WORDS("comparison.without", names="lost (interrupted), live (training, epoch 2 of 9)")
    assert words in session.text("caption")
    assert live not in kept.loaded
    assert len(session.charts) == 4


def test_more_runs_than_colours(page: Any, kept: Kept, results: list[Result]) -> None:
    ids = [kept.put(f"run {k}", results[k % 4]) for k in range(9)]
    session = page()
    tick(session, *ids)
    assert WORDS("comparison.first", most=8) in session.text("caption")
    assert (rows(session)["letter"] != "").sum() == 8


# --- what is done with runs


def test_deleted_runs_come_back(page: Any, four: Any) -> None:
    session = page()
    assert button(session, "delete").disabled
    tick(session, four[0], four[3])
    session.press(WORDS("actions.delete"))
    assert list(rows(session).index) == [four[2], four[1]]
    assert not session.charts
    assert said(session) == WORDS("deleted", runs="2 runs")
    session.press(WORDS("actions.undo"))
    assert said(session) == WORDS("restored", runs="2 runs")
    assert list(rows(session).index) == four[::-1]
    assert WORDS("actions.undo") not in [one.label for one in session.app.button]


def test_a_deletion_that_the_store_refuses_says_so(page: Any, kept: Kept, four: Any) -> None:
    kept.delete = lambda ids, browser: False  # type: ignore[method-assign]
    session = page()
    tick(session, four[0])
    session.press(WORDS("actions.delete"))
    assert WORDS("not-done") in session.text("error")
    assert list(rows(session).index) == four[::-1]


def test_a_run_that_goes_on_is_not_deleted(page: Any, kept: Kept, four: Any) -> None:
    live = kept.put("live", None, status="queued")
    session = page()
    tick(session, live)
    assert button(session, "delete").disabled
    assert WORDS("still-active") in session.text("caption")


def test_a_run_is_opened_as_it_was(page: Any, four: Any, results: list[Result]) -> None:
    session = page()
    assert button(session, "open").disabled
    tick(session, four[2])
    session.press(WORDS("actions.open"))
    assert session.value("window") == 12
    assert pack(session.state.result) == pack(results[2])
    assert "forecast" in session.charts


def test_a_run_is_duplicated_without_its_result(page: Any, four: Any) -> None:
    session = page()
    tick(session, four[2])
    session.press(WORDS("actions.duplicate"))
    assert session.value("window") == 12
    assert "forecast" not in session.charts
    assert not session.button("Train").disabled


def test_runs_are_taken_along_and_brought_in(
    page: Any, kept: Kept, four: Any, results: list[Result]
) -> None:
    session = page()
    tick(session, four[0], four[1])
    [ticked] = [[kept.run(id, BROWSER) for id in four[:2]]]
    zipped = care._zipped(ticked)  # AppTest cannot download
    data = zipped()
    session.app.file_uploader[0].upload("runs.zip", data, "application/zip")
    session.look()
    assert list(rows(session)["name"])[:2] == ["eight", "five"]
    assert said(session) == WORDS("imported", runs="2 runs")
    [_, new] = [id for id in rows(session).index if id not in four]
    brought = kept.result(new, BROWSER)
    assert brought is not None
    assert_array_equal(brought.forecast["forecast"], results[0].forecast["forecast"])


def test_a_file_that_holds_no_runs_is_refused_in_words(page: Any, kept: Kept) -> None:
    session = page()
    session.app.file_uploader[0].upload("runs.zip", b"PK nonsense", "application/zip")
    session.look()
    assert "zip" in session.text("error")
    assert not kept.runs(BROWSER)


def test_the_space_and_what_will_go_are_shown(page: Any, kept: Kept, four: Any) -> None:
    session = page()
    assert WORDS("space", runs="4 runs", size="under 1 MB") in session.text("caption")
    kept.limits = Limits(4, 10**9)
    session.look()
    assert WORDS("doomed", names="**five**") in session.text("caption")


def test_a_store_that_cannot_be_used_says_so(page: Any, kept: Kept) -> None:
    kept._refused = "The disk is full."
    assert page().text().count("The disk is full.") == 1
