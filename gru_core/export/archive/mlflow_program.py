"""A program in the zip that gives its runs to MLflow.

MLflow keeps runs in a database now, and refuses its old folders of files unless told otherwise
(https://mlflow.org/docs/latest/self-hosting/migrate-from-file-store). So the zip has no such
folders. This program uses MLflow itself, which works with every version and every server of it.
"""

from __future__ import annotations

__all__ = ["PROGRAM"]

PROGRAM = '''"""Give the runs of this folder to MLflow: settings, losses, scores and all files.

    pip install mlflow
    python log_to_mlflow.py

The runs go to the server that the environment variable MLFLOW_TRACKING_URI names. Without it, they
go where MLflow keeps its runs by itself.
"""

import csv
import json
from pathlib import Path

import mlflow

HERE = Path(__file__).parent


def rows(path):
    """The rows of a CSV file. A cell without a value is left out."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {name: cell for name, cell in row.items() if cell}


mlflow.set_experiment("GRU Lab")
for run in json.loads((HERE / "runs.json").read_text(encoding="utf-8"))["runs"]:
    folder = HERE / run["folder"]
    with mlflow.start_run(run_name=run["name"]):
        mlflow.log_params(json.loads((folder / "experiment.json").read_text(encoding="utf-8")))
        for row in rows(folder / "history.csv"):
            epoch = int(row.pop("epoch"))
            mlflow.log_metrics({name: float(cell) for name, cell in row.items()}, step=epoch)
        for row in rows(folder / "scores.csv"):
            if row.pop("of") == "forecast":
                mlflow.log_metrics({name: float(cell) for name, cell in row.items()})
        mlflow.log_artifacts(str(folder))
'''
