"""The files of one run in a zip."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from safetensors.numpy import save

from gru_core.errors import TransferError
from gru_core.export.archive.layout import EXPERIMENT, RESULT
from gru_core.export.onnx_model import to_onnx
from gru_core.export.program import to_notebook, to_script
from gru_core.export.tables import series_table, to_csv
from gru_core.figures.plot import plot
from gru_core.forecast.events import Weights
from gru_core.forecast.result import Result
from gru_core.packing import pack

__all__ = ["File", "files_of", "state_dicts"]


class File(NamedTuple):
    """A file of a run. If it cannot be made, `data` is None and `note` says why."""

    name: str
    data: bytes | None
    note: str = ""


def files_of(result: Result) -> Iterator[File]:
    """The files of `result`, one after the other."""
    yield File(EXPERIMENT, result.experiment.to_json().encode())
    yield File(RESULT, pack(result))
    yield File("weights.safetensors", save(state_dicts(result)))
    yield File("series.csv", to_csv(series_table(result.series)))
    yield File("history.csv", to_csv(result.history))
    yield File("forecast.csv", to_csv(result.forecast))
    yield File("scores.csv", to_csv(result.score_table.rename_axis("of").reset_index()))
    for what in ("forecast", "loss"):
        yield File(f"{what}.html", _page(plot(result, what)))
    yield File("run.py", to_script(result).encode())
    yield File("run.ipynb", to_notebook(result).encode())
    for name, closed_loop in (("network.onnx", False), ("closed-loop.onnx", True)):
        try:
            yield File(name, to_onnx(result, closed_loop=closed_loop))
        except TransferError as error:
            yield File(name, None, str(error))


def state_dicts(result: Result) -> Weights:
    """The kept weights under the names that PyTorch gives them.

    One network has the names of a module with `rnn = nn.GRU(...)` and `linear = nn.Linear(...)`.
    Several members have the names of an `nn.ModuleList` of such modules: `0.rnn.weight_ih_l0`.
    """
    kept = result.weights_by_epoch[result.kept_epoch]
    members = len(kept["linear.bias"])
    return {
        f"{k}.{name}" if members > 1 else name: np.ascontiguousarray(array[k])
        for k in range(members)
        for name, array in kept.items()
    }


def _page(figure: go.Figure) -> bytes:
    """The figure as a page that loads the plotly.js of the zip."""
    page: str = figure.to_html(
        include_plotlyjs="../../plotly.min.js", full_html=True, div_id="figure"
    )
    return page.encode()
