"""One safe encoding of the package's values, for all that is stored, sent or exported.

    packing    `pack` and `unpack`: bytes in the safetensors format
    tree       a value as a tree of plain JSON and a list of arrays, and back
    pandas_    tables, indices, dates and frequencies in that tree
    records    the package's own types in that tree: which ones, and how each is made again
    checks     what a value that was read must hold before anybody uses it

Bytes may come from a stranger. So they are data only: nothing in them can name code to run, and
only the types in `records.MODULES` can be made from them.

May import `errors`, `wording`, `data`, `experiment` and `forecast`. Types of later rooms are loaded
by their names.
"""

from __future__ import annotations

from gru_core.packing.packing import pack, unpack
from gru_core.packing.tree import digest

__all__ = ["digest", "pack", "unpack"]
