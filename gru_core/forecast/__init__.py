"""From a series and trained weights to a forecast, scores and a result, all in NumPy.

    windows     the split, the normalization and the windows
    events      the events that a run sends
    cells       the equations of GRU (two forms), LSTM and RNN
    forecaster  trained networks that forecast in closed loop
    problem     an experiment together with its series
    baselines   the simple forecasts that a network has to beat
    metrics     RMSE, MAE, sMAPE and MASE
    frames      the weights after some epochs
    recorder    collects the events of a run, and makes its result
    result      the result of a run
    trace       every gate and state inside a trained network

The web process imports this room, and it must not load torch. So nothing here imports torch.
May import `errors`, `wording`, `options`, `data` and `experiment`.
"""
