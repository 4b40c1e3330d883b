"""What a forecast is worth, and how to say it.

    evaluation   the scores from many starts
    intervals    a calibrated band around a forecast
    handover     a forecast whose loop closes later and later
    plane        the hidden states of a free run and a fed run, drawn in a plane
    stability    what becomes of the closed loop when it runs on
    findings     does the forecast lag, go flat, lose to something simpler, or explode?
    advice       which options to change, and why
    sentences    a result in words
    comparison   two results in words: what was changed, and what that did
    statistical  the forecasts of established statistical models

`stability` and `findings` each have three helpers: `..._numbers` measures, `..._rules` turns the
numbers into a verdict, `..._words` says it.

The web process uses this room, so nothing here imports torch.
May import `errors`, `wording`, `options`, `data`, `experiment` and `forecast`.
"""
