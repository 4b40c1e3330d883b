"""`Codec`: how one type is taken apart and made again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

__all__ = ["Codec"]


class Codec(NamedTuple):
    """How values of one type are taken apart and made again.

    Attributes:
        tag: its name in the tree.
        kind: the type; a subclass is another type.
        parts: the parts of a value, which are packed in their turn.
        build: makes the value of these parts.
    """

    tag: str
    kind: type
    parts: Callable[[Any], Iterable[Any]]
    build: Callable[..., Any]
