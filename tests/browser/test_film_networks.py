"""The gate film of any network, without the page around it: every cell, long loops, epochs."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.problem import Problem
from pages.ui import browser_files
from pages.ui.inside.film import epochs_of, series_of
from pages.ui.messages import messages
from pages.ui.network import described
from tests.browser.test_film import SMALL
from tests.browser.test_film_screen import do, field, film_of, shown_values
from tests.browser.test_gru_js import random_weights


def test_a_long_loop_is_first_shown_in_part_and_then_in_full(new_tab: Any, server: Any) -> None:
    experiment = Experiment(points=400, hidden_size=128, window=20, horizon=150, holdout=0.4)
    problem = Problem.of(experiment)
    # Small weights: then rounding errors do not grow in the loop.
    weights = {name: values * 0.1 for name, values in random_weights(experiment).items()}
    data = {
        "network": json.dumps(described(problem, weights)),
        "series": json.dumps(series_of(problem)),
        "epochs": "",
    }
    tab = new_tab(server)
    film = mounted(tab, data)
    expect(film).to_have_attribute("data-steps", "150")
    expected = problem.forecast(problem.forecaster(weights))
    np.testing.assert_allclose(shown_values(film), expected, rtol=0, atol=1e-3)
    first, *_, last = tab.page.evaluate("() => window.steps")
    assert first < 150
    assert last == 150


def test_the_slider_over_the_epochs_shows_each_network(new_tab: Any, server: Any) -> None:
    experiment = Experiment(**SMALL)
    problem, weights = Problem.of(experiment), random_weights(experiment)
    early = {name: values * 0.5 for name, values in weights.items()}
    data = {
        "network": json.dumps(described(problem, weights)),
        "series": json.dumps(series_of(problem)),
        "epochs": json.dumps(epochs_of({3: early, 7: weights})),
    }
    film = mounted(new_tab(server), data)
    expect(field(film, "epoch-now")).to_have_text("kept")
    whole = shown_values(film)
    np.testing.assert_allclose(
        whole, problem.forecast(problem.forecaster(weights)), rtol=0, atol=1e-3
    )
    field(film, "epoch").fill("0")
    expect(field(film, "epoch-now")).to_have_text("3")
    np.testing.assert_allclose(
        shown_values(film), problem.forecast(problem.forecaster(early)), rtol=0, atol=1e-3
    )
    field(film, "epoch").fill("2")
    assert shown_values(film) == whole


@pytest.mark.parametrize(
    ("cell", "maps", "gates", "orders"),
    [
        ("lstm", ["i", "f", "g", "o", "c", "h"], ["f", "i", "o"], 4),
        ("rnn", ["h"], [], 3),
    ],
)
def test_every_cell_has_its_own_maps_and_gates(
    new_tab: Any, server: Any, cell: str, maps: list[str], gates: list[str], orders: int
) -> None:
    experiment = Experiment(**SMALL, cell=cell, feedback="state")
    problem, weights = Problem.of(experiment), random_weights(experiment)
    data = {
        "network": json.dumps(described(problem, weights)),
        "series": json.dumps(series_of(problem)),
        "epochs": "",
    }
    film = mounted(new_tab(server), data)
    found = film.locator(".map").evaluate_all("(maps) => maps.map((map) => map.dataset.map)")
    assert found == maps
    held = field(film, "gate").locator("option")
    assert held.evaluate_all("(options) => options.map(({ value }) => value)") == gates
    expect(field(film, "sort").locator("option")).to_have_count(orders)
    expect(film.locator(".notes")).to_contain_text("The hidden state is carried")
    expect(film.locator(".equations li")).to_have_count(len(maps))
    if gates:
        do(film, "hold").click()
        expect(film.locator(".done li")).to_have_text(["f held at 1: unit 1"])
        expect(film.locator("[data-name=f]")).to_have_text("f is held at 1")
        number = r"(−?[\d.]+(e−\d+)?)"
        whole = re.compile(rf"^{number} ∘ tanh\({number}\) = {number}$")
        expect(film.locator("[data-name=h]")).to_have_text(whole)
    else:
        expect(do(film, "hold")).to_be_hidden()


def mounted(tab: Any, data: dict[str, str]) -> Any:
    """The film of any network, on an empty page. `window.steps` lists the lengths of its loops."""
    tab.open("/healthz")
    data = data | {"labels": json.dumps(messages("film").group("labels"))}
    tab.page.evaluate(
        """async ([html, data]) => {
          document.body.innerHTML = html;
          const root = document.querySelector(".gru-film");
          window.steps = [];
          new MutationObserver(() => window.steps.push(Number(root.dataset.steps)))
            .observe(root, { attributeFilter: ["data-steps"] });
          const film = await import("/assets/film/film.js");
          film.draw({ parentElement: document.body, data, setTriggerValue() {} });
        }""",
        [browser_files.read("film/film.html"), data],
    )
    return film_of(tab)
