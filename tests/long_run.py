"""Runs and a search that are still going on when a test looks at them."""

from __future__ import annotations

from typing import Any

__all__ = ["LINK", "LONG", "LONG_SEARCH", "SLOW_END"]

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
#: The link of a series whose search for settings takes several seconds.
LONG_SEARCH = {"signal": "mackey-glass", "points": 2000, "holdout": 0.1, "horizon": 100}
#: Its training is short. The forecast after it takes many seconds.
SLOW_END: dict[str, Any] = {
    "points": 400,
    "epochs": 1,
    "hidden_size": 64,
    "window": 100,
    "holdout": 0.0,
    "forecast_start": "end",
    "horizon": 5000,
}
