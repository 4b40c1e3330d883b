"""Training steps and closed loops compiled by Numba, on NumPy arrays alone.

    cache       where compiled code is kept, and for which cells there is some
    compiled    the decorator that compiles, and tanh
    cells       one step of each cell over a batch, forward and backward
    unroll      a batch of windows, forward and backward: losses and gradients
    adam        Adam's step, with the gradient cut to a length
    loops       a closed loop that reads all its windows side by side
    space       the shapes and the arrays that a pass works in

Every array is units × batch. So the inner loop runs over the windows of a batch, which lie side by
side in the vector registers, and each gate is one contiguous block. All values are float32.

This package never imports torch. PyTorch's autograd is its oracle in the tests.
"""
