"""`Experiment`: one immutable value that describes a run completely.

`option_table` has its options, with their types, ranges, defaults and texts. This module checks
them together and names what is wrong. It turns an experiment into JSON and a query, and back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Self

from pydantic import ValidationError, ValidationInfo, field_validator, model_validator

from gru_core.data.sources import SOURCES, check_parameters
from gru_core.errors import OptionError
from gru_core.experiment.option_table import (
    GROUPS,
    OPTIONS,
    OWN_DATA,
    OptionTable,
    Parameters,
)
from gru_core.wording import clipped, quote

__all__ = ["GROUPS", "OPTIONS", "OWN_DATA", "Experiment", "Parameters"]


class Experiment(OptionTable):
    """All options of a run: the signal, the network, the training and the forecast.

    They are all checked when an experiment is made. On one device, equal experiments give
    identical results. `experiment.replace(window=24)` makes a changed copy.

    Raises:
        OptionError: an option is unknown, out of range, or contradicts another one.
    """

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
        """The signal's parameters, checked; missing ones get their defaults."""
        signal = info.data.get("signal")  # None if the signal itself was not valid
        if signal is None:
            return value
        return Parameters({} if signal == OWN_DATA else check_parameters(signal, value))

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.dropout > 0 and self.layers == 1:
            raise OptionError(
                f"Dropout ({self.dropout:g}) works between layers, but there is only 1 layer. "
                "Set dropout to 0 or layers to at least 2.",
                ("dropout", "layers"),
            )
        if self.forecast_start == "holdout" and self.holdout == 0:
            raise OptionError(
                "The forecast should start at the holdout, but the holdout is 0. "
                "Set a holdout, such as 0.2. Or forecast from the first window or from the end.",
                ("forecast_start", "holdout"),
            )
        if self.forecast_start == "point" and self.forecast_point is None:
            raise OptionError(
                "The forecast should start at a chosen point, but no point is given. "
                "Set 'Chosen point' to the position of the first forecast value.",
                ("forecast_start", "forecast_point"),
            )
        return self

    def __repr_args__(self) -> Iterator[tuple[str, Any]]:
        """What its `repr` shows: the options that differ from their defaults."""
        for name, option in OPTIONS.items():
            if (value := getattr(self, name)) != option.default:
                yield name, value
        if self.parameters != type(self).model_validate({"signal": self.signal}).parameters:
            yield "parameters", self.parameters

    @classmethod
    def lesson(cls, signal: Literal["sine", "cosine"] = "sine", seed: int = 0) -> Self:
        """The exact recipe of the lesson: one window per step, in order, with raw values.

        The signal has 1000 points of sin (or cos) over [0, 100]. The window is 10, the hidden size
        50. Adam trains for 100 epochs at 0.01. The closed-loop forecast reads the first 10 true
        values and has 100 steps.
        """
        return cls(
            signal=signal,
            epochs=100,
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
        """A copy with some options changed. It is validated like a new experiment.

        If the signal changes, its parameters get their defaults.

        Raises:
            OptionError: the changed options are not valid.
        """
        values = {name: getattr(self, name) for name in type(self).model_fields}
        if options.get("signal", self.signal) != self.signal:
            values["parameters"] = Parameters()
        return type(self)(**(values | options))

    def to_json(self) -> str:
        """All options as JSON. `from_json` makes an equal experiment from it."""
        return json.dumps(self._plain(), indent=2)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The experiment in a JSON text of `to_json`. Missing options get their defaults.

        Raises:
            OptionError: the text is not a JSON object, or an option is not valid.
        """
        try:
            options = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise OptionError(f"This is not an experiment in JSON: {error}.") from None
        if not isinstance(options, dict):
            raise OptionError("This JSON is not an experiment. It must be an object, {...}.")
        return cls(**options)

    def to_query(self) -> dict[str, str]:
        """The options that differ from their defaults, as the query parameters of a URL.

        A parameter `r` of the signal is written as `signal.r`.
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
        """The experiment in a query of `to_query`.

        Raises:
            OptionError: a parameter is unknown, or a value is not valid.
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


def _explain(error: ValidationError) -> OptionError:
    """One error for all that pydantic reports. It names each option, its value and its range."""
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
            wrong = "empty" if detail["input"] is None else quote(detail["input"])
            sentences.append(
                f"{option.title} ({name}) cannot be {wrong}: it must be {option.range}."
            )
        elif detail["type"] == "extra_forbidden":
            known = ", ".join(OPTIONS)
            sentences.append(f"There is no option '{clipped(name)}'. The options are: {known}.")
        else:
            sentences.append(f"{clipped(name)} cannot be {quote(detail['input'])}.")
    return OptionError(" ".join(sentences), tuple(dict.fromkeys(names)))
