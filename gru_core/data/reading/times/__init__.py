"""Cells to a time index. `parse` reads a column; `order` puts its times in order."""
