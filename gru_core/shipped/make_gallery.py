"""Train every experiment of the gallery and store its outcome.

Run it with `python -m gru_core.shipped.make_gallery`.
"""

from __future__ import annotations

import json

from gru_core.experiment.gallery import GALLERY
from gru_core.shipped.gallery import FILE, Outcome
from gru_core.training.run import run

__all__ = ["main"]


def main() -> None:
    """Write a new `gallery.json`, with one outcome per line."""
    lines = []
    for failure in GALLERY.values():
        for experiment in (failure.broken, failure.fixed):
            outcome = Outcome.of(run(experiment))
            print(f"{failure.title}: mean absolute error {outcome.drawn_error:.3g}", flush=True)
            lines.append(json.dumps(outcome.to_dict(), separators=(",", ":")))
    FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
