"""A run as a program of its own, in the lesson's plain style: torch, NumPy and matplotlib alone.

    to_script    a Python script that repeats a run
    to_notebook  the same as a notebook
    pieces       its eight pieces, from the data to an exercise

The room writes programs and runs none, so nothing here imports torch.
May import `errors`, `wording`, `options`, `data`, `experiment` and `forecast`.
"""

from gru_core.export.program import Piece, pieces, to_notebook, to_script

__all__ = ["Piece", "pieces", "to_notebook", "to_script"]
