"""The code of the training: loss and optimizer, and the loop over the epochs."""

from __future__ import annotations

import base64

import numpy as np

from gru_core.export.plan import Lines, Plan
from gru_core.export.series import literal
from gru_core.export.warm_start import warm_start_code
from gru_core.forecast.events import Weights

__all__ = ["closed_loop_code", "loss_code", "training_code"]


def loss_code(plan: Plan) -> Lines:
    """`criterion` and `optimizer`, and `scheduler` if the learning rate changes."""
    e = plan.experiment
    if plan.why:
        return [f"# {plan.why}", "# So this program does not train. It loads the trained weights."]
    if not plan.epochs:
        return ["# This run kept the untrained network. So there is nothing to minimise."]
    lines = []
    if plan.members:
        lines += [
            "def criterion(outputs, targets):  # (M, B, k) and (B, k) -> (M,)",
            "    return (outputs - targets).square().mean(dim=(1, 2))  # the loss of each member",
            "",
            "",
        ]
    else:
        lines += ["criterion = nn.MSELoss()"]
    lines += [f"optimizer = torch.optim.Adam(model.parameters(), lr={literal(e.learning_rate)})"]
    if e.schedule == "one-cycle":
        total = e.epochs * plan.problem.steps_per_epoch + 1
        steps = f"-(-len(inputs) // {plan.problem.batch_size})"
        lines += [
            f"steps = {e.epochs} * {steps}  # {e.epochs} epochs of so many batches",
            "scheduler = torch.optim.lr_scheduler.OneCycleLR(  # the rate rises, then falls",
            "    optimizer,",
            f"    max_lr={literal(e.learning_rate)},",
            "    total_steps=steps + 1,",
            f"    pct_start={max(0.1, min(1.0, 2 / total))!r},  # the share of rising steps",
            "    cycle_momentum=False,",
            ")",
        ]
    return lines


def training_code(plan: Plan) -> Lines:
    """The loop over the epochs; the trained weights where it cannot be repeated."""
    if plan.why and plan.weights is not None:
        return _load(plan.weights)
    lines: Lines = []
    if plan.experiment.warm_start:
        lines += warm_start_code(plan)
    if not plan.epochs:
        return lines or ["# The run kept the network as it was before the first epoch."]
    lines += ["", ""] if lines else []
    if plan.closed:
        lines += [*closed_loop_code(plan), "", ""]
    if plan.experiment.clip is not None and plan.experiment.members > 1:
        lines += [*_clip_members(plan.experiment.clip), "", ""]
    if plan.weights is None:
        return lines + _loop(plan)
    return [*lines, *_train_or_load(_loop(plan), plan.weights)]


def _train_or_load(loop: Lines, weights: Weights) -> Lines:
    *definition, decoded, loaded = _load(weights)
    return [
        "# The run was trained by compiled steps. They round sums in another way than PyTorch, and",
        "# training makes such a difference larger. So the weights of the run stand below.",
        "TRAIN = False  # True: train again, with nearly the same forecast",
        "if TRAIN:",
        *(f"    {line}" for line in loop),
        "",
        *definition,
        "if not TRAIN:",
        f"    {decoded}",
        f"    {loaded}",
    ]


def _loop(plan: Plan) -> Lines:
    e, size = plan.experiment, plan.problem.batch_size
    lines: Lines = []
    if plan.epochs < e.epochs:
        kept = f"epoch {plan.epochs} of {e.epochs}"
        lines += [f"# The run kept the weights of {kept}, so later epochs are left out."]
    lines += [f"for epoch in range(1, {plan.epochs} + 1):"]
    if e.shuffle or e.dropout:
        lines += [
            f"    draw = np.random.SeedSequence([{e.seed}, epoch]).generate_state(1, np.uint64)[0]",
            "    torch.manual_seed(int(draw >> 1))  # each epoch has its own random numbers",
        ]
    if plan.closed and e.curriculum:
        lines += [
            f"    k = max(1, round(min(1, 2 * epoch / {e.epochs}) * K))  # more and more steps"
        ]
    steps = "k" if e.curriculum else "K"
    if size == 1 and not e.shuffle and not plan.members and not plan.closed:
        lines += [
            "    for i in range(len(inputs)):  # one window after the other",
            "        x, y = inputs[i : i + 1], targets[i : i + 1]  # (1, W) and (1, 1)",
        ]
    else:
        order = "randperm" if e.shuffle else "arange"
        y = f"targets[batch, :{steps}]" if plan.closed else "targets[batch]"
        shape = f"(B, {steps})" if plan.closed else "(B, 1)"
        lines += [
            f"    for batch in torch.{order}(len(inputs)).split({size}):",
            f"        x, y = inputs[batch], {y}  # (B, W) and {shape}",
        ]
    x = "x"
    if plan.stacked:
        x = "x.expand(M, -1, -1)" if plan.members else "x.unsqueeze(0)"
    outputs = f"closed_loop({x}, {steps})" if plan.closed else f"model({x})"
    if plan.stacked and not plan.members:
        outputs += "[0]"
    lines += ["        optimizer.zero_grad()", f"        loss = criterion({outputs}, y)"]
    lines += ["        loss.sum().backward()" if plan.members else "        loss.backward()"]
    if e.clip is not None:
        clip = f"nn.utils.clip_grad_norm_(model.parameters(), {literal(e.clip)})"
        lines += [f"        {'clip_gradients()' if e.members > 1 else clip}"]
    lines += ["        optimizer.step()"]
    if e.schedule == "one-cycle":
        lines += ["        scheduler.step()"]
    loss = "loss.mean().item()" if plan.members else "loss.item()"
    return [*lines, f'    print(f"epoch {{epoch}}: loss {{{loss}:.6f}}")']


def _clip_members(longest: float) -> Lines:
    return [
        "def clip_gradients():",
        f'    """Scale the gradient of each member down to the length {literal(longest)}."""',
        "    gradients = [p.grad for p in model.parameters()]  # (M, ...) each",
        "    squares = [g.square().flatten(1).sum(1) for g in gradients]  # (M,) each",
        "    length = torch.stack(squares).sum(0).sqrt()",
        f"    factor = ({literal(longest)} / (length + 1e-6)).clamp(max=1.0)  # (M,)",
        "    for g in gradients:",
        "        g.mul_(factor.view(-1, *[1] * (g.dim() - 1)))",
    ]


def closed_loop_code(plan: Plan) -> Lines:
    """`closed_loop(x, steps)`: the forecasts (..., steps) after windows (..., W)."""
    head = ["def closed_loop(x, steps):  # (..., W) -> (..., steps)"]
    if not plan.carries:
        return [
            *head,
            '    """Each forecast moves into the window, which is read again."""',
            "    outputs = []",
            "    for _ in range(steps):",
            "        value = model(x)  # (..., 1)",
            "        outputs.append(value)",
            "        x = torch.cat([x[..., 1:], value], dim=-1)",
            "    return torch.cat(outputs, dim=-1)",
        ]
    lines = [*head, '    """Each forecast is the next input, and the state is carried on."""']
    if plan.floor:
        if plan.closed or plan.parts.horizon == 1:
            lines += ["    if steps == 1:", "        return model(x)"]
        lines += ["    level, scale = window_scale(x)", "    x = (x - level) / scale"]
    path = plan.experiment.linear_path
    read = "model.read(state, x)" if path else "model.read(state)"
    lines += [
        "    state = model.encode(x)",
        f"    outputs = [{read}]  # (..., 1) each",
        "    for _ in range(steps - 1):",
    ]
    if path:  # the copy sets the order in which the gradients of a value are added up
        lines += [
            "        value = outputs[-1].clone()",
            "        state = model.advance(value, state)",
            "        x = torch.cat([x[..., 1:], value], dim=-1)",
        ]
    else:
        lines += ["        state = model.advance(outputs[-1], state)"]
    back = " * scale + level" if plan.floor else ""
    return [
        *lines,
        f"        outputs.append({read})",
        f"    return torch.cat(outputs, dim=-1){back}",
    ]


def _load(weights: Weights) -> Lines:
    layers = sum(name.startswith("rnn.weight_ih") for name in weights)
    parameters = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    names = [f"rnn.{parameter}_l{k}" for k in range(layers) for parameter in parameters]
    names += [name for name in ("linear.weight", "linear.bias", "path.weight") if name in weights]
    flat = np.concatenate([weights[name].ravel() for name in names]).astype("<f4")
    text = base64.b64encode(flat.tobytes()).decode("ascii")
    return [
        "import base64",
        "",
        f"# {len(flat)} numbers of 4 bytes, in the order of model.parameters()",
        'WEIGHTS = """',
        *(text[k : k + 96] for k in range(0, len(text), 96)),
        '"""',
        'trained = np.frombuffer(base64.b64decode(WEIGHTS), dtype="<f4").astype(np.float32)',
        "nn.utils.vector_to_parameters(torch.from_numpy(trained), model.parameters())",
    ]
