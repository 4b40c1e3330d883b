"""`Option`: the title, help, unit and range of one option, written once.

An option is metadata of an annotation. The annotation already has the name, the type and the
default:

    window: Annotated[int, Option(title="Window", low=1, high=1000, unit="values", help="...")] = 10

`table_of` reads these annotations from a class or a function, and makes a table of options. The
widgets, the validation, the query string and the README's table all come from this table.
`setting` reads a number of the server's own settings.
May import `errors` and `wording`.
"""

from __future__ import annotations

import math
import os
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from gru_core.errors import OptionError
from gru_core.wording import number

Kind = Literal["int", "float", "bool", "choice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Title, help, unit and range of one option, and its place on the page.

    Attributes:
        title: its name on the page.
        help: its explanation for the user.
        unit: the unit of its value, such as `values`.
        low, high: the smallest and the largest allowed value; None for no limit.
        group: the group of options that it belongs to.
        advanced: whether a page shows it among the advanced options only.
        labels: the words for each choice.
        none_means: the words for None.
        name, kind, default, choices, optional: taken from the annotation by `table_of`.
    """

    title: str
    help: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    group: str = ""
    advanced: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    none_means: str = ""

    name: str = ""
    kind: Kind = "float"
    default: Any = None
    choices: tuple[str, ...] = ()
    optional: bool = False

    @property
    def range(self) -> str:
        """The allowed values in words: `1 to 1000 values`, `gru, lstm or rnn` or `on or off`."""
        if self.kind == "bool":
            return "on or off"
        if self.kind == "choice":
            *head, last = self.choices
            return f"{', '.join(head)} or {last}" if head else last
        unit = f" {self.unit}" if self.unit else ""
        if self.low is None and self.high is None:
            return f"any number{unit}"
        if self.high is None:
            return f"at least {_show(self.low)}{unit}"
        return f"{_show(self.low)} to {_show(self.high)}{unit}"

    def label(self, choice: str) -> str:
        """The words for a choice."""
        return self.labels.get(choice, choice)

    def words(self, value: Any) -> str:
        """A value in words, for sentences and tables: `10`, `0.03`, `on` or a choice's label."""
        if value is None:
            return self.none_means or "none"
        if self.kind == "choice":
            return self.label(value)
        if self.kind == "bool":
            return "on" if value else "off"
        # Six digits are enough to tell two settings apart. Whole numbers keep all their digits.
        return number(value, 6) if self.kind == "float" else str(value)

    def check(self, value: Any) -> Any:
        """Return `value` if it is allowed.

        Raises:
            ValueError: it is out of range, or not a finite number.
        """
        if value is None or isinstance(value, bool | str):
            return value
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError("it is not a finite number")
        too_low = self.low is not None and value < self.low
        too_high = self.high is not None and value > self.high
        if too_low or too_high:
            raise ValueError("it is out of range")
        return value

    def parse(self, text: str) -> Any:
        """The value of `text`, which comes from a query string.

        A text that cannot be parsed is returned unchanged. Validation then reports it.
        """
        if self.optional and text == "":
            return None
        if self.kind == "bool":
            return {"1": True, "0": False, "true": True, "false": False}.get(text.lower(), text)
        try:
            return {"int": int, "float": float}.get(self.kind, str)(text)
        except ValueError:
            return text

    def format(self, value: Any) -> str:
        """The text of `value` for a query string. `parse` turns it back into an equal value."""
        if value is None:
            return ""
        if self.kind == "bool":
            return "1" if value else "0"
        return repr(float(value)) if self.kind == "float" else str(value)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))


def table_of(owner: type | Callable[..., Any], defaults: Mapping[str, Any]) -> dict[str, Option]:
    """The options in the annotations of `owner`, by name and in their order.

    `defaults` gives the default of each option, by name.
    """
    table = {}
    for name, hint in typing.get_type_hints(owner, include_extras=True).items():
        if get_origin(hint) is not typing.Annotated:
            continue
        base, *metadata = get_args(hint)
        for option in metadata:
            if isinstance(option, Option):
                table[name] = _bind(option, name, base, defaults[name])
    return table


def _bind(option: Option, name: str, base: Any, default: Any) -> Option:
    inner = [base]
    if get_origin(base) in (Union, types.UnionType):
        inner = [arm for arm in get_args(base) if arm is not type(None)]
    optional = type(None) in get_args(base)
    choices: tuple[str, ...] = ()
    if get_origin(inner[0]) is Literal:
        kind: Kind = "choice"
        choices = get_args(inner[0])
    elif inner[0] is str:
        kind, choices = "choice", tuple(option.labels)
    else:
        kind = {bool: "bool", int: "int", float: "float"}[inner[0]]  # type: ignore[assignment]
    return replace(
        option, name=name, kind=kind, default=default, choices=choices, optional=optional
    )


def _show(number: float | None) -> str:
    if number is None:
        return "−∞"
    if float(number).is_integer() and abs(number) < 1e16:
        return str(int(number))
    return f"{number:g}"


def setting(variable: str) -> float | None:
    """The positive number in an environment variable; None if it is unset or empty.

    Raises:
        OptionError: it is not a positive number.
    """
    text = os.environ.get(variable, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise OptionError(f"{variable} is '{text}', but it must be a positive number.")
    return value
