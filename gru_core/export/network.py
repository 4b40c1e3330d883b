"""The code of the network: PyTorch's layers where they are enough, or its own weights and cell.

The comments in a program use these letters for shapes:

    B  the number of windows in a batch
    W  the length of a window
    M  the number of members; a 1 stands there if there is only one
"""

from __future__ import annotations

from gru_core.export.functions import functions_code
from gru_core.export.plan import PYTORCH, Lines, Plan

__all__ = ["network_code"]

#: (B, 1) -> (1, B, 1)
STACK = ".mT.unsqueeze(-1)"


def network_code(plan: Plan) -> Lines:
    """The class of the network, and `model`: one network with its first weights."""
    lines: Lines = []
    for function in functions_code(plan):
        lines += [*function, "", ""]
    lines += [f"class {_name(plan)}(nn.Module):"]
    methods = [_init_members(plan) if plan.members else _init(plan)]
    if plan.members or plan.carries or plan.experiment.warm_start:
        methods.append(_encode_members(plan) if plan.members else _encode(plan))
    if plan.members or plan.carries:
        methods += [_advance(plan), _read(plan)]
    methods.append(_forward(plan))
    for k, method in enumerate(methods):
        lines += ([""] if k else []) + [f"    {line}" if line else "" for line in method]
    if not plan.members:
        lines += ["", "", f"torch.manual_seed({plan.experiment.seed})"]
    else:
        lines += ["", ""]
    return [*lines, f"model = {_name(plan)}()"]


def _name(plan: Plan) -> str:
    return f"{_kind(plan)}Net"


def _kind(plan: Plan) -> str:
    return PYTORCH.get(plan.experiment.cell, "GRU")


def _top(plan: Plan, state: str = "state") -> str:
    """The expression of the last layer's hidden state."""
    layer = f"{state}[-1]" if plan.experiment.layers > 1 else state
    return f"{layer}[0]" if plan.experiment.cell == "lstm" else layer


def _init(plan: Plan) -> Lines:
    e, kind = plan.experiment, _kind(plan)
    size, more = e.hidden_size, f", {e.layers}" if e.layers > 1 else ""
    lines = ["def __init__(self):", "    super().__init__()"]
    if plan.layer_by_layer:
        sizes = ", ".join(["1", *[str(size)] * (e.layers - 1)])
        made = f"nn.{kind}(n, {size}, batch_first=True) for n in [{sizes}]"
        lines += [f"    self.layers = nn.ModuleList({made})"]
    else:
        lines += [f"    self.{e.cell} = nn.{kind}(1, {size}{more}, batch_first=True)"]
    lines += [f"    self.linear = nn.Linear({size}, 1)"]
    if e.linear_path:
        lines += ["    self.path = nn.Linear(W, 1, bias=False)  # straight from the window"]
        lines += ["    nn.init.zeros_(self.path.weight)"]
    return lines


def _init_members(plan: Plan) -> Lines:
    e = plan.experiment
    kind, size, more = _kind(plan), e.hidden_size, f", {e.layers}" if e.layers > 1 else ""
    seeds = f"{e.seed}, {e.seed} + M" if e.seed else "M"
    lines = [
        "def __init__(self):",
        "    super().__init__()",
        "    drawn = []",
        f"    for seed in range({seeds}):  # each member has its own first weights",
        "        torch.manual_seed(seed)",
        f"        layers, readout = nn.{kind}(1, {size}{more}), nn.Linear({size}, 1)",
        "        drawn.append([*layers.parameters(), *readout.parameters()])",
        "    stacked = [torch.stack(same).detach() for same in zip(*drawn)]  # (M, ...) each",
    ]
    if e.linear_path:
        lines += ["    stacked.append(torch.zeros(M, 1, W))  # a path straight from the window"]
    return [*lines, "    self.weights = nn.ParameterList(stacked)"]


def _encode(plan: Plan) -> Lines:
    """`encode` of a network with one member, made of PyTorch's layers."""
    e = plan.experiment
    size = e.hidden_size
    if not plan.carries:
        head = f"def encode(self, x):  # ({plan.axis}B, W) -> (B, {size})"
        return [head, *_fused(plan, "return ")]
    lines = [f"def encode(self, x):  # (1, B, W) -> (1, B, {size}){_a_layer(plan)}"]
    last = "(out[:, -1].unsqueeze(0), c)" if e.cell == "lstm" else "out[:, -1].unsqueeze(0)"
    rest = "(_, c)" if e.cell == "lstm" else "_"
    inputs = "x[0].unsqueeze(-1)"
    if e.layers == 1:
        return [
            *lines,
            f"    out, {rest} = {_call(plan, f'self.{e.cell}', inputs)}  # (B, W, {size})",
            f"    return {last}",
        ]
    lines += [f"    out, state = {inputs}, []"]
    each = "k, layer in enumerate(self.layers)" if e.dropout else "layer in self.layers"
    inputs = "drop(out) if k else out" if e.dropout else "out"
    return [
        *lines,
        f"    for {each}:",
        f"        out, {rest} = {_call(plan, 'layer', inputs)}  # (B, W, {size})",
        f"        state.append({last})",
        "    return state",
    ]


def _fused(plan: Plan, use: str) -> Lines:
    """The lines that put the last hidden state (B, hidden) after the words `use`."""
    e = plan.experiment
    inputs = "x[0].unsqueeze(-1)" if plan.stacked else "x.unsqueeze(-1)"
    shape = f"# (B, W, {e.hidden_size})"
    if not plan.layer_by_layer:
        call = _call(plan, f"self.{e.cell}", inputs)
        return [f"    out, _ = {call}  {shape}", f"    {use}out[:, -1]"]
    return [
        f"    out = {inputs}  # (B, W, 1)",
        "    for k, layer in enumerate(self.layers):",
        f"        out, _ = {_call(plan, 'layer', 'drop(out) if k else out')}  {shape}",
        f"    {use}out[:, -1]",
    ]


def _call(plan: Plan, layer: str, inputs: str) -> str:
    return f"encoded({layer}, {inputs})" if plan.views else f"{layer}({inputs})"


def _encode_members(plan: Plan) -> Lines:
    e = plan.experiment
    zero = f"torch.zeros(M, x.shape[1], {e.hidden_size})"
    start = f"({zero},) * 2" if e.cell == "lstm" else zero
    if e.layers > 1:
        start = f"[{start}] * {e.layers}"
    return [
        f"def encode(self, x):  # (M, B, W) -> (M, B, {e.hidden_size}){_a_layer(plan)}",
        f"    state = {start}",
        "    for value in x.unsqueeze(-1).unbind(2):  # (M, B, 1)",
        "        state = self.advance(value, state)",
        "    return state",
    ]


def _a_layer(plan: Plan) -> str:
    return " a layer" if plan.experiment.layers > 1 else ""


def _advance(plan: Plan) -> Lines:
    """`advance`: the state after one more value."""
    e = plan.experiment
    if plan.members:
        weights = ["    w = self.weights"]
    else:
        owner = "layers" if plan.layer_by_layer else e.cell
        weights = [f"    w = [p.unsqueeze(0) for p in self.{owner}.parameters()]"]
    head = [f"def advance(self, x, state):  # one more value ({plan.axis}B, 1)", *weights]
    if e.layers == 1:
        return [*head, "    return cell(x, state, *w[:4])"]
    below = "new[-1][0]" if e.cell == "lstm" else "new[-1]"
    below = f"drop({below})" if e.dropout else below
    return [
        *head,
        "    new = []",
        f"    for k in range({e.layers}):  # each layer reads the state of the layer below",
        f"        below = {below} if k else x",
        "        new.append(cell(below, state[k], *w[4 * k : 4 * k + 4]))",
        "    return new",
    ]


def _read(plan: Plan) -> Lines:
    """`read`: the next value, from the state and, with a linear path, from the window."""
    e = plan.experiment
    arguments = "state, x" if e.linear_path else "state"
    head = [f"def read(self, {arguments}):  # the next value ({plan.axis}B, 1)"]
    if not plan.members:
        return [*head, *_returned(plan, f"self.linear({_top(plan)}[0]){STACK}")]
    names = "weight, bias, path" if e.linear_path else "weight, bias"
    count = 3 if e.linear_path else 2
    head += [f"    {names} = self.weights[-{count}:]"]
    value = f"linear({_top(plan)}, weight, bias)"
    if e.members == 1:
        value = f"nn.functional.linear({_top(plan)}[0], weight[0], bias[0]){STACK}"
    return [*head, *_returned(plan, value)]


def _returned(plan: Plan, value: str) -> Lines:
    """Return `value`, with that of the linear path if there is one."""
    if not plan.experiment.linear_path:
        return [f"    return {value}"]
    # On the CPU, `bmm` and `nn.Linear` round a sum of so few numbers in different ways.
    if plan.members:
        path = "torch.bmm(x, path.transpose(1, 2))"
    else:
        path = "torch.bmm(x, self.path.weight.T[None])"
        path = path if plan.stacked else "torch.bmm(x[None], self.path.weight.T[None])[0]"
    return [f"    value = {value}", f"    return value + {path}"]


def _forward(plan: Plan) -> Lines:
    e = plan.experiment
    lines = [f"def forward(self, x):  # ({plan.axis}B, W) -> ({plan.axis}B, 1)"]
    stack = STACK if plan.stacked else ""
    if plan.floor:
        lines += ["    level, scale = window_scale(x)", "    x = (x - level) / scale"]
    if plan.members or plan.carries:
        value = "self.read(self.encode(x), x)" if e.linear_path else "self.read(self.encode(x))"
        last = [f"    return {value}"]
    elif e.warm_start:
        last = _returned(plan, f"self.linear(self.encode(x)){stack}")
    else:
        *read, out = _fused(plan, "")
        lines += read
        last = _returned(plan, f"self.linear({out.strip()}){stack}")
    if not plan.floor:
        return [*lines, *last]
    *before, returned = last
    return [
        *lines,
        *before,
        f"    value = {returned.removeprefix('    return ')}",
        "    return torch.addcmul(level, value, scale)  # level + value * scale",
    ]
