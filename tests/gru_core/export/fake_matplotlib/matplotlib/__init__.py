"""A fake of matplotlib, for machines without it. It takes the calls of a program only."""
