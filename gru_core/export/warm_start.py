"""The code of the warm start: ridge regression solves the output layer, as `training` does."""

from __future__ import annotations

from gru_core.export.plan import Lines, Plan
from gru_core.forecast.parameters import windows_per_block

__all__ = ["warm_start_code"]


def warm_start_code(plan: Plan) -> Lines:
    """The lines that solve the output layer before any training."""
    parts, W = plan.parts, plan.parts.window
    e = plan.experiment
    lines = [
        "# Warm start: before any training, ridge regression solves the output layer exactly.",
        "def readout(inputs, targets):  # what the output layer reads, and what it should give",
    ]
    members = "M" if plan.members else "1"
    lines += [f"    x, y = inputs.expand({members}, *inputs.shape), targets[None, :, :1]"]
    if plan.floor:
        lines += ["    level, scale = window_scale(x)"]
        lines += ["    x, y = (x - level) / scale, (y - level) / scale"]
    lines += _states(plan)
    if e.linear_path:
        lines += ["    h = torch.cat([h, x], dim=-1)"]
    shape = f"({members}, N, {plan.states})"
    lines += [
        f"    h = torch.cat([h, torch.ones(*h.shape[:2], 1)], dim=-1)  # {shape}; a 1 for the bias",
        "    return h.double(), y.double()",
        "",
        "",
        "with torch.no_grad():",
        "    states, values_after = readout(inputs, targets)",
    ]
    judged = "states, values_after"
    if parts.validation_windows:
        first = plan.train_values - W
        steps = max(1, min(plan.problem.loop_steps, parts.validation_windows))
        stop = first + parts.validation_windows - steps + 1
        lines += [
            f"    later = range({first}, {stop})  # the windows of the validation part",
            "    later_inputs = torch.stack([data[i : i + W] for i in later])",
            "    later_targets = torch.stack([data[i + W : i + W + 1] for i in later])",
            "    judge_states, judge_values = readout(later_inputs, later_targets)",
        ]
        judged = "judge_states, judge_values"
    return lines + _ridge(plan, *judged.split(", "))


def _block(plan: Plan) -> int:
    """How many windows the run read at once, if it had more than that. Otherwise 0.

    The program sums in the same blocks: another order of the sums rounds in another way.
    """
    block = windows_per_block(plan.experiment)
    return block if max(plan.parts.train_windows, plan.parts.validation_windows) > block else 0


def _states(plan: Plan) -> Lines:
    """The line that makes `h` (M, N, hidden), the last hidden state after each window."""
    e = plan.experiment
    layer = "[-1]" if e.layers > 1 and (plan.members or plan.carries) else ""
    top = f"{layer}[0]" if e.cell == "lstm" and (plan.members or plan.carries) else layer
    call = f"model.encode({{}}){top}"
    if not plan.members:
        window = "{}" if plan.stacked else "{}[0]"
        call = f"model.encode({window})" + (top if plan.carries else ".unsqueeze(0)")
    block = _block(plan)
    if not block:
        return [f"    h = {call.format('x')}"]
    parts = f"{call.format('part')} for part in x.split({block}, dim=1)"
    return [f"    h = torch.cat([{parts}], dim=1)"]


def _sums(block: int, judge_states: str, judge_values: str) -> tuple[Lines, Lines]:
    """The lines that make `gram` and `moment`, and those that make `error` for each penalty.

    `block`: how many windows are summed at once; 0 for all.
    """
    if not block:
        return [
            "    gram = states.transpose(1, 2) @ states",
            "    moment = states.transpose(1, 2) @ values_after",
        ], [f"        error = ({judge_states} @ solution - {judge_values}).square().mean().item()"]
    judged = f"blocks({judge_states}, {judge_values})"
    return [
        "    def blocks(*all):  # the sums are made block by block, as in the run",
        f"        return zip(*(one.split({block}, dim=1) for one in all), strict=True)",
        "",
        "    gram = sum(s.transpose(1, 2) @ s for (s,) in blocks(states))",
        "    moment = sum(s.transpose(1, 2) @ v for s, v in blocks(states, values_after))",
    ], [
        f"        parts = [(s @ solution - v).square().sum() for s, v in {judged}]",
        "        error = sum(parts).item()",
    ]


def _ridge(plan: Plan, judge_states: str, judge_values: str) -> Lines:
    e, n = plan.experiment, plan.states
    size = e.hidden_size
    weight, bias, path = "model.linear.weight", "model.linear.bias", "model.path.weight"
    member = "[0]"
    if plan.members:
        weight, bias, path = (f"model.weights[{k}]" for k in (4 * e.layers, 4 * e.layers + 1, -1))
        member = ""
    sums, error = _sums(_block(plan), judge_states, judge_values)
    lines = [
        *sums,
        "    unit = gram.diagonal(dim1=1, dim2=2)[:, :-1].mean(dim=1).view(-1, 1, 1)",
        f"    penalty = torch.eye({n}, dtype=torch.float64)",
        "    penalty[-1, -1] = 0  # the bias is free",
        "    least = torch.inf",
        "    for share in [10.0**e for e in range(-9, 3)]:  # the penalty with the smallest error",
        "        ridge = gram + share * unit * penalty",
        "        solution, failed = torch.linalg.solve_ex(ridge, moment)",
        *error,
        "        if not failed.any() and error < least:",
        "            least = error",
        f"            {weight}.copy_(solution[:, :{size}].transpose(1, 2){member})",
        f"            {bias}.copy_(solution[:, -1]{member})",
    ]
    if e.linear_path:
        lines += [f"            {path}.copy_(solution[:, {size}:-1].transpose(1, 2){member})"]
    return lines
