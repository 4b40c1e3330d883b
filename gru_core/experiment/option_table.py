"""`OptionTable`: every option of an experiment, written once.

This is the only place that defines the options: name, type, range, default, unit, title and help.
The widgets, the query string, the validation and the README's table all come from `OPTIONS`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gru_core.data.sources import SOURCES
from gru_core.options import Option, table_of

__all__ = ["GROUPS", "OPTIONS", "OWN_DATA", "OptionTable", "Parameters"]

#: The signal of an experiment with the user's own series.
OWN_DATA = "own"

#: The groups of options and their titles, in the order of the page.
GROUPS: Mapping[str, str] = {
    "signal": "Signal",
    "model": "Model",
    "training": "Training",
    "forecast": "Forecast",
}

#: The largest whole number that a browser stores exactly.
LARGEST_SEED = 2**53 - 1


class Parameters(Mapping[str, float]):
    """The parameters of a signal. They cannot be changed, and their order does not matter."""

    def __init__(self, values: Mapping[str, float] | None = None) -> None:
        self._values = dict(values or {})

    def __getitem__(self, name: str) -> float:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return repr(self._values)


class OptionTable(BaseModel):
    """All options of a run: the signal, the network, the training and the forecast.

    Each is checked by itself. `Experiment` also checks them together.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    signal: Annotated[
        str,
        Option(
            title="Signal",
            help="The series that the network learns. You can make a synthetic signal longer or "
            "noisier. Real signals come with the app. Your own data can be a CSV file or pasted "
            "numbers.",
            group="signal",
            labels={name: source.title for name, source in SOURCES.items()}
            | {OWN_DATA: "My own data"},
        ),
    ] = "sine"
    points: Annotated[
        int,
        Option(
            title="Points",
            help="How many values a synthetic signal has.",
            unit="values",
            low=20,
            high=20_000,
            group="signal",
        ),
    ] = 1000
    noise: Annotated[
        float,
        Option(
            title="Noise",
            help="Random noise added to a synthetic signal, as a share of the signal's own "
            "standard deviation. No forecast can be better than the noise.",
            low=0.0,
            high=2.0,
            group="signal",
        ),
    ] = 0.0
    signal_seed: Annotated[
        int,
        Option(
            title="Signal seed",
            help="Selects the random noise, or the random walk. The same number gives the same "
            "series.",
            low=0,
            high=LARGEST_SEED,
            group="signal",
            advanced=True,
        ),
    ] = 0
    parameters: Parameters = Field(default=Parameters(), validate_default=True)

    window: Annotated[
        int,
        Option(
            title="Window",
            help="How many past values the network reads before it predicts the next one. It "
            "should be long enough to tell where in its cycle the series is.",
            unit="values",
            low=1,
            high=1000,
            group="model",
        ),
    ] = 10
    cell: Annotated[
        Literal["gru", "gru-textbook", "lstm", "rnn"],
        Option(
            title="Cell",
            help="The type of recurrent cell. A GRU has two gates. The textbook GRU resets the "
            "hidden state before the matrix, not after it, and its update gate has the opposite "
            "meaning. An LSTM has three gates and a second state. A plain RNN has no gates.",
            group="model",
            labels={
                "gru": "GRU",
                "gru-textbook": "Textbook GRU",
                "lstm": "LSTM",
                "rnn": "Plain RNN (tanh)",
            },
        ),
    ] = "gru"
    hidden_size: Annotated[
        int,
        Option(
            title="Hidden size",
            help="How many numbers the network remembers from step to step. A larger network can "
            "learn more, but twice the size takes up to four times as long.",
            unit="units",
            low=1,
            high=1024,
            group="model",
        ),
    ] = 50
    layers: Annotated[
        int,
        Option(
            title="Layers",
            help="How many recurrent layers are stacked. One is enough for most signals here.",
            low=1,
            high=8,
            group="model",
        ),
    ] = 1
    dropout: Annotated[
        float,
        Option(
            title="Dropout",
            help="During training, this share of the values between layers is set to zero at "
            "random. It needs at least two layers.",
            low=0.0,
            high=0.9,
            group="model",
            advanced=True,
        ),
    ] = 0.0
    normalization: Annotated[
        Literal["none", "standard", "window"],
        Option(
            title="Normalization",
            help="Standard: subtract the mean of the training part and divide by its standard "
            "deviation. Most values are then between −2 and 2. Window: scale each window "
            "separately, so forecasts can follow a trend. None: use the raw values.",
            group="model",
            labels={
                "none": "None (raw values)",
                "standard": "Standard (mean 0, deviation 1)",
                "window": "Each window by itself",
            },
        ),
    ] = "standard"
    difference: Annotated[
        int | None,
        Option(
            title="Differences",
            help="The network reads and forecasts differences between values, not the values "
            "themselves. A difference is the change from the value this many steps before. 1 "
            "removes a trend. The length of a season also removes the season.",
            unit="steps back",
            low=1,
            high=1000,
            group="model",
            none_means="the values themselves",
            advanced=True,
        ),
    ] = None
    linear_path: Annotated[
        bool,
        Option(
            title="Linear path",
            help="Adds a direct linear model from the window to the output. The network then "
            "learns only the rest.",
            group="model",
            advanced=True,
        ),
    ] = False
    feedback: Annotated[
        Literal["window", "state"],
        Option(
            title="Feedback",
            help="How each forecast is fed back. Window: each step reads the whole last window "
            "again, as in the lesson. State: the network reads the window once and then keeps its "
            "hidden state. This makes closed-loop training much faster.",
            group="model",
            labels={"window": "Read the window again", "state": "Carry the hidden state"},
            advanced=True,
        ),
    ] = "window"
    members: Annotated[
        int,
        Option(
            title="Members",
            help="How many networks are trained together, each with different initial weights. The "
            "forecast is their mean. Their spread shows how certain it is.",
            unit="networks",
            low=1,
            high=16,
            group="model",
            advanced=True,
        ),
    ] = 1

    epochs: Annotated[
        int,
        Option(
            title="Epochs",
            help="How many times training goes through all windows.",
            low=1,
            high=10_000,
            group="training",
        ),
    ] = 45
    learning_rate: Annotated[
        float,
        Option(
            title="Learning rate",
            help="How far one step of the Adam optimizer moves the weights. With the one-cycle "
            "schedule, this is the highest value.",
            low=1e-6,
            high=1.0,
            group="training",
        ),
    ] = 0.02
    batch_size: Annotated[
        int | None,
        Option(
            title="Batch size",
            help="How many windows one training step uses. The lesson uses 1, which is slow and "
            "noisy. Empty, a longer series gets larger batches.",
            unit="windows",
            low=1,
            high=4096,
            group="training",
            none_means="12 or more",
            advanced=True,
        ),
    ] = None
    schedule: Annotated[
        Literal["constant", "one-cycle"],
        Option(
            title="Schedule",
            help="How the learning rate changes. One cycle: it rises, then falls almost to zero, "
            "so the weights settle. Constant: it stays the same.",
            group="training",
            labels={"constant": "Constant", "one-cycle": "One cycle"},
            advanced=True,
        ),
    ] = "one-cycle"
    shuffle: Annotated[
        bool,
        Option(
            title="Shuffle windows",
            help="On: each epoch uses the windows in a new random order. Off: in order of time, "
            "as in the lesson.",
            group="training",
            advanced=True,
        ),
    ] = True
    clip: Annotated[
        float | None,
        Option(
            title="Gradient clipping",
            help="The largest allowed norm of the gradient. A larger gradient is scaled down, so "
            "one bad batch cannot ruin the weights.",
            low=1e-3,
            high=1e3,
            group="training",
            none_means="no clipping",
            advanced=True,
        ),
    ] = 1.0
    validation: Annotated[
        float,
        Option(
            title="Validation part",
            help="This share at the end of the training data is not trained on. It is used to "
            "choose the best weights and to stop early. 0: no validation part.",
            low=0.0,
            high=0.5,
            group="training",
            advanced=True,
        ),
    ] = 0.1
    patience: Annotated[
        int | None,
        Option(
            title="Patience",
            help="Training stops when the validation loss has not improved for this many epochs.",
            unit="epochs",
            low=1,
            high=10_000,
            group="training",
            none_means="never stop early",
            advanced=True,
        ),
    ] = 30
    keep: Annotated[
        Literal["best", "last"],
        Option(
            title="Weights kept",
            help="Best: the weights of the epoch with the lowest validation loss, or training loss "
            "if there is no validation part. Last: the weights of the last epoch.",
            group="training",
            labels={"best": "Best epoch", "last": "Last epoch"},
            advanced=True,
        ),
    ] = "best"
    objective: Annotated[
        Literal["one-step", "closed-loop"],
        Option(
            title="Objective",
            help="The error that training makes small. One step ahead: the squared error of the "
            "next value after true values. Closed loop: the squared error of several steps, each "
            "fed back. The network then learns to handle its own errors.",
            group="training",
            labels={"one-step": "One step ahead", "closed-loop": "The closed loop"},
        ),
    ] = "one-step"
    loop_steps: Annotated[
        int,
        Option(
            title="Loop steps",
            help="How many fed-back steps the closed-loop objective uses. More steps train the "
            "loop better, but take more time.",
            unit="steps",
            low=2,
            high=500,
            group="training",
        ),
    ] = 8
    curriculum: Annotated[
        bool,
        Option(
            title="Curriculum",
            help="The closed-loop objective begins with one step. It grows to all loop steps in "
            "the first half of the epochs.",
            group="training",
            advanced=True,
        ),
    ] = True
    warm_start: Annotated[
        bool,
        Option(
            title="Warm start",
            help="Before the first epoch, the output layer is solved exactly (ridge regression) "
            "from the hidden states of the untrained network. Then training continues from there.",
            group="training",
        ),
    ] = False
    seed: Annotated[
        int,
        Option(
            title="Seed",
            help="Selects the random initial weights and the random order of the windows. The "
            "same number gives the same run.",
            low=0,
            high=LARGEST_SEED,
            group="training",
            advanced=True,
        ),
    ] = 0
    device: Annotated[
        Literal["auto", "cpu", "cuda", "mps"],
        Option(
            title="Device",
            help="The hardware for training. Auto: the GPU only if that is faster. For a small "
            "network it is not.",
            group="training",
            labels={"auto": "Auto", "cpu": "CPU", "cuda": "NVIDIA GPU", "mps": "Apple GPU"},
            advanced=True,
        ),
    ] = "auto"

    forecast_start: Annotated[
        Literal["holdout", "first", "point", "end"],
        Option(
            title="Forecast from",
            help="Where the forecast starts. The start of the holdout is the fairest test, because "
            "training never sees the holdout.",
            group="forecast",
            labels={
                "holdout": "Start of the holdout",
                "first": "After the first window",
                "point": "A chosen point",
                "end": "The end of the data",
            },
        ),
    ] = "holdout"
    forecast_point: Annotated[
        int | None,
        Option(
            title="Chosen point",
            help="The position of the first forecast value, counted from 0. Only used with "
            "'A chosen point'.",
            low=1,
            high=1_000_000,
            group="forecast",
            none_means="not used",
        ),
    ] = None
    horizon: Annotated[
        int | None,
        Option(
            title="Horizon",
            help="How many steps are forecast. Each step reads the forecasts before it. Not set: "
            "as long as the holdout, or 100 steps without a holdout.",
            unit="steps",
            low=1,
            high=5000,
            group="forecast",
            none_means="as long as the holdout",
        ),
    ] = None
    holdout: Annotated[
        float,
        Option(
            title="Holdout",
            help="This share at the end of the series is never used in training. The forecast is "
            "scored on it. 0: no holdout.",
            low=0.0,
            high=0.9,
            group="forecast",
        ),
    ] = 0.2
    period: Annotated[
        int | None,
        Option(
            title="Season",
            help="The length of one cycle. The seasonal baseline and MASE use it.",
            unit="values",
            low=1,
            high=100_000,
            group="forecast",
            none_means="detected from the training part",
            advanced=True,
        ),
    ] = None


#: Every option of an experiment by name, in the order of the page.
OPTIONS: Mapping[str, Option] = table_of(
    OptionTable, {name: field.default for name, field in OptionTable.model_fields.items()}
)
