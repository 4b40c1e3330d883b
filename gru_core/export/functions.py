"""The functions that the class of a network calls: a cell's equations, dropout, window scales."""

from __future__ import annotations

from gru_core.export.plan import Lines, Plan
from gru_core.forecast.cells import GATES

__all__ = ["functions_code"]

TITLES = {
    "gru": "a GRU",
    "gru-textbook": "a GRU in the textbook's form",
    "lstm": "an LSTM",
    "rnn": "a plain RNN",
}

#: The equations of one step, from `from_input` and `from_hidden` (M, B, gates · hidden).
EQUATIONS = {
    "gru": """    gates = torch.sigmoid(from_input[..., :{two}] + from_hidden[..., :{two}])
    r, z = gates.chunk(2, dim=-1)  # reset gate and update gate
    n = torch.tanh(torch.addcmul(from_input[..., {two}:], r, from_hidden[..., {two}:]))
    return torch.lerp(n, h, z)  # (1 - z) * n + z * h""",
    "lstm": """    i, f, g, o = (from_input + from_hidden).chunk(4, dim=-1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c""",
    "rnn": """    return torch.tanh(from_input + from_hidden)""",
}

#: Through a closed loop, the layers read many windows before the weights change.
VIEWED = '''def encoded(layer, x):
    """What `layer` returns. PyTorch adds up the gradients of each reading, and then their sums."""
    views = {name: p.view_as(p) for name, p in layer.named_parameters()}
    return torch.func.functional_call(layer, views, x)'''


def functions_code(plan: Plan) -> list[Lines]:
    """The lines of each function that the options need."""
    functions: list[Lines] = []
    if plan.members or plan.carries:
        functions.append(_cell(plan))
    if plan.experiment.dropout:
        functions.append(_dropout(plan))
    if plan.floor:
        functions.append(_window_scale())
    if plan.views:
        functions.append(VIEWED.splitlines())
    return functions


def _cell(plan: Plan) -> Lines:
    cell: str = plan.experiment.cell
    size = plan.experiment.hidden_size
    rows = GATES[cell] * size
    head = ["def linear(x, weight, bias):  # (M, B, in) -> (M, B, out), for each of the M members"]
    head += ["    return torch.baddbmm(bias.unsqueeze(1), x, weight.transpose(1, 2))", "", ""]
    state = "state" if cell == "lstm" else "h"
    head += [
        f"def cell(x, {state}, w_ih, w_hh, b_ih, b_hh):",
        f'    """One step of {TITLES[cell]}: it reads one value of each window."""',
    ]
    if cell == "lstm":
        head += [f"    h, c = state  # (M, B, {size}) each"]
    head += [f"    from_input = linear(x, w_ih, b_ih)  # (M, B, {rows})"]
    if cell == "gru-textbook":
        return head + _textbook(size)
    head += [f"    from_hidden = linear(h, w_hh, b_hh)  # (M, B, {rows})"]
    return head + EQUATIONS[cell].format(two=2 * size).splitlines()


def _textbook(size: int) -> Lines:
    two = 2 * size
    return [
        f"    from_hidden = linear(h, w_hh[:, :{two}], b_hh[:, :{two}])  # (M, B, {two})",
        f"    gates = torch.sigmoid(from_input[..., :{two}] + from_hidden)",
        "    r, z = gates.chunk(2, dim=-1)  # reset gate and update gate",
        f"    from_reset = linear(r * h, w_hh[:, {two}:], b_hh[:, {two}:])  # (M, B, {size})",
        f"    n = torch.tanh(from_input[..., {two}:] + from_reset)",
        "    return torch.lerp(h, n, z)  # (1 - z) * h + z * n",
    ]


def _dropout(plan: Plan) -> Lines:
    share = plan.experiment.dropout
    return [
        "def drop(x):",
        f'    """Set a share of {share!r} of the values to zero, in training only."""',
        "    if not torch.is_grad_enabled():",
        "        return x",
        f"    kept = torch.empty(x.shape).bernoulli_(1 - {share!r})",
        f"    return x * (kept / (1 - {share!r}))",
    ]


def _window_scale() -> Lines:
    return [
        "def window_scale(x):  # (..., W) -> (..., 1) each",
        '    """The level of each window, and how far its values lie from it."""',
        "    level = x.mean(-1, keepdim=True)",
        "    variance = (x - level).square().mean(-1, keepdim=True)",
        "    return level, (variance + FLOOR**2).sqrt()",
    ]
