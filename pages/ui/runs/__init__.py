"""The page Runs: a table of the browser's runs, and the comparison of the chosen ones.

listing   the runs as a table: which columns, which rows
editor    the table on the page: choose, rename, tag and pin
care      what is done with the chosen runs: open, duplicate, download, import, delete, undo
overlay   the chosen runs in figures, a table of scores, and a sentence
"""
