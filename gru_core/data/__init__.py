"""Where a series comes from, and its rhythm.

    series    the values that a run is about, checked once, with their time index
    signals   the synthetic signals, and every series that can be chosen by name
    datasets  the bundled real series
    reading   a user's file or pasted text becomes a table
    rhythm    cycle, amplitude, phase and portrait of a series

May import `errors`, `wording` and `options`.
"""
