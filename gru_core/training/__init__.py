"""How a network is trained: all of torch is in this room.

    network     GRU (two forms), LSTM and RNN with a linear readout, one or several members
    warm_start  solves the readout exactly, before any training
    device      the device that an experiment trains on
    schedule    the batches of each epoch, and the learning rate of each step
    learner     a network that learns batch by batch, whoever computes the steps
    kernels     steps compiled by Numba, without torch
    compile_ahead
                compiles the kernels of the cells that nobody has used yet
    compiled_learner, torch_learner, choose
                the two learners, and which one a run gets
    run_state   how far a run is, and its checkpoints
    loop        `train`: a plain generator of events
    run         `run`: a complete run in this process

The web process never imports this room.
May import `errors`, `wording`, `options`, `data`, `experiment` and `forecast`.
"""
