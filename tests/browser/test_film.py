"""The gate film: its numbers, surgery, the words about a change, and the check."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.cells import gru_step, layers_of, lstm_step, rnn_step
from gru_core.forecast.events import Weights
from gru_core.forecast.problem import Problem
from pages.ui.inside.film import MOST_BYTES, MOST_EPOCHS, epochs_of, series_of
from pages.ui.messages import messages
from pages.ui.network import described
from tests.browser.test_gru_js import random_weights

Array = NDArray[np.float64]
SMALL = {"points": 120, "hidden_size": 4, "window": 6, "horizon": 20}


def in_browser(tab: Any, code: str, *arguments: Any) -> Any:
    """Run `code`, a function body, with everything that the film computes."""
    tab.open("/healthz")
    wrapped = (
        "async (given) => { const all = await Promise.all("
        "['film/surgery', 'film/change', 'film/order']"
        ".map((name) => import(`/assets/${name}.js`)));"
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
                step = lstm_step(x, *states[k], layer)._asdict()
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
EVEN = np.cos(2 * np.pi * (T - 99.5) / 20)  # its own slope is zero
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
    "another shape": (
        WAVE,
        WAVE + 0.03 * np.sin(2 * np.pi * T / 5),
        "Only the shape changes, by 0.0212 (RMSE).",
    ),
    "a steeper trend": (
        0.1 * T + EVEN,
        0.2 * T + EVEN,
        AGAINST + "trend 0.2 per step instead of 0.1, 9.95 higher.",
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
