"""The gate film: its numbers, surgery, the words about a change, and the check."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from numpy.typing import NDArray
from playwright.sync_api import expect

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.cells import gru_step, layers_of, lstm_step, rnn_step
from gru_core.forecast.events import Weights
from gru_core.forecast.problem import Problem
from gru_core.shipped import home
from pages.ui import browser_files
from pages.ui.inside.film import MOST_BYTES, MOST_EPOCHS, epochs_of, series_of
from pages.ui.messages import messages
from pages.ui.network import described
from tests.browser.test_access import AXE, looks
from tests.browser.test_data_and_links import upload
from tests.browser.test_gru_js import random_weights

Array = NDArray[np.float64]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SMALL = {"points": 120, "hidden_size": 4, "window": 6, "horizon": 20}


def in_browser(tab: Any, code: str, *arguments: Any) -> Any:
    """Run `code`, a function body, with everything that the film computes."""
    tab.open("/healthz")
    wrapped = (
        "async (given) => { const all = await Promise.all("
        "['surgery', 'film_change', 'film_order'].map((name) => import(`/assets/${name}.js`)));"
        " const film = Object.assign({}, ...all);"
        f" return ((film, ...given) => {{ {code} }})(film, ...given) }}"
    )
    return tab.page.evaluate(wrapped, list(arguments))


# --- the numbers of the heat maps

COLUMNS = (
    "const one = new film.Film(given[0], given[1]);"
    "const { values, paths } = one.run(given[2]);"
    "const plain = (states) => states.map((step) => Object.fromEntries("
    "  Object.entries(step).map(([name, numbers]) => [name, Array.from(numbers)])));"
    "const moments = paths.map((path, m) => path.columns.map((_, c) => {"
    "  const { x, before, now } = one.moment(m, c, given[2], path);"
    "  return { x, before: plain(before), now: plain(now) }; }));"
    "return { values, moments, paths: paths.map(({ outputs, columns }) =>"
    "  ({ outputs, columns: columns.map(plain) })) };"
)


def numpy_steps(cell: str, weights: Weights, m: int, values: Array) -> list[list[dict[str, Array]]]:
    """What the cells of member m compute for each value, per layer, in double precision."""
    layers = layers_of(weights)
    hidden = weights["linear.weight"].shape[2]
    states = [np.zeros((2, hidden)) for _ in layers]
    steps = []
    for value in values:
        x, column = np.array([value]), []
        for k, stacked in enumerate(layers):
            layer = type(stacked)(*(array[m] for array in stacked))
            layer = layer._replace(input_bias=layer.input_bias[0], hidden_bias=layer.hidden_bias[0])
            if cell == "gru":
                step = gru_step(x, states[k][0], layer)._asdict()
            elif cell == "lstm":
                step = dict(zip(("h", "c"), lstm_step(x, *states[k], layer), strict=True))
            else:
                step = {"h": rnn_step(x, states[k][0], layer)}
            states[k] = np.stack([step["h"], step.get("c", step["h"])])
            x = step["h"]
            column.append(step)
        steps.append(column)
    return steps


FILMS = {
    "gru": {},
    "lstm": {"cell": "lstm"},
    "rnn": {"cell": "rnn"},
    "layers and members": {"layers": 2, "members": 2, "difference": 3},
    "window normalization": {"normalization": "window"},
    "state": {"feedback": "state"},
    "state, window normalization": {"feedback": "state", "normalization": "window"},
}


@pytest.mark.parametrize("kind", FILMS.values(), ids=FILMS)
def test_every_column_of_the_film_equals_the_numpy_cells(
    new_tab: Any, server: Any, kind: dict[str, Any]
) -> None:
    experiment = Experiment(**SMALL | kind)
    problem, weights = Problem.of(experiment), random_weights(experiment)
    series = series_of(problem)
    film = in_browser(new_tab(server), COLUMNS, described(problem, weights), series, [])
    lead, start, W = series["lead"], problem.parts.forecast_start, experiment.window
    assert lead > 0
    assert len(series["times"]) == len(series["truth"]) == lead + 20
    expected = problem.forecast_from(problem.forecaster(weights), start, 20)
    np.testing.assert_allclose(film["values"], expected, rtol=0, atol=1e-3)
    floor = problem.normalization.floor

    def scaled(window: Array) -> tuple[float, float]:
        if floor is None:
            return 0.0, 1.0
        return float(window.mean()), math.sqrt(float(window.var()) + floor**2)

    for m, path in enumerate(film["paths"]):
        outputs = np.array(path["outputs"])
        assert len(path["columns"]) == lead + 20
        for column, states in enumerate(path["columns"]):
            j = column - lead
            if experiment.feedback == "window":
                true = problem.context_of(start + min(j, 0))
                window = np.concatenate([true, outputs[: max(j, 0)]])[-W:]
                level, scale = scaled(window)
                read = (window - level) / scale
            else:
                level, scale = scaled(problem.context)
                whole = np.concatenate([problem.context, outputs])
                read = ((whole - level) / scale)[: W + j]
            steps = numpy_steps(experiment.cell, weights, m, read)
            moment = film["moments"][m][column]
            assert moment["x"] == pytest.approx(read[-1], abs=1e-9)
            for k, step in enumerate(steps[-1]):
                for name, numbers in step.items():
                    np.testing.assert_allclose(states[k][name], numbers, rtol=0, atol=1e-6)
                    np.testing.assert_allclose(moment["now"][k][name], numbers, atol=1e-6)
            if len(steps) > 1:
                for k, step in enumerate(steps[-2]):
                    np.testing.assert_allclose(moment["before"][k]["h"], step["h"], atol=1e-6)


# --- surgery

RUN = "return new film.Film(given[0], given[1]).run(given[2]).values"


@pytest.mark.parametrize("layer", [0, 1])
def test_scaled_weights_give_the_forecast_of_scaled_weights(
    new_tab: Any, server: Any, layer: int
) -> None:
    experiment = Experiment(**SMALL, layers=2, members=2)
    problem, weights = Problem.of(experiment), random_weights(experiment)
    operations = [
        {"kind": "scale", "name": "out", "value": 0.3, "targets": [[1, layer, 2]]},
        {"kind": "scale", "name": "recurrent", "value": 1.7, "targets": [[0, layer, 1]]},
    ]
    network = described(problem, weights)
    ours = in_browser(new_tab(server), RUN, network, series_of(problem), operations)
    reads = "linear.weight" if layer else "rnn.weight_ih_l1"
    weights[reads][1, :, 2] *= 0.3
    weights[f"rnn.weight_hh_l{layer}"][0, 1::4] *= 1.7
    expected = problem.forecast(problem.forecaster(weights))
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-3)


def test_only_the_member_of_a_unit_is_changed(new_tab: Any, server: Any) -> None:
    experiment = Experiment(**SMALL, members=2)
    problem, weights = Problem.of(experiment), random_weights(experiment)
    operations = [{"kind": "mute", "targets": [[1, 0, 2]]}]
    network = described(problem, weights)
    ours = in_browser(new_tab(server), RUN, network, series_of(problem), operations)
    weights["rnn.weight_hh_l0"][1, :, 2] = 0
    weights["linear.weight"][1, :, 2] = 0
    expected = problem.forecast(problem.forecaster(weights))
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-3)


def test_the_ablations_rank_the_units_like_python(new_tab: Any, server: Any) -> None:
    experiment = Experiment(**SMALL, layers=2, members=2)
    problem, weights = Problem.of(experiment), random_weights(experiment)
    whole = problem.forecast(problem.forecaster(weights))
    expected = []
    for m, layer, unit in np.ndindex(2, 2, 4):
        cut = {name: values.copy() for name, values in weights.items()}
        cut[f"rnn.weight_hh_l{layer}"][m, :, unit] = 0
        cut["linear.weight" if layer else "rnn.weight_ih_l1"][m, :, unit] = 0
        changed = problem.forecast(problem.forecaster(cut))
        expected.append(math.sqrt(np.square(changed - whole).mean()))
    code = (
        "const one = new film.Film(given[0], given[1]);"
        "const scores = [...film.ablations(one, 20)];"
        "return [scores, scores.map(({ target }) => film.verdict(scores, target))];"
    )
    network = described(problem, weights)
    scores, verdicts = in_browser(new_tab(server), code, network, series_of(problem))
    assert [score["target"] for score in scores] == [list(t) for t in np.ndindex(2, 2, 4)]
    np.testing.assert_allclose([s["change"] for s in scores], expected, rtol=0, atol=1e-3)
    own = [score["change"] for score in scores]
    for change, verdict in zip(own, verdicts, strict=True):
        assert verdict["rank"] == 1 + sum(other > change for other in own)
        assert verdict["of"] == 16
        assert verdict["passed"] == (change == max(own))


# --- the words about a change

T = np.arange(200)
WAVE = np.sin(2 * np.pi * T / 20)
TREND = 0.1 * T + WAVE
AGAINST = "Against the unchanged network: "
CHANGES = {
    "unchanged": (WAVE, WAVE, "No visible change."),
    "a hair": (WAVE, WAVE + 0.001, "No visible change."),
    "scaled": (WAVE, 0.62 * WAVE, AGAINST + "amplitude −38 %."),
    "larger": (WAVE, 1.5 * WAVE, AGAINST + "amplitude +50 %."),
    "delayed": (WAVE, np.sin(2 * np.pi * (T - 2) / 20), AGAINST + "2 steps late."),
    "ahead": (WAVE, np.sin(2 * np.pi * (T + 1) / 20), AGAINST + "1 step early."),
    "slower": (WAVE, np.sin(2 * np.pi * T / 22), AGAINST + "2 steps late per cycle."),
    "faster": (WAVE, np.sin(2 * np.pi * T / 19), AGAINST + "1 step early per cycle."),
    "smaller and slower": (
        WAVE,
        0.62 * np.sin(2 * np.pi * T / 22),
        AGAINST + "amplitude −38 %, 2 steps late per cycle.",
    ),
    "half the pace": (
        WAVE,
        np.sin(2 * np.pi * T / 40),
        AGAINST + "a cycle takes 40 steps instead of 20.",
    ),
    "higher": (WAVE, WAVE + 0.5, AGAINST + "0.5 higher."),
    "lower": (WAVE, WAVE - 0.5, AGAINST + "0.5 lower."),
    "dying": (WAVE, np.where(T < 40, WAVE, 0.0), "It dies after step 40."),
    "flat": (WAVE, np.zeros(200), "It dies at once: the forecast is flat."),
    "exploding": (
        WAVE,
        WAVE * np.exp(np.maximum(T - 99, 0)),
        "It explodes: from step 103 on, it is far outside the old range.",
    ),
    "scaled on a trend": (TREND, 0.1 * T + 0.62 * WAVE, AGAINST + "amplitude −38 %."),
}


@pytest.mark.parametrize(("old", "new", "expected"), CHANGES.values(), ids=CHANGES)
def test_the_sentence_says_what_changed(
    new_tab: Any, server: Any, old: Array, new: Array, expected: str
) -> None:
    words = messages("film").group("labels.change")
    code = "return film.sentence(film.change(given[0], given[1]), given[2])"
    assert in_browser(new_tab(server), code, old.tolist(), new.tolist(), words) == expected


def test_a_curve_that_is_no_number_any_more_explodes(new_tab: Any, server: Any) -> None:
    code = (
        "const far = [...given[0].slice(0, 30), ...Array(170).fill(NaN)];"
        "return [film.change(given[0], far), film.change(far, given[0])]"
    )
    changed = in_browser(new_tab(server), code, WAVE.tolist())
    assert changed == [{"kind": "explodes", "step": 31}, {"kind": "unknown"}]


# --- the order of the units


def test_units_are_sorted_by_memory_input_and_likeness(new_tab: Any, server: Any) -> None:
    inputs = np.sin(T / 5)
    h = np.stack([np.cos(T / 5), -inputs, inputs, np.cos(T / 5 + 0.1)])
    z = np.array([0.2, 0.9, 0.4, 0.6])
    columns = [[{"h": row.tolist(), "z": z.tolist()}] for row in h.T]
    code = (
        "return ['number', 'memory', 'input', 'likeness'].map((by) =>"
        " film.order(by, given[2], given[0], 0, given[1]))"
    )
    tab = new_tab(server)
    number, memory, by_input, likeness = in_browser(tab, code, columns, inputs.tolist(), "gru")
    assert number == [0, 1, 2, 3]
    assert memory == [1, 3, 2, 0]
    assert by_input[0] == 2
    assert by_input[-1] == 1
    assert likeness == [0, 3, 1, 2]  # the cosines first; −sin is nearer to cos(x + 0.1)
    _, textbook, _, _ = in_browser(tab, code, columns, inputs.tolist(), "gru-textbook")
    assert textbook == [0, 2, 3, 1]


# --- what is sent


def test_few_epochs_and_bytes_are_sent() -> None:
    experiment = Experiment(**SMALL | {"hidden_size": 100})
    weights = random_weights(experiment)
    sent = epochs_of(dict.fromkeys(range(0, 300, 10), weights))
    assert [sent[0]["epoch"], sent[-1]["epoch"]] == [0, 290]
    assert len(json.dumps(sent)) <= 1.01 * MOST_BYTES
    small = random_weights(Experiment(**SMALL))
    assert len(epochs_of(dict.fromkeys(range(300), small))) == MOST_EPOCHS
    assert [entry["epoch"] for entry in epochs_of({3: small, 7: small})] == [3, 7]
    assert epochs_of({}) == []


# --- the screen


def film_of(tab: Any) -> Any:
    return tab.page.locator(".gru-film[data-steps]")


def show_film(tab: Any) -> Any:
    """Guess, and wait for the film."""
    tab.page.get_by_text("It is constant").click()
    film = film_of(tab)
    expect(film).to_be_visible()
    return film


def opened(tab: Any) -> Any:
    """The film of the shipped network."""
    tab.open("/inside", inside="film")
    expect(tab.page.locator(".gru-film")).to_have_count(0)  # the guess comes first
    return show_film(tab)


def curve(film: Any) -> str:
    return str(film.locator(".line .loop").get_attribute("d"))


def field(film: Any, name: str) -> Any:
    return film.locator(f"[name={name}]")


def do(film: Any, name: str) -> Any:
    return film.locator(f"[data-do={name}]")


def sentence(film: Any) -> str:
    return str(film.locator(".sentence").inner_text())


def test_the_numbers_under_the_equations_equal_the_numpy_cells(tab: Any) -> None:
    film = opened(tab)
    experiment, weights = home.read()
    problem = Problem.of(experiment)
    field(film, "unit").fill("8")
    steps = numpy_steps("gru", weights, 0, problem.context)  # what led to the first step
    for name, numbers in steps[-1][0].items():
        shown = film.locator(f"[data-name={name}]").get_attribute("data-value")
        assert float(shown) == pytest.approx(numbers[7], abs=1e-6)
    expect(film.locator(".where")).to_contain_text("Step 1 of the loop (900), unit 8.")
    z, n, before, h = (
        written(numbers[7])
        for numbers in (*map(steps[-1][0].get, "zn"), steps[-2][0]["h"], steps[-1][0]["h"])
    )
    expect(film.locator("[data-name=h]")).to_have_text(
        f"(1 − {z}) ∘ {bracketed(n)} + {z} ∘ {bracketed(before)} = {h}"
    )


def written(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def bracketed(text: str) -> str:
    return f"({text})" if text.startswith("−") else text


def test_muting_a_unit_gives_the_forecast_of_zero_weights(tab: Any) -> None:
    film = opened(tab)
    before = curve(film)
    expect(do(film, "undo")).to_be_disabled()
    field(film, "unit").fill("3")
    do(film, "mute").click()
    expect(film.locator(".done li")).to_have_text(["Muted: unit 3"])
    assert curve(film) != before
    expect(film.locator(".line .ghost")).to_have_count(1)
    experiment, weights = home.read()
    problem = Problem.of(experiment)
    weights = {name: values.copy() for name, values in weights.items()}
    weights["rnn.weight_hh_l0"][..., 2] = 0
    weights["linear.weight"][..., 2] = 0
    expected = problem.forecast(problem.forecaster(weights))
    np.testing.assert_allclose(shown_values(film), expected, rtol=0, atol=1e-3)
    expect(film.locator("[data-name=h]")).to_have_text("h is held at 0")


def shown_values(film: Any) -> list[float]:
    """The forecast on the screen, in data units."""
    return [float(value) for value in str(film.get_attribute("data-values")).split(",")]


def test_undo_restores_exactly(tab: Any) -> None:
    film = opened(tab)
    before = curve(film)
    states = []
    for act in ("mute", "freeze", "hold"):
        states.append((curve(film), sentence(film)))
        do(film, act).click()
    field(film, "scale").fill("1.5")
    expect(film.locator(".done li")).to_have_count(4)
    do(film, "undo").click()
    for left in (2, 1, 0):
        do(film, "undo").click()
        expect(film.locator(".done li")).to_have_count(left)
        assert (curve(film), sentence(film)) == states[left]
    assert curve(film) == before
    do(film, "mute").click()
    do(film, "restore").click()
    assert curve(film) == before
    assert sentence(film) == "Nothing is changed yet."
    expect(film.locator(".line .ghost")).to_have_count(0)


def test_the_guess_can_be_tried(tab: Any) -> None:
    film = opened(tab)
    field(film, "all").check()
    field(film, "hold").fill("1")
    do(film, "hold").click()
    assert sentence(film) == "It dies at once: the forecast is flat."
    assert len(set(shown_values(film))) == 1
    expect(film.locator(".done li")).to_have_text(["z held at 1: all units"])
    field(film, "all").uncheck()
    do(film, "freeze").click()
    expect(film.locator(".done li")).to_have_count(2)


def test_the_check_passes_the_right_unit_and_explains_each_wrong_one(tab: Any) -> None:
    film = opened(tab)
    tab.button("Show the explanation").click()
    expect(tab.page.get_by_text("Which unit matters most?")).to_be_visible()
    replies = {}
    for unit in range(1, 13):
        field(film, "unit").fill(str(unit))
        do(film, "check").click()
        expect(film.locator(".verdict")).to_contain_text(f"unit {unit}")
        expect(film.locator(".verdict")).to_contain_text("RMSE")
        replies[unit] = film.locator(".verdict").inner_text()
    experiment, weights = home.read()
    problem = Problem.of(experiment)
    whole = problem.forecast(problem.forecaster(weights))
    changes = []
    for unit in range(12):
        cut = {name: values.copy() for name, values in weights.items()}
        cut["rnn.weight_hh_l0"][..., unit] = 0
        cut["linear.weight"][..., unit] = 0
        changed = problem.forecast(problem.forecaster(cut))
        changes.append(math.sqrt(np.square(changed - whole).mean()))
    best = 1 + int(np.argmax(changes))
    assert [unit for unit, reply in replies.items() if reply.startswith("Right")] == [best]
    ranks = np.argsort(np.argsort(-np.array(changes))) + 1
    for unit, rank in enumerate(ranks, start=1):
        if unit != best:
            assert f"The rank of unit {unit} is {rank} of 12" in replies[unit]
    assert len(set(replies.values())) == 12
    heaviest = 1 + int(np.argmax(np.abs(weights["linear.weight"])))
    assert "largest weight to the output" in replies[heaviest]
    expect(tab.page.get_by_text("You picked the unit that matters most.")).to_be_visible()


def test_pointing_dragging_and_surgery_send_the_server_nothing(new_tab: Any, server: Any) -> None:
    tab = new_tab(server)
    sent: list[Any] = []

    def listen(socket: Any) -> None:
        socket.on("framesent", lambda payload: sent.append(payload))

    tab.page.on("websocket", listen)
    film = opened(tab)
    tab.page.wait_for_load_state("networkidle")
    assert sent
    sent.clear()
    canvas = film.locator("[data-map=r] canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    seen = set()
    for share in np.linspace(0.02, 0.98, 25):
        tab.page.mouse.move(box["x"] + share * box["width"], box["y"] + share * box["height"])
        frame(tab)
        seen.add((film.get_attribute("data-unit"), film.get_attribute("data-column")))
    assert len(seen) > 20
    expect(film.locator("[data-line=r]")).to_have_class("lit")
    field(film, "scale").scroll_into_view_if_needed()
    slider = field(film, "scale").bounding_box()
    tab.page.mouse.move(slider["x"] + slider["width"] / 2, slider["y"] + slider["height"] / 2)
    tab.page.mouse.down()
    for share in (0.6, 0.7, 0.8, 0.9):
        tab.page.mouse.move(
            slider["x"] + share * slider["width"], slider["y"] + slider["height"] / 2
        )
        frame(tab)
    tab.page.mouse.up()
    expect(film.locator(".done li")).to_have_count(1)  # one drag is one operation
    do(film, "mute").click()
    do(film, "restore").click()
    field(film, "sort").select_option("memory")
    frame(tab)
    assert sent == []


def frame(tab: Any) -> None:
    tab.page.evaluate("() => new Promise((done) => requestAnimationFrame(done))")


def test_everything_works_with_the_keyboard(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, reduced_motion="reduce")
    film = opened(tab)
    stage = film.get_by_role("application", name=re.compile("^Gate film"))
    stage.focus()
    expect(film).to_have_attribute("data-column", "40")
    for key in ("ArrowRight", "Shift+ArrowRight", "ArrowDown", "ArrowDown", "ArrowUp", "r", "c"):
        tab.page.keyboard.press(key)
    expect(film).to_have_attribute("data-column", "51")
    expect(film).to_have_attribute("data-unit", "1")
    expect(film.locator(".aloud")).to_contain_text("Step 12 of the loop (911), unit 2.")
    expect(film.locator(".aloud")).to_contain_text(re.compile(r"r [\d.]+, z [\d.]+, n [−\d.]+"))
    tab.page.keyboard.press("Home")
    expect(film.locator(".where")).to_contain_text("40 steps before the loop closes (860)")
    tab.page.keyboard.press("End")
    expect(film).to_have_attribute("data-column", "139")
    for _ in range(30):  # go back to Mute with Shift and Tab
        tab.page.keyboard.press("Shift+Tab")
        if tab.page.evaluate(FOCUSED) == "mute":
            break
    tab.page.keyboard.press("Enter")
    expect(film.locator(".done li")).to_have_text(["Muted: unit 2"])
    moving = tab.page.evaluate("() => document.getAnimations().length")
    assert moving == 0
    do(film, "restore").press("Enter")
    expect(field(film, "unit")).to_be_focused()


FOCUSED = """() => {
  let focused = document.activeElement;
  while (focused.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
  return focused.dataset.do;
}"""


def test_the_film_is_accessible_and_fits_a_phone(tab: Any) -> None:
    film = opened(tab)
    do(film, "mute").click()
    tab.page.evaluate(AXE_SCRIPT)
    for look in looks(tab):
        assert [look, *tab.page.evaluate(AXE)] == [look]
        assert [look, tab.overflow()] == [look, 0]
    small = film.evaluate(
        "(root) => [...root.querySelectorAll('button, select, input')]"
        ".filter((part) => part.checkVisibility())"
        ".filter((part) => part.clientHeight < 24 || part.clientWidth < 24)"
        ".map((part) => part.outerHTML)"
    )
    assert small == []


def test_a_tap_on_a_phone_chooses_a_unit(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, **PHONE)
    film = opened(tab)
    canvas = film.locator("[data-map=h] canvas")
    box = canvas.bounding_box()
    canvas.tap(position={"x": box["width"] * 0.75, "y": box["height"] * 0.55})
    expect(field(film, "unit")).to_have_value("7")
    expect(film).to_have_attribute("data-column", "105")


def test_a_run_of_ones_own_with_layers_members_and_differences(tab: Any) -> None:
    rows = "\n".join(
        f"{2000 + k // 12}-{k % 12 + 1:02},{0.5 * k + 10 * math.sin(k / 2):.4f}" for k in range(120)
    )
    options = {"hidden_size": 6, "epochs": 3, "layers": 2, "members": 2, "difference": 1}
    tab.open("/lab", signal="own", normalization="window", horizon=12, **options)
    upload(tab, "growth.csv", f"month,height\n{rows}")
    tab.button("Train").click()
    expect(tab.box("Finished after 3 epochs")).to_be_visible()
    tab.page.get_by_role("link", name="Inside").click()
    film = show_film(tab)
    expect(
        tab.page.get_by_text("Your last run: GRU with 6 units, trained on height")
    ).to_be_visible()
    expect(film.locator(".where")).to_contain_text(
        re.compile(r"Step 1 of the loop \(2008-\d\d-01\), unit 1 of layer 1 of member 1")
    )
    field(film, "member").select_option(label="2")
    field(film, "layer").select_option(label="2")
    field(film, "unit").fill("4")
    do(film, "mute").click()
    expect(film.locator(".done li")).to_have_text(["Muted: unit 4 of layer 2 of member 2"])
    do(film, "check").click()
    expect(film.locator(".verdict")).to_contain_text(re.compile("of 24|Right"))
    expect(film.locator(".legend")).to_contain_text("z, r")
    expect(tab.page.get_by_text("a constant output is a straight line here")).to_be_visible()


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
          const film = await import("/assets/film.js");
          film.draw({ parentElement: document.body, data, setTriggerValue() {} });
        }""",
        [browser_files.read("film.html"), data],
    )
    return film_of(tab)
