"""What a run should do.

    option_table  every option of a run: type, range, default and texts
    experiment    one immutable value of all options, checked; as JSON and as a query
    presets       ready-made experiments, and why you should try them
    gallery       experiments that fail, each with the one option that fixes it
    reference     the tables of options and signals for `gru_core/README.md`

May import `errors`, `wording`, `options` and `data`.
"""
