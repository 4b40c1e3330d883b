"""The README of a zip of runs."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence

from gru_core.wording import clipped, count

__all__ = ["readme"]

TEXT = """# {title} from GRU Lab

Each run has a folder of its own:

{runs}

Bring this zip into GRU Lab on another machine: you get the same runs with the same numbers.
In Python:

```python
from pathlib import Path
from gru_core.export import archive

for run in archive.read(Path("runs.zip").read_bytes()):
    print(run.name, run.result.scores)
```

## The files of a run

| file | what it is |
|---|---|
| `forecast.html` | the series and its forecasts as a chart, for your browser |
| `loss.html` | the loss by epoch as a chart |
| `forecast.csv` | the true values, the closed-loop forecast and the one-step predictions |
| `history.csv` | one row per epoch: the losses, and the seconds since the start |
| `scores.csv` | the errors of the forecast and of the simple forecasts |
| `series.csv` | the series |
| `run.py`, `run.ipynb` | the run as a program and as a notebook, without GRU Lab |
| `weights.safetensors` | the kept weights, with the names of PyTorch's `state_dict` |
| `network.onnx` | the network for ONNX programs: from the last values to the next value |
| `closed-loop.onnx` | the same with the loop: from the last values and a horizon to the forecast |
| `experiment.json` | all settings |
| `result.grulab` | everything about the run, for GRU Lab |

The program and the notebook need torch, NumPy and matplotlib. The two charts load `plotly.min.js`
beside this file, so keep the folders as they are. `runs.json` tells GRU Lab which runs there are.
In the CSV files, a text that a spreadsheet program would take for a formula has a `'` in front.

## The runs in MLflow

Unpack the zip, and call `python log_to_mlflow.py` in an environment with MLflow.

## The weights in PyTorch

One network of the cells `gru`, `lstm` and `rnn`, without a linear path, fits this module. Several
members have the number of the member in front of each name.

```python
import torch
from safetensors.torch import load_file

class Network(torch.nn.Module):
    def __init__(self, hidden, layers):
        super().__init__()
        self.rnn = torch.nn.GRU(1, hidden, layers, batch_first=True)
        self.linear = torch.nn.Linear(hidden, 1)

network = Network(hidden, layers)
network.load_state_dict(load_file("weights.safetensors"))
```

## The network in ONNX

Both models read and return values in the units of the series. They contain the normalization, the
differences and the mean of the members.

```python
import numpy as np, onnxruntime

session = onnxruntime.InferenceSession("closed-loop.onnx")
length = session.get_inputs()[0].shape[1]
inputs = {{"window": values[-length:][None], "horizon": np.array(24)}}
forecast = session.run(["forecast"], inputs)[0][0]  # the 24 values after `values`
```
"""


def readme(runs: Sequence[Mapping[str, str]]) -> str:
    """The text of README.md. Each run has a `folder`, a `name` and `notes`."""
    lines = [f"- `{run['folder']}`: {_plain(run['name'])}{_note(run)}" for run in runs]
    return TEXT.format(title=count(len(runs), "run"), runs="\n".join(lines))


def _note(run: Mapping[str, str]) -> str:
    return f" ({_plain(run['notes'], 500)})" if run["notes"] else ""


def _plain(text: str, longest: int = 200) -> str:
    """The user's `text` in one line, so that Markdown and HTML show it as it is."""
    line = html.escape(clipped(" ".join(text.split()), longest), quote=False)
    return re.sub(r"([\\`*_\[\]()#$!|~])", r"\\\1", line)
