"""The message catalogue: the texts of the pages Learn, Inside and Practice.

Each screen has one file, such as `en/step.toml`. To translate the pages, copy the folder `en` and
translate the values. Keys and `{placeholders}` stay as they are.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["FOLDER", "Messages", "messages"]

#: The folder with the texts of one language.
FOLDER = Path(__file__).parent / "en"


class Messages:
    """The texts of one screen. A key with dots, such as `predict.ask`, names one text."""

    def __init__(self, texts: Mapping[str, Any]) -> None:
        self.all = texts

    def __call__(self, key: str, **given: object) -> str:
        """The text under `key`, with its placeholders filled in.

        Raises:
            KeyError: there is no such text, or a placeholder has no value in `given`.
        """
        text: str = self._at(key)
        return text.format(**given).strip()

    def group(self, key: str) -> dict[str, Any]:
        """All texts under `key`, by their names. Empty if there are none."""
        try:
            return dict(self._at(key))
        except KeyError:
            return {}

    def __contains__(self, key: str) -> bool:
        try:
            self._at(key)
        except KeyError:
            return False
        return True

    def _at(self, key: str) -> Any:
        found: Any = self.all
        for name in key.split("."):
            found = found[name]
        return found


@cache
def messages(screen: str) -> Messages:
    """The texts of `screen`, from its file."""
    text = (FOLDER / f"{screen}.toml").read_text(encoding="utf-8")
    return Messages(tomllib.loads(text))
