"""What a run is asked to do.

    experiment  every option of a run, in one immutable value
    presets     ready-made experiments, each with the reason to try it
    gallery     experiments that fail, each with the one option that mends it
    reference   the tables of options and signals for the README

May import `errors`, `wording`, `options` and `data`.
"""
