"""The code that makes a series: the formula of a synthetic signal, or the numbers themselves."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gru_core.data.sources import make_series
from gru_core.export.plan import Lines
from gru_core.forecast.problem import Problem

__all__ = ["FORMULAS", "has_formula", "literal", "series_code"]

#: The longest line of numbers.
WIDTH = 96

#: The expression of each signal over x, with the parameters in braces.
WAVES = {
    "sine": "np.sin(x)",
    "cosine": "np.cos(x)",
    "two-sines": "np.sin(x) + {weight} * np.sin({ratio} * x)",
    "amplitude-modulated": "(1 + {depth} * np.sin(x / {slowness})) * np.sin(x)",
    "damped": "np.exp(-{rate} * x) * np.sin(x)",
    "chirp": "np.sin(x + ({growth} - 1) * x**2 / (2 * {span}))",
    "square": "np.where(x % (2 * np.pi) < np.pi, 1.0, -1.0)",
    "sawtooth": "x % (2 * np.pi) / np.pi - 1",
}


def _wave(name: str) -> str:
    return f"x = np.linspace(0, {{span}}, {{points}})\nvalues = {WAVES[name]}  # ({{points}},)"


_RANDOM = "random = np.random.default_rng(np.random.SeedSequence({seed}).spawn(2)[0])"

#: The program of each signal with a short formula. A test holds each to the signal, bit by bit.
FORMULAS: dict[str, str] = {
    **{name: _wave(name) for name in WAVES},
    "random-walk": f"""{_RANDOM}
values = np.cumsum(random.standard_normal({{points}}))  # ({{points}},)""",
    "ar2": f"""{_RANDOM}
first, second = 2 * {{memory}} * np.cos(2 * np.pi / {{cycle}}).item(), -({{memory}}**2)
values = [0.0, 0.0]
for shock in random.standard_normal(2000 + {{points}}).tolist():
    values.append(first * values[-1] + second * values[-2] + shock)
values = np.array(values[2002:])  # ({{points}},), without the first 2000""",
    "logistic-map": """values = [{start}]
for _ in range(100 + {points} - 1):
    values.append({r} * values[-1] * (1 - values[-1]))
values = np.array(values[100:])  # ({points},), without the first 100""",
}


def has_formula(problem: Problem) -> bool:
    """Whether the series is the experiment's own signal and has a short formula."""
    experiment = problem.experiment
    if experiment.signal not in FORMULAS:
        return False
    signal = make_series(
        experiment.signal,
        points=experiment.points,
        noise=experiment.noise,
        seed=experiment.signal_seed,
        parameters=experiment.parameters,
    )
    return np.array_equal(signal.values, problem.series.values)


def series_code(problem: Problem) -> Lines:
    """The lines that make `values` (N,), with every bit of the series."""
    experiment = problem.experiment
    if not has_formula(problem):
        return _numbers(problem.series.values.tolist())
    parameters = {name: literal(value) for name, value in experiment.parameters.items()}
    points, seed = experiment.points, experiment.signal_seed
    code = FORMULAS[experiment.signal].format(points=points, seed=seed, **parameters)
    if experiment.noise:
        code += (
            f"\nrandom = np.random.default_rng(np.random.SeedSequence({seed}).spawn(2)[1])"
            f"\nvalues = values + {literal(experiment.noise)} * values.std() * "
            f"random.standard_normal({points})  # with noise"
        )
    return code.splitlines()


def literal(value: float) -> str:
    """A number as Python reads it back without a loss. A whole number needs no point."""
    whole = float(value).is_integer() and abs(value) < 1e15 and str(value)[:2] != "-0"
    return str(int(value)) if whole else repr(float(value))


def _numbers(values: Iterable[float]) -> Lines:
    rows = list(_wrapped([literal(value) for value in values]))
    return ["values = np.array(", "    [", *rows, "    ],", "    dtype=float,", ")"]


def _wrapped(words: list[str], indent: str = " " * 8) -> Iterable[str]:
    row = indent
    for word in words:
        if len(row) + len(word) + 2 > WIDTH:
            yield row.rstrip()
            row = indent
        row += word + ", "
    yield row.rstrip()
