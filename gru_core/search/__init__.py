"""`recommend`: settings that fit a series, chosen by trying a few recipes on it.

    recipe  what a search looks at, tries and chooses
    search  the search itself; it trains, so it imports torch

May import `errors`, `wording`, `options`, `data`, `experiment`, `forecast`, `training` and
`judgement`.
"""
