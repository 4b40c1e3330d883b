"""The networks in PyTorch: recurrent layers, then a linear readout of the last hidden state.

`members` networks of one shape are trained side by side as one batched product: every parameter,
every input and every output has the members as its first axis. Only this room imports this module,
so torch stays out of the web process.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from gru_core.errors import OptionError
from gru_core.forecast.cells import CELLS, GATES
from gru_core.forecast.events import Weights

__all__ = ["Network", "State"]

Tensors = tuple[Tensor, ...]

#: For each layer, the parts of its state, (K, B, hidden) each: h, and for an LSTM also c.
State = list[Tensors]

_PARAMETERS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


class Network(nn.Module):
    """K networks of `layers` of `cell`, each read out by one linear map.

    The first parameters of member m are drawn in the order and from the distributions of PyTorch's
    own initialisation. So they equal those of `nn.GRU(1, hidden_size, layers, batch_first=True)`
    and `nn.Linear(hidden_size, 1)`, made in this order after `torch.manual_seed(seed + m)`. But
    they come from a local generator: nothing global is seeded. The cells `gru` and `gru-textbook`
    have the same parameters and the same first values.

    Args:
        feedback: how `forecast` closes the loop, `window` or `state`; see `Forecaster`.
        floor: the smallest scale of a window, for normalization by window; None without it.
        path: the window's length, for a linear path from the window to the output; None without
            one. Its first weights are zero. See LSTNet (Lai et al. 2018, arXiv 1703.07015).
    """

    def __init__(
        self,
        cell: str,
        hidden_size: int,
        layers: int = 1,
        dropout: float = 0.0,
        seed: int = 0,
        *,
        members: int = 1,
        feedback: str = "window",
        floor: float | None = None,
        path: int | None = None,
    ) -> None:
        super().__init__()
        self.cell, self.hidden_size, self.layers = cell, hidden_size, layers
        self.dropout, self.members, self.feedback, self.floor = dropout, members, feedback, floor
        drawn = [_draw(cell, hidden_size, layers, seed + m) for m in range(members)]
        self.rnn, self.linear = nn.ParameterDict(), nn.ParameterDict()
        for name in drawn[0]:
            owner, parameter = name.split(".")
            values = torch.stack([one[name] for one in drawn])
            getattr(self, owner)[parameter] = nn.Parameter(values)
        self.path = nn.ParameterDict()
        if path is not None:
            self.path["weight"] = nn.Parameter(torch.zeros(members, 1, path))

    def forward(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """The next value after each window: (K, B, W) -> (K, B).

        Dropout acts between layers only with a `generator`, which is given in training.
        """
        if self.floor is None:
            return self._ahead(self.encode(x, generator), x)
        level, scale = window_scale(x, self.floor)
        x = (x - level) / scale
        value = self._ahead(self.encode(x, generator), x)
        return torch.addcmul(level[..., 0], value, scale[..., 0])

    def forecast(
        self,
        x: Tensor,
        steps: int,
        generator: torch.Generator | None = None,
        *,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Tensor:
        """The closed-loop forecast after each window: (K, B, W) -> (K, B, steps).

        `should_stop` is asked after every step. A stopped forecast has fewer steps.
        """
        if steps == 1:
            one: Tensor = self(x, generator).unsqueeze(-1)
            return one
        if self.feedback == "window":
            values = []
            for _ in range(steps):
                value = self(x, generator).unsqueeze(-1)  # (K, B, 1)
                values.append(value)
                if should_stop():
                    break
                x = torch.cat([x[..., 1:], value], dim=-1)
            return torch.cat(values, dim=-1)
        if self.floor is not None:  # the loop runs in the units of its first window
            level, scale = window_scale(x, self.floor)
            return self._carry((x - level) / scale, steps, generator, should_stop) * scale + level
        return self._carry(x, steps, generator, should_stop)

    def _carry(
        self,
        x: Tensor,
        steps: int,
        generator: torch.Generator | None,
        should_stop: Callable[[], bool],
    ) -> Tensor:
        states = self.encode(x, generator)
        values = [self._ahead(states, x)]
        for _ in range(steps - 1):
            if should_stop():
                break
            value = values[-1].unsqueeze(-1)
            states = self.advance(value, states, generator)
            if self.path:
                x = torch.cat([x[..., 1:], value], dim=-1)
            values.append(self._ahead(states, x))
        return torch.stack(values, dim=-1)

    def _ahead(self, states: State, x: Tensor) -> Tensor:
        """The next value after windows `x` (K, B, W), which were encoded as `states`: (K, B)."""
        value = self.read(states)
        if not self.path:
            return value
        return value + torch.bmm(x, self.path["weight"].transpose(1, 2)).squeeze(-1)

    def encode(self, x: Tensor, generator: torch.Generator | None = None) -> State:
        """The states after windows (K, B, W), read from a zero state."""
        if self.members == 1 and self.cell in _FUSED:
            return self._encode_fused(x, generator)
        parts, _ = CELLS[self.cell]
        zero = x.new_zeros(*x.shape[:2], self.hidden_size)
        states: State = [(zero,) * parts for _ in range(self.layers)]
        for value in x.unsqueeze(-1).unbind(2):  # (K, B, 1)
            states = self.advance(value, states, generator)
        return states

    def advance(self, x: Tensor, states: State, generator: torch.Generator | None = None) -> State:
        """The states after one more value (K, B, 1), which passes through all layers."""
        advanced: State = []
        step = _STEPS[self.cell]
        for k, state in enumerate(states):
            if k:
                x = self._drop(x, generator)
            advanced.append(step(x, state, self._layer(k)))
            x = advanced[-1][0]
        return advanced

    def read(self, states: State) -> Tensor:
        """The readout of the last layer's hidden state: (K, B)."""
        h, weight, bias = states[-1][0], self.linear["weight"], self.linear["bias"]
        if self.members == 1:  # the same bits as nn.Linear, as in `_encode_fused`
            return nn.functional.linear(h[0], weight[0], bias[0]).mT
        return torch.baddbmm(bias.unsqueeze(1), h, weight.transpose(1, 2)).squeeze(-1)

    def _encode_fused(self, x: Tensor, generator: torch.Generator | None) -> State:
        # `nn.GRU` calls this loop over the window, too. So the operations are the same as in the
        # lesson's script, and a GPU uses cuDNN.
        inputs = x[0].unsqueeze(-1)  # (B, W, in)
        states: State = []
        for k in range(self.layers):
            if k:
                inputs = self._drop(inputs, generator)
            weights = [parameter[0] for parameter in self._layer(k)]
            zero = x.new_zeros(1, len(inputs), self.hidden_size)
            start = (zero, zero) if self.cell == "lstm" else zero
            inputs, *last = _FUSED[self.cell](
                inputs, start, weights, True, 1, 0.0, True, False, True
            )
            # The last output equals the last state, but lies in memory as in the lesson's script.
            states.append((inputs[:, -1].unsqueeze(0), *last[1:]))
        return states

    def _layer(self, k: int) -> Tensors:
        return tuple(self.rnn[f"{name}_l{k}"] for name in _PARAMETERS)

    def _drop(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        if generator is None or not self.dropout:
            return x
        kept = 1.0 - self.dropout
        mask = torch.empty(x.shape).bernoulli_(kept, generator=generator)
        return x * (mask / kept).to(x.device)

    def set_readout(self, weight: Tensor, bias: Tensor) -> None:
        """Overwrite the readout with weights (K, 1, hidden) and biases (K, 1).

        With a linear path, `weight` is (K, 1, hidden + W): the path's weights come last.
        """
        with torch.no_grad():
            self.linear["weight"].copy_(weight[..., : self.hidden_size])
            self.linear["bias"].copy_(bias)
            if self.path:
                self.path["weight"].copy_(weight[..., self.hidden_size :])

    def weights(self) -> Weights:
        """A copy of all parameters as NumPy arrays, named as in one stacked `nn.GRU`."""
        return {name: p.detach().cpu().numpy().copy() for name, p in self.named_parameters()}

    def load(self, weights: Weights) -> None:
        """Take the parameters from `weights`, as `weights()` gives them.

        Raises:
            OptionError: `weights` belong to another kind of network.
        """
        mine = {name: tuple(p.shape) for name, p in self.named_parameters()}
        theirs = {name: array.shape for name, array in weights.items()}
        if mine != theirs:
            raise OptionError(
                "These weights belong to another network. Set cell, hidden size, layers, members "
                "and linear path as they were when it was trained, or train anew.",
                ("cell", "hidden_size", "layers", "members", "linear_path"),
            )
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                parameter.copy_(torch.from_numpy(weights[name]))


def window_scale(x: Tensor, floor: float) -> tuple[Tensor, Tensor]:
    """Level and scale of each window, (..., W) -> (..., 1) each, as in `windows.window_scale`."""
    level = x.mean(-1, keepdim=True)
    variance = (x - level).square().mean(-1, keepdim=True)
    return level, (variance + floor**2).sqrt()


def _map(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """One linear map per member: (K, B, in) -> (K, B, out)."""
    return torch.baddbmm(bias.unsqueeze(1), x, weight.transpose(1, 2))


def _gru(x: Tensor, state: Tensors, weights: Tensors) -> Tensors:
    h, (w_ih, w_hh, b_ih, b_hh) = state[0], weights
    from_input, from_hidden = _map(x, w_ih, b_ih), _map(h, w_hh, b_hh)
    size = 2 * h.shape[-1]
    gates = torch.sigmoid(from_input[..., :size] + from_hidden[..., :size])
    r, z = gates.chunk(2, dim=-1)
    n = torch.tanh(torch.addcmul(from_input[..., size:], r, from_hidden[..., size:]))
    return (torch.lerp(n, h, z),)


def _gru_textbook(x: Tensor, state: Tensors, weights: Tensors) -> Tensors:
    h, (w_ih, w_hh, b_ih, b_hh) = state[0], weights
    size = 2 * h.shape[-1]
    from_input = _map(x, w_ih, b_ih)
    from_hidden = _map(h, w_hh[:, :size], b_hh[:, :size])
    r, z = torch.sigmoid(from_input[..., :size] + from_hidden).chunk(2, dim=-1)
    n = torch.tanh(from_input[..., size:] + _map(r * h, w_hh[:, size:], b_hh[:, size:]))
    return (torch.lerp(h, n, z),)


def _lstm(x: Tensor, state: Tensors, weights: Tensors) -> Tensors:
    w_ih, w_hh, b_ih, b_hh = weights
    i, f, g, o = (_map(x, w_ih, b_ih) + _map(state[0], w_hh, b_hh)).chunk(4, dim=-1)
    c = torch.sigmoid(f) * state[1] + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def _rnn(x: Tensor, state: Tensors, weights: Tensors) -> Tensors:
    w_ih, w_hh, b_ih, b_hh = weights
    return (torch.tanh(_map(x, w_ih, b_ih) + _map(state[0], w_hh, b_hh)),)


#: One step of each cell: (x, state, weights) -> state. x is (K, B, in), and the weights stand in
#: the order of `_PARAMETERS`. The equations stand in `cells`.
_STEPS: dict[str, Callable[[Tensor, Tensors, Tensors], Tensors]] = {
    "gru": _gru,
    "gru-textbook": _gru_textbook,
    "lstm": _lstm,
    "rnn": _rnn,
}
#: PyTorch's loop over a whole window, for the cells that it has.
_FUSED: dict[str, Callable[..., Tensors]] = {
    "gru": torch._VF.gru,
    "lstm": torch._VF.lstm,
    "rnn": torch._VF.rnn_tanh,
}


def _draw(cell: str, hidden_size: int, layers: int, seed: int) -> dict[str, Tensor]:
    """The first parameters of one member, by name, in PyTorch's order."""
    generator = torch.Generator().manual_seed(seed)
    bound = 1.0 / math.sqrt(hidden_size)
    rows = GATES[cell] * hidden_size
    drawn: dict[str, Tensor] = {}
    for k in range(layers):
        inputs = 1 if k == 0 else hidden_size
        shapes = ((rows, inputs), (rows, hidden_size), (rows,), (rows,))
        for name, shape in zip(_PARAMETERS, shapes, strict=True):
            values = torch.empty(shape)
            drawn[f"rnn.{name}_l{k}"] = values.uniform_(-bound, bound, generator=generator)
    # What nn.Linear does: kaiming_uniform with a = √5 is U(−1/√fan_in, 1/√fan_in).
    weight = torch.empty(1, hidden_size)
    drawn["linear.weight"] = nn.init.kaiming_uniform_(weight, a=math.sqrt(5), generator=generator)
    drawn["linear.bias"] = torch.empty(1).uniform_(-bound, bound, generator=generator)
    return drawn
