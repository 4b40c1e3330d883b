"""A run in forms that others can use: a program, a model, one file with all of it.

    to_script    a Python script that repeats a run, in the lesson's plain style: torch, NumPy and
                 matplotlib alone
    to_notebook  the same as a notebook
    pieces       its eight pieces, from the data to an exercise
    to_onnx      the kept networks as an ONNX model
    archive      some runs in one zip, and back

The room runs nothing of what it writes or reads, so nothing here imports torch.
May import `errors`, `wording`, `options`, `data`, `experiment`, `forecast`, `packing` and
`figures`.
"""

from gru_core.export.onnx_model import to_onnx
from gru_core.export.program import Piece, pieces, to_notebook, to_script

__all__ = ["Piece", "pieces", "to_notebook", "to_onnx", "to_script"]
