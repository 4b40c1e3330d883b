"""The screen "Memory and gradients" for an own network: the worker, and what the screen says."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from gru_core.forecast.problem import Problem
from gru_core.shipped.networks import network
from pages.ui.inside.memory import LARGEST, inputs_of
from pages.ui.messages import messages
from pages.ui.network import described
from tests.browser._mount import component_of, end, mounted, show
from tests.browser.test_loop_map_scenes import assert_round
from tests.browser.test_memory import CELLS, back, compute, given_network, row, screen, texts

# --- the worker


def given_data(*, hidden: int, cell: str = "gru") -> tuple[dict[str, Any], Any]:
    """The data of the component for an own network and one that ships, and the own network."""
    network_, _ = given_network(cell, hidden=hidden)
    inputs = np.random.default_rng(3).normal(size=60).tolist()
    own = {"after": network_, "before": network_, "inputs": inputs, "note": ""}
    experiment, weights = network("gru-after")
    problem = Problem.of(experiment)
    shipped = described(problem, weights)
    both = [
        {"key": "own", "name": "Own"} | own,
        {"key": "gru", "name": "GRU", "after": shipped, "before": shipped, "note": ""}
        | {"inputs": inputs_of(problem).tolist()},
    ]
    labels = texts.group("labels")
    return {"networks": json.dumps(both), "labels": labels, "explained": False}, own


def test_a_worker_computes_the_own_network_and_new_data_end_its_job(
    new_tab: Any, server: Any
) -> None:
    tab = new_tab(server)
    large, _ = given_data(hidden=300, cell="lstm")
    small, own = given_data(hidden=4)
    with tab.page.expect_worker() as first:
        mounted(tab, component_of("inside", "memory"), large)
    drawing = screen(tab)
    expect(drawing).to_have_attribute("data-computing", "true")
    assert row(drawing, "GRU")  # the network that ships is there at once
    expect(drawing.locator(".panels .computing")).to_contain_text("Own: computing")
    expect(drawing.locator(".facts")).to_contain_text("Own: computing")
    expect(drawing.locator("tbody tr", has_text="Own").locator("td").first).to_have_text("…")
    drawing.locator(".back").fill("3")  # the page answers while the worker computes
    expect(drawing).to_have_attribute("data-back", "3")
    drawing.get_by_role("radio", name="GRU").check()
    expect(drawing.locator(".facts")).to_contain_text("of 12 units")
    expect(drawing).to_have_attribute("data-computing", "true")

    with first.value.expect_event("close"):
        show(tab, small)
    expect(drawing).to_have_attribute("data-computing", "false")
    expect(drawing.locator(".facts")).to_contain_text("of 4 units")
    drawing.locator(".back").fill("2")
    code = "return memory.gradients(given[0], given[1])"
    lines = compute(new_tab(server), code, own["after"], own["inputs"])
    expected = [lines[name][2] for name in ("whole", "whole", "direct", "rest")]
    assert row(drawing, "Own") == pytest.approx(expected, rel=0.05)  # two digits are shown


def test_the_worker_ends_with_the_drawing(new_tab: Any, server: Any) -> None:
    tab = new_tab(server)
    data, _ = given_data(hidden=300, cell="lstm")
    with tab.page.expect_worker() as started:
        mounted(tab, component_of("inside", "memory"), data)
    with started.value.expect_event("close"):
        end(tab)


@pytest.mark.parametrize("cell", CELLS)
def test_the_worker_finds_what_the_page_would_find(new_tab: Any, server: Any, cell: str) -> None:
    _, own = given_data(hidden=5, cell=cell)
    tab = new_tab(server)
    tab.open("/healthz")
    at_once, shares, answer = tab.page.evaluate(
        """async (own) => {
          const { Jobs } = await import("/assets/shared/jobs.js");
          const { computed } = await import("/assets/memory/numbers.js");
          const jobs = new Jobs("memory/worker.js");
          const shares = [];
          const answer = await new Promise((done) =>
            jobs.ask("own", own, done, ({ share }) => shares.push(share)));
          jobs.end();
          return [computed(own), shares, answer];
        }""",
        own,
    )
    assert answer == {"kind": "computed"} | at_once
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] == 1
    memories = [unit["gate"] or unit["measured"] for unit in answer["units"]]
    assert memories == sorted(memories)


# --- the screen


def test_the_own_network_has_a_panel_of_its_own(tab: Any) -> None:
    tab.open("/lab", points=120, hidden_size=6, epochs=5)
    tab.button("Train").click()
    expect(tab.box("Finished after 5 epochs")).to_be_visible()
    tab.page.get_by_role("link", name="Inside", exact=True).click()
    tab.page.get_by_text(texts("title"), exact=True).first.click()
    tab.page.get_by_text(texts("predict.choices.little"), exact=True).click()
    drawing = screen(tab)
    expect(drawing).to_have_attribute("data-computing", "false")
    expect(drawing.locator(".panels figure")).to_have_count(4)
    expect(drawing.get_by_role("radio", name=texts("networks.own"))).to_be_checked()
    back(tab).fill("5")
    assert len(row(drawing, texts("networks.own"))) == 4  # before training, too
    back(tab).fill("20")  # longer than the window of 10: the network remembers nothing beyond it
    assert row(drawing, texts("networks.own")) == []


def test_a_very_large_own_network_is_not_shown_and_the_screen_says_so(tab: Any) -> None:
    tab.open("/lab", points=60, hidden_size=LARGEST + 1, epochs=1)
    tab.button("Train").click()
    expect(tab.box("Finished after 1 epoch")).to_be_visible()
    tab.page.get_by_role("link", name="Inside", exact=True).click()
    tab.page.get_by_text(texts("title"), exact=True).first.click()
    tab.page.get_by_text(texts("predict.choices.little"), exact=True).click()
    said = texts("networks.large", units=LARGEST + 1, most=LARGEST)
    expect(tab.page.get_by_text(said)).to_be_visible()
    expect(screen(tab).locator("tbody tr")).to_have_count(3)


OWN: dict[str, dict[str, Any]] = {
    "lstm": {"members": 2, "layers": 2, "cell": "lstm", "normalization": "window"},
    "textbook": {"cell": "gru-textbook", "difference": 1, "feedback": "state", "members": 2},
}


@pytest.mark.parametrize("kind", OWN)
def test_both_screens_say_what_they_show_of_an_own_network(tab: Any, kind: str) -> None:
    tab.open("/lab", points=150, hidden_size=2, epochs=2, window=8, **OWN[kind])
    tab.button("Train").click()
    expect(tab.box("Finished after 2 epochs")).to_be_visible()
    tab.page.get_by_role("link", name="Inside", exact=True).click()
    tab.page.get_by_text(texts("title"), exact=True).first.click()
    tab.page.get_by_text(texts("predict.choices.little"), exact=True).click()
    expect(screen(tab)).to_have_attribute("data-computing", "false")
    expect(screen(tab).locator(".facts")).to_contain_text("of 2 units")
    back(tab).fill("3")
    assert len(row(screen(tab), texts("networks.own"))) == 4
    note = screen(tab).locator(".note")
    expect(note).to_contain_text(texts("networks.first_member", members=2))
    own_note = texts("networks.last_layer" if kind == "lstm" else "networks.textbook")
    expect(note).to_contain_text(own_note)

    loop = messages("loop_map")
    tab.page.get_by_text(loop("title"), exact=True).first.click()
    tab.page.get_by_text(loop("predict.choices.curve"), exact=True).click()
    drawing = tab.page.locator(".gru-loop-map")
    drawing.get_by_text(loop("networks.own"), exact=True).click()
    about = drawing.locator(".about")
    expect(about).to_contain_text(loop("networks.first_member", members=2))
    names = ["last_layer", "lstm", "window"] if kind == "lstm" else ["about_map", "changes"]
    for name in names:
        expect(about).to_contain_text(loop(f"networks.{name}"))
    for axis in ("level", "time"):
        assert_round(drawing.locator(f".output .{axis}").all_text_contents())


def test_a_worker_that_breaks_is_reported(new_tab: Any, server: Any) -> None:
    data, _ = given_data(hidden=5)
    tab = new_tab(server)
    tab.page.route(
        "**/assets/memory/worker.js",
        lambda route: route.fulfill(body="throw new Error()", content_type="text/javascript"),
    )
    mounted(tab, component_of("inside", "memory"), data)
    expect(tab.page.get_by_text(texts("labels.failed", name="Own")).first).to_be_visible()
