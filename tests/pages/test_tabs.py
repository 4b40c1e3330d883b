"""Which session shows which tab: reloads, second tabs, lost connections, closed tabs."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from streamlit import runtime

from gru_core.store import TabState
from pages.ui import tabs

NOW = datetime.now(UTC)


class Visits:
    """The sessions that are connected, and the one that asks."""

    def __init__(self) -> None:
        self.connected: set[str] = set()
        self.asking = ""

    def ask(self, session: str) -> None:
        self.connected.add(session)
        self.asking = session

    def is_active_session(self, session: str) -> bool:
        return session in self.connected


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> Visits:
    made = Visits()
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: made)
    monkeypatch.setattr(tabs, "get_script_run_ctx", lambda: SimpleNamespace(session_id=made.asking))
    monkeypatch.setattr(tabs, "_shown", {})
    monkeypatch.setattr(tabs, "_alone", set())
    return made


def state(tab: str, query: str = "") -> TabState:
    return TabState(tab, query, None, None, NOW)


def take(known: list[TabState] | None = None, alone: bool = False, **query: str) -> str:
    tab, _ = tabs.take(known or [], query, alone=alone)
    return tab


def test_a_reload_goes_on_with_the_same_tab(visits: Visits) -> None:
    visits.ask("first")
    tab = take()
    visits.connected.remove("first")
    assert not tabs.present(f"{tab}/lab")
    visits.ask("second")
    assert take([state(tab)]) == tab
    assert tabs.present(f"{tab}/lab")


def test_a_second_tab_is_a_new_one(visits: Visits) -> None:
    visits.ask("first")
    tab = take()
    visits.ask("second")
    other = take([state(tab)])
    assert other != tab
    assert tabs.present(f"{tab}/lab")
    assert tabs.present(f"{other}/lab")


def test_after_a_restart_of_the_server_the_newest_tab_goes_on(visits: Visits) -> None:
    visits.ask("first")
    assert take([state("newest"), state("older")]) == "newest"
    visits.ask("second")
    assert take([state("newest"), state("older")]) == "older"
    visits.ask("third")
    assert take([state("newest"), state("older")]) not in ("newest", "older")


def test_an_address_with_other_settings_is_a_new_tab(visits: Visits) -> None:
    visits.ask("first")
    known = [state("other", "window=24"), state("same", "window=12&patience=")]
    assert take(known, window="12", patience="") == "same"
    visits.ask("second")
    assert take(known, window="3") not in ("other", "same")


def test_a_session_that_comes_back_too_late_has_lost_its_tab(visits: Visits) -> None:
    visits.ask("slow")
    tab = take()
    assert tabs.stay(tab)
    visits.connected.remove("slow")
    visits.ask("new")
    assert take([state(tab)]) == tab
    visits.ask("slow")
    assert not tabs.stay(tab)


def test_work_of_a_visitor_who_is_alone_goes_on(visits: Visits) -> None:
    visits.ask("first")
    tab = take(alone=True)
    visits.connected.clear()
    assert tabs.present(f"{tab}/lab")


def test_tabs_that_nobody_shows_are_forgotten_in_the_end(
    visits: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tabs, "_MOST", 10)
    for k in range(100):
        visits.ask(f"session {k}")
        take()
        visits.connected.clear()
    assert len(tabs._shown) <= 10


def test_an_unknown_owner_is_not_there(visits: Visits) -> None:
    assert not tabs.present("nobody/lab")
