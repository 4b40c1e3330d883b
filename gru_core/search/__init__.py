"""`recommend`: settings that fit a series, chosen by trying a few recipes on it.

    recipe  traits of a series, recipes, trials and a recommendation
    bench   where recipes are trained and scored on a series
    search  the phases of a search, and the choice

`bench` and `search` train, so they import torch.

May import `errors`, `wording`, `options`, `data`, `experiment`, `forecast`, `training` and
`judgement`.
"""
