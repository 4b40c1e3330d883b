"""Every series that can be chosen by name, synthetic or real, and how it is made."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from gru_core.data.datasets import DATASETS, Source
from gru_core.data.series import Series, as_series
from gru_core.data.signals import SIGNALS
from gru_core.errors import OptionError
from gru_core.options import Option
from gru_core.wording import quote

__all__ = ["SOURCES", "Source", "check_parameters", "make_series"]

#: Every source by name, in menu order. The synthetic ones come first.
SOURCES: Mapping[str, Source] = MappingProxyType(SIGNALS | DATASETS)


def check_parameters(name: str, parameters: Mapping[str, float]) -> dict[str, float]:
    """All parameters of the signal `name`, in order. Missing ones get their defaults.

    Raises:
        OptionError: the signal or parameter is unknown, or a value is not a number or is out of
            range.
    """
    source = SOURCES.get(name)
    if source is None:
        raise OptionError(
            f"There is no signal {quote(name)}. The signals are: {', '.join(SOURCES)}.",
            ("signal",),
        )
    for unknown in parameters:
        if unknown not in source.parameters:
            known = ", ".join(source.parameters) or "none"
            raise OptionError(
                f"The signal '{source.title}' has no parameter {quote(unknown)} "
                f"(given: {quote(parameters[unknown])}). Its parameters are: {known}.",
                (str(unknown),),
            )
    return {
        key: _check(source, option, parameters.get(key, option.default))
        for key, option in source.parameters.items()
    }


def make_series(
    name: str,
    *,
    points: int = 1000,
    noise: float = 0.0,
    seed: int = 0,
    parameters: Mapping[str, float] = MappingProxyType({}),
) -> Series:
    """The series of the source `name`. A real one ignores points, noise and seed.

    The noise is Gaussian. Its standard deviation is `noise` times that of the signal. Signal and
    noise draw from separate random streams, so a change of the noise does not change the signal.
    `Experiment` defines the ranges of `points`, `noise` and `seed`, and checks them.

    Raises:
        OptionError: see `check_parameters`.
    """
    checked = check_parameters(name, parameters)
    source = SOURCES[name]
    if not source.synthetic:
        data = as_series(source.make())
        return Series(data.values, source.title, data.time, source.unit)
    for_signal, for_noise = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(2))
    values = source.make(points, for_signal, **checked)
    if noise:
        values = values + noise * values.std() * for_noise.standard_normal(points)
    return as_series(values, source.title)


def _check(source: Source, option: Option, value: Any) -> float:
    try:
        number = (int if option.kind == "int" else float)(value)
        if isinstance(value, bool | np.bool_) or number != float(value):
            raise ValueError
        option.check(number)
    except (TypeError, ValueError, OverflowError):
        raise OptionError(
            f"{option.title} ({option.name}) of the signal '{source.title}' cannot be "
            f"{quote(value)}: it must be {option.range}.",
            (option.name,),
        ) from None
    return number
