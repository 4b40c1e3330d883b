"""Train the network on the Home page: `python -m gru_core.shipped.make_home`.

It takes a few seconds. The window of 24 values was chosen by measurement. With 10 values, as in
the lesson, the closed loop was out of phase after 2,000 steps (RMSE 0.18). With 24 values it still
follows the wave after 6,000 steps.
"""

from __future__ import annotations

from gru_core.experiment.experiment import Experiment
from gru_core.shipped.networks import write
from gru_core.training.run import run

__all__ = ["EXPERIMENT", "main"]

#: A sine and a small network. With a hidden size of 12, its 553 weights take 3 KB.
EXPERIMENT = Experiment(
    hidden_size=12,
    window=24,
    epochs=200,
    learning_rate=0.03,
    batch_size=131,
    patience=None,
    holdout=0.1,
)


def main() -> None:
    """Train the network, write the file, and print how well the network forecasts."""
    result = run(EXPERIMENT)
    _, weights = result.checkpoint.kept(EXPERIMENT.keep)
    path = write("home", EXPERIMENT, weights)
    print(f"{path}: closed-loop RMSE {result.scores['rmse']:.4f} on the holdout")


if __name__ == "__main__":
    main()
