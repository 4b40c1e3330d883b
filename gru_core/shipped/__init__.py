"""Small results and weights that ship with the package, and the scripts that make them.

May import all rooms but `figures` and `engine`: `errors`, `wording`, `options`, `data`,
`experiment`, `forecast`, `training`, `judgement` and `search`.
"""
