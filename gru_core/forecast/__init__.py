"""From a series and trained weights to a forecast, a score and a result, in NumPy alone.

    windows     the split, the normalization and the windows
    events      what a run tells while it goes on
    cells       the equations of GRU, LSTM and RNN, every gate returned
    forecaster  trained weights, ready to forecast in closed loop
    problem     an experiment, its series and how the two fit together
    baselines   the simple forecasts that a network has to beat
    metrics     RMSE, MAE, sMAPE and MASE
    result      what a run gives

The web process uses this room, so nothing here imports torch.
May import `errors`, `wording`, `options`, `data` and `experiment`.
"""
