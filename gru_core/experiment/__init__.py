"""What a run should do.

    experiment  every option of a run, in one immutable value
    presets     ready-made experiments, and why you should try them
    gallery     experiments that fail, each with the one option that fixes it
    reference   the tables of options and signals for `gru_core/README.md`

May import `errors`, `wording`, `options` and `data`.
"""
