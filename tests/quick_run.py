"""The link of a run that takes less than a second."""

from __future__ import annotations

__all__ = ["QUICK"]

QUICK = {"points": 120, "hidden_size": 8, "epochs": 20}
