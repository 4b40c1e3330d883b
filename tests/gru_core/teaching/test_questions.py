"""The questions: every answer is computed, and every answer has its own text."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from gru_core.experiment.gallery import GALLERY
from gru_core.forecast.parameters import parameter_count
from gru_core.shipped import networks
from gru_core.teaching.measured import ONE_LAYER, TWO_LAYERS, measured
from gru_core.teaching.questions import QUESTIONS, Question
from gru_core.training.run import run

CATALOGUE = Path(__file__).parents[3] / "pages/ui/messages/en/questions.toml"
TEXTS = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))

#: What learners get wrong, and the question that shows it.
MISCONCEPTIONS = {
    "z points the wrong way": ("z-direction", "backwards"),
    "reset before equals reset after": ("reset-place", "before"),
    "one bias is enough": ("two-biases", "only-the-sum"),
    "my parameter count differs": ("parameter-count", "one-bias"),
    "every library has the same gate order": ("gate-order", "z-first"),
    "gates are on or off": ("gates-on-off", "on-off"),
    "the other end of the gate keeps": ("gates-on-off", "other-end"),
    "the hidden size is the number of steps": ("hidden-steps", "as-many-as-steps"),
    "batch_first changes h_n": ("batch-first", "batch-first-too"),
    "output has all layers": ("output-h_n", "every-layer"),
    "memory goes on between windows": ("between-windows", "carried-on"),
    "a low loss is a good forecast": ("low-loss", "the-same"),
    "a forecast reads true values": ("teacher-forced", "true-values"),
    "it lags, so it predicts": ("lag", "looks-close"),
    "a GRU solves vanishing gradients": ("vanishing", "solved"),
    "more layers help": ("more-layers", "twice-as-good"),
    "a plain RNN remembers": ("echo", "remembers"),
}

NAMES = list(QUESTIONS)
WRONG = [(name, key) for name, question in QUESTIONS.items() for key in question.wrong]


def shown(name: str, key: str = "right") -> str:
    """The text that a learner sees after the answer `key`."""
    texts, numbers = TEXTS[name], QUESTIONS[name].numbers(key)
    text = texts["right"] if key == "right" else texts["wrong"][key]
    return str(text.format(**numbers))


def asked(name: str) -> str:
    return str(TEXTS[name]["ask"].format(**QUESTIONS[name].numbers()))


# --- the questions and their texts belong together


def test_every_question_has_texts_and_no_text_is_left_over() -> None:
    assert list(TEXTS) == NAMES
    for name, question in QUESTIONS.items():
        assert question.name == name
        assert set(TEXTS[name]) == {"ask", "right", "wrong"}
        assert list(TEXTS[name]["wrong"]) == list(question.wrong)


@pytest.mark.parametrize("row", MISCONCEPTIONS)
def test_every_misconception_has_a_question_with_its_answer(row: str) -> None:
    name, key = MISCONCEPTIONS[row]
    assert key in QUESTIONS[name].wrong


def test_every_question_is_about_a_misconception() -> None:
    assert {name for name, _ in MISCONCEPTIONS.values()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_texts_use_the_numbers_of_the_question(name: str) -> None:
    texts, question = TEXTS[name], QUESTIONS[name]
    used: set[str] = set()
    for text in (texts["ask"], texts["right"], *texts["wrong"].values()):
        used |= {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}
    assert used - {"right", "answer"} == set(question.given)
    assert "{right}" not in texts["ask"]
    assert "{answer}" not in texts["ask"] + texts["right"]
    for text in (asked(name), shown(name), *(shown(name, key) for key in question.wrong)):
        assert "{" not in text
        assert "nan" not in text


def test_every_wrong_answer_has_its_own_sentence() -> None:
    sentences = [shown(name, key) for name, key in WRONG]
    assert len(set(sentences)) == len(WRONG)


# --- the answers


@pytest.mark.parametrize("name", NAMES)
def test_the_answers_of_a_question_look_different(name: str) -> None:
    choices = QUESTIONS[name].choices
    assert len({text for _, text in choices}) == len(choices) >= 3
    assert {key for key, _ in choices} == {"right", *QUESTIONS[name].wrong}
    assert QUESTIONS[name].choices == choices


def test_the_right_answer_is_not_always_at_the_same_place() -> None:
    places = [[key for key, _ in q.choices].index("right") for q in QUESTIONS.values()]
    assert set(places) == {0, 1, 2}


@pytest.mark.parametrize("name", NAMES)
def test_no_answer_stands_ready_in_the_numbers_given(name: str) -> None:
    """Except in two questions, which ask for one of the numbers shown."""
    if name in ("teacher-forced", "hidden-steps", "between-windows"):
        return
    question = QUESTIONS[name]
    assert question.numbers()["right"] not in [
        question.numbers()[given] for given in question.given
    ]


def test_numbers_are_written_for_people() -> None:
    question = Question("a", {"x": 0.123456, "y": 1234}, (1, 2), {"other": "none"})
    assert question.numbers("other") == {
        "x": "0.123",
        "y": "1,234",
        "right": "(1, 2)",
        "answer": "none",
    }


# --- the truth, from another source than the question's own code


def torch_gru(**biases: list[float]) -> nn.GRU:
    """PyTorch's GRU with 1 unit, all weights 0 except those given."""
    gru = nn.GRU(1, 1)
    with torch.no_grad():
        for name, parameter in gru.named_parameters():
            values = torch.tensor(biases.get(name, [0.0, 0.0, 0.0]))
            parameter.copy_(values.reshape(parameter.shape))
    return gru


def logit(share: float) -> float:
    return float(np.log(share / (1 - share)))


def state_after(gru: nn.GRU, h: float, steps: int = 1) -> float:
    _, after = gru(torch.zeros(steps, 1, 1), torch.full((1, 1, 1), h))
    return float(after.item())


def test_z_direction_is_that_of_pytorch() -> None:
    given = QUESTIONS["z-direction"].given
    bias = [0.0, logit(given["z"]), float(np.arctanh(given["n"]))]
    after = state_after(torch_gru(bias_ih_l0=bias), given["h"])
    assert QUESTIONS["z-direction"].right == pytest.approx(after, abs=1e-6)


@pytest.mark.parametrize(("name", "h"), [("gates-on-off", 1.0), ("vanishing", 1.0)])
def test_what_stays_after_some_steps_is_that_of_pytorch(name: str, h: float) -> None:
    given = QUESTIONS[name].given
    after = state_after(torch_gru(bias_ih_l0=[0.0, logit(given["z"]), 0.0]), h, given["steps"])
    assert QUESTIONS[name].right == pytest.approx(after, abs=1e-6)


@pytest.mark.parametrize("name", ["reset-place", "two-biases"])
def test_the_candidate_is_that_of_pytorch(name: str) -> None:
    given, z = QUESTIONS[name].given, 1e-6
    h = given.get("h", 0.0)
    gru = torch_gru(
        weight_hh_l0=[0.0, 0.0, given.get("w", 0.0)],
        bias_ih_l0=[logit(given["r"]), logit(z), given.get("b_in", 0.0)],
        bias_hh_l0=[0.0, 0.0, given.get("b", given.get("b_hn"))],
    )
    assert QUESTIONS[name].right == pytest.approx(state_after(gru, h), abs=1e-5)


def test_the_gate_order_is_that_of_pytorch() -> None:
    given = QUESTIONS["gate-order"].given
    bias = [given["first"], given["second"], given["third"]]
    gru = torch_gru(bias_ih_l0=bias)
    # From h = 0, the new state is (1 − z) · tanh(third). So z is known from it.
    z = 1 - state_after(gru, 0.0) / np.tanh(given["third"])
    assert QUESTIONS["gate-order"].right == pytest.approx(z, abs=1e-5)


def test_what_a_plain_rnn_forgets_is_that_of_pytorch() -> None:
    question = QUESTIONS["echo"]
    rnn = nn.RNN(1, 1, bias=False)
    with torch.no_grad():
        rnn.weight_hh_l0.fill_(question.given["w"])
    start = torch.full((1, 1, 1), question.given["start"])
    _, after = rnn(torch.zeros(question.given["steps"], 1, 1), start)
    assert question.right == pytest.approx(after.item(), abs=1e-6)
    _, after = rnn(torch.zeros(1, 1, 1), start)
    assert question.wrong["one-step"] == pytest.approx(after.item(), abs=1e-6)


def test_the_parameters_are_those_of_pytorch() -> None:
    question = QUESTIONS["parameter-count"]
    gru = nn.GRU(1, question.given["hidden"])
    assert question.right == sum(p.numel() for p in gru.parameters())
    one_bias = question.right - gru.bias_hh_l0.numel()
    assert question.wrong["one-bias"] == one_bias


def test_the_shapes_are_those_of_pytorch() -> None:
    question = QUESTIONS["batch-first"]
    B, W, H = (question.given[key] for key in ("batch", "window", "hidden"))
    output, h_n = nn.GRU(1, H, batch_first=True)(torch.zeros(B, W, 1))
    assert question.right == tuple(h_n.shape)
    assert question.wrong["every-step"] == tuple(output.shape)
    question = QUESTIONS["hidden-steps"]
    _, h_n = nn.GRU(1, question.given["hidden"])(torch.zeros(question.given["window"], 1, 1))
    assert question.right == h_n.numel()


def test_output_and_h_n_share_as_many_states_as_in_pytorch() -> None:
    question = QUESTIONS["output-h_n"]
    gru = nn.GRU(1, 3, question.given["layers"], batch_first=True)
    output, h_n = gru(torch.randn(1, question.given["window"], 1))
    shared = sum(any(torch.equal(a, b) for b in output[0]) for a in h_n[:, 0])
    assert question.right == shared


def test_the_network_that_reads_a_window_again_is_the_one_on_home() -> None:
    question = QUESTIONS["between-windows"]
    experiment, weights = networks.network("home")
    gru, linear = nn.GRU(1, experiment.hidden_size), nn.Linear(experiment.hidden_size, 1)
    state = {name: torch.from_numpy(values[0].copy()) for name, values in weights.items()}
    gru.load_state_dict({n[4:]: v for n, v in state.items() if n.startswith("rnn.")})
    linear.load_state_dict({n[7:]: v for n, v in state.items() if n.startswith("linear.")})
    series = np.sin(np.arange(1000) * 100 / 999)
    train = series[:810]  # without the holdout of 100 values and the validation part of 90
    before = torch.tensor(series[900 - experiment.window : 900], dtype=torch.float32)
    inputs = (before - train.mean()) / train.std()

    def forecast(values: torch.Tensor) -> float:
        return float(
            linear(gru(values.reshape(-1, 1, 1))[0][-1]).item() * train.std() + train.mean()
        )

    assert question.right == pytest.approx(forecast(inputs[-question.given["window"] :]), abs=1e-4)
    assert question.wrong["carried-on"] == pytest.approx(forecast(inputs), abs=1e-4)


def test_low_loss_and_teacher_forcing_are_those_of_a_new_run() -> None:
    """Another processor rounds differently. The stored run may differ a little."""
    result = run(GALLERY["Trained for one step, used for a hundred"].broken)
    table, question = result.forecast, QUESTIONS["low-loss"]
    assert question.right == pytest.approx(abs(table["forecast"] - table["actual"]).mean(), rel=0.1)
    one_step = abs(table["one_step"] - table["actual"]).mean()
    assert question.given["error"] == pytest.approx(one_step, rel=0.1)
    question = QUESTIONS["teacher-forced"]
    row = table.iloc[question.given["lead"] - 1]
    assert question.right == pytest.approx(row["forecast"], abs=0.05)
    assert question.wrong["true-values"] == pytest.approx(row["actual"])


def test_the_lagging_model_is_worse_than_copying() -> None:
    question = QUESTIONS["lag"]
    assert question.right > 1 > question.wrong["moved-back"] > question.wrong["looks-close"]
    assert question.given["correlation"] > 0.99


# --- one layer against two


def test_one_and_two_layers_have_about_as_many_parameters() -> None:
    assert TWO_LAYERS.layers == 2 * ONE_LAYER.layers
    assert parameter_count(TWO_LAYERS) == pytest.approx(parameter_count(ONE_LAYER), rel=0.02)
    same = TWO_LAYERS.replace(layers=ONE_LAYER.layers, hidden_size=ONE_LAYER.hidden_size)
    assert same == ONE_LAYER


def test_the_measured_errors_of_layers_are_like_those_of_new_runs() -> None:
    """One seed, because it is quick. The stored errors are medians over five."""
    one, two = (run(e.replace(seed=2)).scores["rmse"] for e in (ONE_LAYER, TWO_LAYERS))
    assert one < 0.02 < two
    assert measured().one_layer < 0.02 < measured().two_layers


# --- the language of the texts


@pytest.mark.parametrize("name", NAMES)
def test_a_question_with_its_answers_is_short(name: str, words: Callable[[str], int]) -> None:
    answers = sum(words(text) for _, text in QUESTIONS[name].choices)
    assert words(asked(name)) + answers <= 60


@pytest.mark.parametrize(("name", "key"), [(name, "right") for name in NAMES] + WRONG)
def test_an_explanation_is_short(name: str, key: str, words: Callable[[str], int]) -> None:
    assert words(shown(name, key)) <= 40


@pytest.mark.parametrize("name", NAMES)
def test_sentences_have_at_most_20_words_on_average(
    name: str, words_per_sentence: Callable[[str], float]
) -> None:
    for text in (asked(name), *(shown(name, key) for key in ("right", *QUESTIONS[name].wrong))):
        assert words_per_sentence(text) <= 20
