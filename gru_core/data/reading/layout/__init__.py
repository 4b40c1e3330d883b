"""Text to rows of cells, whatever the layout. `lay_out` tries one after the other."""
