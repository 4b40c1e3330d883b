"""How a network is trained: all of torch is in this room.

    network     GRU (two forms), LSTM and RNN with a linear readout, one or several members
    warm_start  solves the readout exactly, before any training
    device      the device that an experiment trains on
    learner     a network with its optimizer, which learns batch by batch
    loop        `train`: a plain generator of events
    run         `run`: a complete run in this process

The web process never imports this room.
May import `errors`, `wording`, `options`, `data`, `experiment` and `forecast`.
"""
