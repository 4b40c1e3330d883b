"""Runs in one zip file, to take them along and to bring them in on another machine.

    write     the zip of some runs, as bytes
    write_to  the same, into an open file
    read      the runs in such a zip

The zip has a folder for each run. People and other programs read most of its files; README.md in
the zip explains them. GRU Lab itself reads three: `runs.json` names the runs, and each run has
its `experiment.json` and its `result.grulab`.
"""

from gru_core.export.archive.layout import Imported
from gru_core.export.archive.reading import read
from gru_core.export.archive.writing import write, write_to

__all__ = ["Imported", "read", "write", "write_to"]
