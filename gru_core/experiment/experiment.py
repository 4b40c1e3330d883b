"""`Experiment`: one immutable value that describes a run completely.

The name, type, range, default, unit, title and help of every option stand here, once. Widgets, the
query string, the validation on the server and the README's table are all made from `OPTIONS`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from gru_core.data.signals import SOURCES, check_parameters
from gru_core.errors import OptionError
from gru_core.options import Option, table_of
from gru_core.wording import clipped, quote

__all__ = ["GROUPS", "OPTIONS", "OWN_DATA", "Experiment", "Parameters"]

#: The signal of an experiment whose series comes from the user.
OWN_DATA = "own"

#: The groups of options with their titles, in the order in which a person sets them.
GROUPS: Mapping[str, str] = {
    "signal": "Signal",
    "model": "Model",
    "training": "Training",
    "forecast": "Forecast",
}

#: The largest whole number that a browser holds exactly.
LARGEST_SEED = 2**53 - 1


class Parameters(Mapping[str, float]):
    """A signal's own parameters: a mapping that cannot be changed. Its order does not matter."""

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


class Experiment(BaseModel):
    """What to train on, which network, how to train it, and what to forecast.

    All options are checked together when an experiment is made. Two equal experiments on one
    device give identical results. `experiment.replace(window=24)` makes a changed copy.

    Raises:
        OptionError: an option is unknown, out of range, or contradicts another one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    signal: Annotated[
        str,
        Option(
            title="Signal",
            help="The series that the network learns. Synthetic signals can be made longer or "
            "noisier; real ones are bundled; your own comes as a CSV file or pasted numbers.",
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
            help="Which noise, or which random walk: the same number gives the same series.",
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
        Literal["gru", "lstm", "rnn"],
        Option(
            title="Cell",
            help="The recurrent cell. GRU has two gates, LSTM three and a second state, the "
            "plain RNN none.",
            group="model",
            labels={"gru": "GRU", "lstm": "LSTM", "rnn": "Plain RNN (tanh)"},
        ),
    ] = "gru"
    hidden_size: Annotated[
        int,
        Option(
            title="Hidden size",
            help="How many numbers the network remembers from step to step. More can represent "
            "more, and costs time with its square.",
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
            help="Recurrent layers stacked on each other. One is enough for most signals here.",
            low=1,
            high=8,
            group="model",
        ),
    ] = 1
    dropout: Annotated[
        float,
        Option(
            title="Dropout",
            help="Share of the values between layers that is set to zero at random in training. "
            "Needs at least two layers.",
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
            "deviation, so that values are near ±1. Window: scale each window separately, so "
            "forecasts can follow a trend. None: the raw values.",
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
            help="The network reads and forecasts by how much each value differs from the one so "
            "many steps before, and its forecasts are added up. 1 takes away a trend, the length "
            "of a season takes away the season as well.",
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
            help="Adds a direct linear shortcut from the window to the output, leaving the network "
            "the rest.",
            group="model",
            advanced=True,
        ),
    ] = False
    feedback: Annotated[
        Literal["window", "state"],
        Option(
            title="Feedback",
            help="How the loop is closed. Window: each step reads the last window again from the "
            "start, as the lesson does. State: the window is read once, then the hidden state is "
            "carried along, which is much cheaper to train through.",
            group="model",
            labels={"window": "Read the window again", "state": "Carry the hidden state"},
            advanced=True,
        ),
    ] = "window"
    members: Annotated[
        int,
        Option(
            title="Members",
            help="How many networks, with different first weights, are trained side by side. The "
            "forecast is their mean, and their spread shows how sure it is.",
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
    ] = 100
    learning_rate: Annotated[
        float,
        Option(
            title="Learning rate",
            help="How far one step moves the weights (Adam). With the one-cycle schedule this "
            "is the peak.",
            low=1e-6,
            high=1.0,
            group="training",
        ),
    ] = 0.03
    batch_size: Annotated[
        int | None,
        Option(
            title="Batch size",
            help="How many windows are averaged in one step. 1 is the lesson's way: slow and "
            "noisy.",
            unit="windows",
            low=1,
            high=4096,
            group="training",
            none_means="about six batches an epoch",
            advanced=True,
        ),
    ] = None
    schedule: Annotated[
        Literal["constant", "one-cycle"],
        Option(
            title="Schedule",
            help="How the learning rate moves. One-cycle rises, then falls to almost nothing, "
            "which settles the weights; constant stays.",
            group="training",
            labels={"constant": "Constant", "one-cycle": "One cycle"},
            advanced=True,
        ),
    ] = "one-cycle"
    shuffle: Annotated[
        bool,
        Option(
            title="Shuffle windows",
            help="Take the windows in a new random order in each epoch. Off: in order of time, "
            "as the lesson does.",
            group="training",
            advanced=True,
        ),
    ] = True
    clip: Annotated[
        float | None,
        Option(
            title="Gradient clipping",
            help="Longest allowed gradient: a longer one is scaled down, so that one bad batch "
            "cannot throw the weights away.",
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
            help="Share of the training part, its end, kept aside to choose the best weights "
            "and to stop early. 0: none.",
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
            help="Stop when the validation loss has not improved for this many epochs.",
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
            help="Best: those of the epoch with the lowest validation loss (training loss "
            "without a validation part). Last: those of the last epoch.",
            group="training",
            labels={"best": "Best epoch", "last": "Last epoch"},
            advanced=True,
        ),
    ] = "best"
    objective: Annotated[
        Literal["one-step", "closed-loop"],
        Option(
            title="Objective",
            help="What training minimises. One step ahead: the squared error of the next value, "
            "given true past values. Closed loop: that of several steps, each fed back, so that "
            "the network learns to live with its own errors.",
            group="training",
            labels={"one-step": "One step ahead", "closed-loop": "The closed loop"},
        ),
    ] = "one-step"
    loop_steps: Annotated[
        int,
        Option(
            title="Loop steps",
            help="How many fed-back steps the closed-loop objective trains through. More teach "
            "more of the loop, and cost more time.",
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
            help="Begin the closed-loop objective with one step, and reach all loop steps half "
            "way through the epochs.",
            group="training",
            advanced=True,
        ),
    ] = True
    warm_start: Annotated[
        bool,
        Option(
            title="Warm start",
            help="Before the first epoch, solve the readout exactly (ridge regression) on the "
            "untrained network's hidden states. Training goes on from there.",
            group="training",
        ),
    ] = False
    seed: Annotated[
        int,
        Option(
            title="Seed",
            help="Which random initial weights and which order of windows: the same number "
            "gives the same run.",
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
            help="Where training computes. Auto: the GPU only where it pays, which a small "
            "network does not.",
            group="training",
            labels={"auto": "Auto", "cpu": "CPU", "cuda": "NVIDIA GPU", "mps": "Apple GPU"},
            advanced=True,
        ),
    ] = "auto"

    forecast_start: Annotated[
        Literal["holdout", "first", "point", "end"],
        Option(
            title="Forecast from",
            help="Where forecasting starts. The holdout's start is the honest test.",
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
            help="Position of the first forecast value, counted from 0. Only used with "
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
            help="How many steps are forecast, each from the forecasts before it. Not set: as "
            "long as the holdout, or 100 without a holdout.",
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
            help="Share of the series, its end, that training never sees and on which the "
            "forecast is scored. 0: none.",
            low=0.0,
            high=0.9,
            group="forecast",
        ),
    ] = 0.2
    period: Annotated[
        int | None,
        Option(
            title="Season",
            help="Length of one cycle, for the seasonal baseline and for MASE.",
            unit="values",
            low=1,
            high=100_000,
            group="forecast",
            none_means="detected from the training part",
            advanced=True,
        ),
    ] = None

    def __init__(self, /, **options: Any) -> None:
        try:
            super().__init__(**options)
        except ValidationError as error:
            raise _explain(error) from None

    @field_validator("parameters", mode="before")
    @classmethod
    def _wrap_parameters(cls, value: Any) -> Any:
        return Parameters(value) if isinstance(value, dict) else value

    @field_validator("parameters")
    @classmethod
    def _complete_parameters(cls, value: Parameters, info: ValidationInfo) -> Parameters:
        """The signal's parameters, checked, with defaults for those that are not given."""
        signal = info.data.get("signal")  # None: the signal itself is refused already
        if signal is None:
            return value
        return Parameters({} if signal == OWN_DATA else check_parameters(signal, value))

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.dropout > 0 and self.layers == 1:
            raise OptionError(
                f"Dropout ({self.dropout:g}) acts between layers, and there is only 1 layer. "
                "Set dropout to 0 or layers to at least 2.",
                ("dropout", "layers"),
            )
        if self.forecast_start == "holdout" and self.holdout == 0:
            raise OptionError(
                "The forecast should start at the holdout, but the holdout is 0. "
                "Set a holdout (0.2 is usual), or forecast from the first window or the end.",
                ("forecast_start", "holdout"),
            )
        if self.forecast_start == "point" and self.forecast_point is None:
            raise OptionError(
                "The forecast should start at a chosen point, but none is given. "
                "Set 'Chosen point' to the position of the first forecast value.",
                ("forecast_start", "forecast_point"),
            )
        return self

    @classmethod
    def lesson(cls, signal: Literal["sine", "cosine"] = "sine", seed: int = 0) -> Self:
        """The lesson's own recipe, kept exactly: one window per step, in order, raw values.

        1000 points of sin (or cos) over [0, 100], window 10, hidden 50, Adam at 0.01 for 100
        epochs; the forecast starts from the first 10 true values and feeds itself 100 steps.
        """
        return cls(
            signal=signal,
            batch_size=1,
            shuffle=False,
            learning_rate=0.01,
            schedule="constant",
            clip=None,
            validation=0.0,
            patience=None,
            keep="last",
            normalization="none",
            difference=None,
            feedback="window",
            members=1,
            objective="one-step",
            warm_start=False,
            holdout=0.0,
            forecast_start="first",
            horizon=100,
            device="cpu",
            seed=seed,
        )

    def replace(self, /, **options: Any) -> Self:
        """A copy with some options changed, validated like a new one.

        A new signal starts from its own default parameters.
        """
        values = {name: getattr(self, name) for name in type(self).model_fields}
        if options.get("signal", self.signal) != self.signal:
            values["parameters"] = Parameters()
        return type(self)(**(values | options))

    def to_json(self) -> str:
        """All options as JSON; `from_json` reads them back to an equal experiment."""
        return json.dumps(self._plain(), indent=2)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The experiment that `to_json` wrote; missing options take their defaults.

        Raises:
            OptionError: not JSON, not an object, or an option that is not valid.
        """
        try:
            options = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise OptionError(f"This is not an experiment in JSON: {error}.") from None
        if not isinstance(options, dict):
            raise OptionError("This JSON is not an experiment: it should be an object, {...}.")
        return cls(**options)

    def to_query(self) -> dict[str, str]:
        """The options that differ from their defaults, as a URL's query parameters.

        A signal's own parameter `r` is written as `signal.r`.
        """
        query = {
            name: option.format(value)
            for name, option in OPTIONS.items()
            if (value := getattr(self, name)) != option.default
        }
        if self.signal != OWN_DATA:
            for name, option in SOURCES[self.signal].parameters.items():
                if self.parameters[name] != option.default:
                    query[f"signal.{name}"] = option.format(self.parameters[name])
        return query

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        """The experiment that `to_query` wrote.

        Raises:
            OptionError: an unknown parameter, or a value that is not valid.
        """
        options: dict[str, Any] = {}
        parameters: dict[str, Any] = {}
        source = SOURCES.get(query.get("signal", OPTIONS["signal"].default))
        for name, text in query.items():
            if name in OPTIONS:
                options[name] = OPTIONS[name].parse(text)
            elif name.startswith("signal."):
                key = name.removeprefix("signal.")
                known = source.parameters.get(key) if source else None
                parameters[key] = known.parse(text) if known else text
            else:
                options[name] = text
        if parameters:
            options["parameters"] = parameters
        return cls(**options)

    def _plain(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in type(self).model_fields}
        return plain | {"parameters": dict(self.parameters)}


def _defaults() -> dict[str, Any]:
    return {name: field.default for name, field in Experiment.model_fields.items()}


#: Every option of an experiment by name, in the order in which a person sets them.
OPTIONS: Mapping[str, Option] = table_of(Experiment, _defaults())


def _explain(error: ValidationError) -> OptionError:
    """All errors that pydantic reports, in words that name the option, the value and the range."""
    sentences: list[str] = []
    names: list[str] = []
    for detail in error.errors():
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, OptionError):
            sentences.append(str(cause))
            names.extend(cause.options)
            continue
        name = str(detail["loc"][0]) if detail["loc"] else ""
        names.append(name)
        if name in OPTIONS:
            option = OPTIONS[name]
            sentences.append(
                f"{option.title} ({name}) cannot be {quote(detail['input'])}: "
                f"it must be {option.range}."
            )
        elif detail["type"] == "extra_forbidden":
            known = ", ".join(OPTIONS)
            sentences.append(f"There is no option '{clipped(name)}'. The options are: {known}.")
        else:
            sentences.append(f"{clipped(name)} cannot be {quote(detail['input'])}.")
    return OptionError(" ".join(sentences), tuple(dict.fromkeys(names)))
