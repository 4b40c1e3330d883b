"""Each change of the tables, in order. `upgrade` makes those that are missing.

To change a table: change `tables`, and add a file to `versions` that says how an older database
gets there. Then name it as the newest. Never change a file that was released.
"""

from __future__ import annotations

__all__ = ["NEWEST"]

#: The last change.
NEWEST = "0001"
