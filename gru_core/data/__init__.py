"""Where a series comes from, and its rhythm.

    series        the values of a run, checked once, with their time index
    signals       the synthetic signals
    datasets      the real series that come with the package
    sources       every series that can be chosen by name
    reading       turns a user's file or pasted text into a table
    steps         the kinds of steps from one time to the next
    step_finding  the step that the times of an index show
    rhythm        cycle, amplitude, phase and portrait of a series
    words         names, rows and times as messages show them

May import `errors`, `wording` and `options`.
"""
