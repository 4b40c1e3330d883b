"""A run that is still going on when a test looks at it."""

from __future__ import annotations

from typing import Any

__all__ = ["LINK", "LONG"]

#: Its epochs are short and its loss stays finite, and it takes minutes if nobody stops it. Dropout
#: leaves its steps to PyTorch: compiled steps would end it in seconds.
LONG: dict[str, Any] = {
    "points": 100,
    "hidden_size": 4,
    "layers": 2,
    "dropout": 0.1,
    "epochs": 10_000,
    "learning_rate": 0.001,
    "patience": None,
}
#: The same as the query of a link.
LINK: dict[str, str] = {name: str(value or "") for name, value in LONG.items()}
