"""Train the lesson's own program and store what it prints and plots.

Run it with `python -m gru_core.shipped.make_lesson`. It takes about seven minutes: the lesson
learns one window at a time.
"""

from __future__ import annotations

import json

from gru_core.experiment.experiment import Experiment
from gru_core.shipped.lesson import FILE, LessonRun
from gru_core.training.run import run

__all__ = ["main"]


def main() -> None:
    """Train, write the file, and print the loss and the error of the closed loop."""
    result = run(Experiment.lesson())
    lesson = LessonRun.of(result)
    FILE.write_text(json.dumps(lesson.to_dict(), separators=(",", ":")) + "\n", encoding="utf-8")
    for epoch, error in lesson.errors(result.problem).items():
        loss = lesson.losses[epoch - 1] if epoch else float("nan")
        print(f"epoch {epoch}: printed loss {loss:.2g}, closed-loop RMSE {error:.3g}")


if __name__ == "__main__":
    main()
