"""The table that every benchmark prints, and the statistics in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tests.benchmarks._machine import describe

__all__ = ["Row", "median", "p95", "show"]

HEAD = ("measured", "value", "target", "met")


@dataclass(frozen=True)
class Row:
    """One line of the table. Without `most` and `least` it has no target."""

    measured: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None

    def cells(self) -> tuple[str, str, str, str]:
        unit = f" {self.unit}" if self.unit else ""
        value = f"{_digits(self.value)}{unit}"
        if self.most is not None:
            return self.measured, value, f"<= {self.most:g}{unit}", _yes(self.value <= self.most)
        if self.least is not None:
            return self.measured, value, f">= {self.least:g}{unit}", _yes(self.value >= self.least)
        return self.measured, value, "", ""


def median(values: Sequence[float]) -> float:
    return float(np.median(values))


def p95(values: Sequence[float]) -> float:
    return float(np.percentile(values, 95))


def show(title: str, rows: Sequence[Row], notes: Sequence[str] = ()) -> None:
    """Print the machine, the rows as an aligned Markdown table, and the notes."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[k]) for line in lines) for k in range(len(HEAD))]
    print(f"\n## {title}\n\n{describe()}\n")
    rule = ("-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:3]), "-" * widths[3])
    for line in (lines[0], rule, *lines[1:]):
        cells = [line[0].ljust(widths[0])]
        cells += [line[k].rjust(widths[k]) for k in (1, 2)]
        cells += [line[3].ljust(widths[3])]
        print(f"| {' | '.join(cells)} |")
    if notes:
        print()
    for note in notes:
        print(f"- {note}")


def _digits(value: float) -> str:
    if math.isinf(value):
        return "never"
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:.3g}"


def _yes(met: bool) -> str:
    return "yes" if met else "no"
