"""What a forecast is worth, and how that is said.

    evaluation   the scores from many starts
    intervals    a calibrated band around a forecast
    handover     a forecast whose loop closes later and later
    stability    what becomes of the closed loop when it runs on
    findings     does the forecast lag, go flat, lose to something simpler, or explode?
    advice       which options to change, and why
    sentences    a result in words
    statistical  the forecasts of established statistical models

The web process uses this room, so nothing here imports torch.
May import `errors`, `wording`, `options`, `data`, `experiment` and `forecast`.
"""
