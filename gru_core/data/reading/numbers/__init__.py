"""Cells to float64. `values` reads all columns; `parse` reads one."""
