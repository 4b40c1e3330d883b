"""`to_onnx`: the kept networks of a run as an ONNX model, which other programs can run."""

from __future__ import annotations

import numpy as np

from gru_core.errors import TransferError, raised_at_call
from gru_core.export.onnx_layers import LAYERS, layer_arrays
from gru_core.export.onnx_nodes import DOUBLE, FLOAT, INT, Nodes, value
from gru_core.forecast.cells import STEPS
from gru_core.forecast.events import Weights
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result

__all__ = ["to_onnx"]

#: The versions of ONNX's operators and of its file. Programs from 2022 on can read them.
OPERATORS, FILE = 17, 8


#: The states of one member: for each layer the names of its parts, (1, B, hidden) each.
States = list[list[str]]


@raised_at_call
def to_onnx(result: Result, *, closed_loop: bool = False) -> bytes:
    """The kept networks of `result` as the bytes of an ONNX model.

    The input `window` (B, W + lag) holds the last values before each forecast. They have the units
    of the series and double precision. The lag is that of the differences, or 0. The model does all
    that the app does to the values: differences, normalization, and the mean of the members.

    Args:
        result: the result of a run.
        closed_loop: False: the output `next` (B, 1) is the next value after each window.
            True: the model has the loop, too. A second input, `horizon`, is the number of steps
            H ≥ 1, and the output `forecast` (B, H) is the closed-loop forecast.

    Raises:
        TransferError: some weights are not finite numbers.

    For example:

        import numpy as np, onnxruntime

        session = onnxruntime.InferenceSession(to_onnx(result, closed_loop=True))
        length = session.get_inputs()[0].shape[1]
        inputs = {"window": values[-length:][None], "horizon": np.array(24)}
        forecast = session.run(["forecast"], inputs)[0][0]  # the 24 values after `values`
    """
    from onnx import helper

    writer = _Writer(result.problem, result.weights_by_epoch[result.kept_epoch])
    nodes, problem = Nodes(), result.problem
    windows = value("window", DOUBLE, ("B", problem.parts.first))
    if closed_loop:
        inputs = [windows, value("horizon", INT, ())]
        output = value("forecast", DOUBLE, ("B", "H"))
        nodes.output(output.name, writer.loop(nodes))
    else:
        inputs, output = [windows], value("next", DOUBLE, ("B", 1))
        nodes.output(output.name, writer.next(nodes))
    model = helper.make_model(
        nodes.graph("gru_lab", inputs, [output]),
        opset_imports=[helper.make_opsetid("", OPERATORS)],
        ir_version=FILE,
        producer_name="GRU Lab",
        doc_string=_words(problem, closed_loop),
    )
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def _words(problem: Problem, closed_loop: bool) -> str:
    """A description of the model. Viewers of ONNX models show it."""
    unit = f" ({problem.series.unit})" if problem.series.unit else ""
    first = f"Reads the last {problem.parts.first} values of a series in its own units{unit}. "
    if closed_loop:
        return first + "Returns the closed-loop forecast of the next `horizon` values."
    return first + "Returns the next value."


class _Writer:
    """Writes the nodes of the networks of `problem` with these weights.

    Windows have double precision. The networks compute in single precision. `Forecaster` does the
    same, and the names here are its names.
    """

    def __init__(self, problem: Problem, weights: Weights) -> None:
        if not all(np.isfinite(array).all() for array in weights.values()):
            raise TransferError(
                "This network has diverged: some of its weights are not finite numbers. So it "
                "cannot become an ONNX model. Train again with a lower learning rate."
            )
        self._problem, self._weights = problem, weights
        self._members = range(len(weights["linear.bias"]))
        self._depth = sum(name.startswith("rnn.weight_ih") for name in weights)
        self._parts = len(STEPS[problem.experiment.cell][0])
        self._floor = problem.normalization.floor

    def next(self, nodes: Nodes) -> str:
        """The next value (B, 1) in data units."""
        inputs = self._normalized(nodes)
        values = [
            nodes.add("Unsqueeze", self._predict(nodes, k, inputs), nodes.integers(0))
            for k in self._members
        ]
        every = nodes.add("Concat", *values, axis=0)  # (K, B, 1)
        return self._undone(nodes, nodes.add("ReduceMean", every, axes=[0], keepdims=0))

    def loop(self, nodes: Nodes) -> str:
        """The closed-loop forecast (B, H) in data units."""
        inputs = self._normalized(nodes)
        carried = self._problem.experiment.feedback == "state"
        scaled = carried and self._floor is not None
        if scaled:  # the window's own scale stays for the whole loop
            level, scale, inputs = self._scaled(nodes, inputs)
        states = [self._encode(nodes, k, inputs) for k in self._members] if carried else []
        copies = nodes.constant([len(self._members), 1, 1], np.int64)
        starts = [nodes.add("Expand", inputs, copies)]  # (K, B, W)
        starts += [part for member in states for layer in member for part in layer]
        body = self._round(nodes, starts, carried)
        ends = nodes.add_many("Loop", len(starts) + 1, "horizon", "", *starts, body=body)
        paths = ends[-1]  # (H, K, B, 1)
        if scaled:
            paths = nodes.add("Add", nodes.add("Mul", paths, scale), level)
        mean = nodes.add("ReduceMean", paths, axes=[1, 3], keepdims=0)  # (H, B)
        return self._undone(nodes, nodes.add("Transpose", mean, perm=[1, 0]))

    def _round(self, nodes: Nodes, starts: list[str], carried: bool) -> object:
        """The body of the loop: one more value of each member."""
        body = Nodes(nodes.constants, "loop_")
        kinds = [DOUBLE, *[FLOAT] * (len(starts) - 1)]
        pairs = zip(starts, kinds, strict=True)
        given = [value(f"{name}_before", kind, None) for name, kind in pairs]
        windows, *flat = [one.name for one in given]
        values, after = [], []
        for k in self._members:
            place = body.constant(k, np.int64, f"member_{k}")
            window = body.add("Gather", windows, place, axis=0)  # (B, W)
            if carried:
                states = self._of_member(flat, k)
                output = self._read(body, k, states, window)
                after += [p for layer in self._advance(body, k, output, states) for p in layer]
            else:
                output = self._predict(body, k, window)
            values.append(body.add("Unsqueeze", output, body.integers(0)))
        every = body.add("Concat", *values, axis=0)  # (K, B, 1)
        rest = body.cut(windows, 2, 1, self._problem.parts.window)
        moved = body.add("Concat", rest, every, axis=2)
        pairs = zip([moved, *after], kinds, strict=True)
        handed = [value(name, kind, None) for name, kind in pairs]
        return body.body("round", given, [*handed, value(every, DOUBLE, None)])

    def _of_member(self, flat: list[str], k: int) -> States:
        """The states of member `k` in the list of all of them."""
        size = self._depth * self._parts
        mine = flat[k * size : (k + 1) * size]
        return [mine[at : at + self._parts] for at in range(0, size, self._parts)]

    def _normalized(self, nodes: Nodes) -> str:
        """From the input `window` (B, W + lag) to normalized units (B, W)."""
        parts, units = self._problem.parts, self._problem.normalization
        values = "window"
        if parts.lag:
            later = nodes.cut("window", 1, parts.lag, parts.first)
            values = nodes.add("Sub", later, nodes.cut("window", 1, 0, parts.window))
        # ONNX Runtime leaves out a "Sub" or an "Add" of a number below 1e-45. It keeps a "Sum".
        centered = nodes.add("Sum", values, nodes.constant(-units.center, np.float64))
        return nodes.add("Div", centered, nodes.constant(units.scale, np.float64))

    def _undone(self, nodes: Nodes, outputs: str) -> str:
        """From normalized units (B, H) to data units (B, H)."""
        units, parts = self._problem.normalization, self._problem.parts
        scaled = nodes.add("Mul", outputs, nodes.constant(units.scale, np.float64))
        values = nodes.add("Sum", scaled, nodes.constant(units.center, np.float64))
        if not parts.lag:
            return values
        # As in `summed`: each value is a change from the value `lag` steps before it. The changes
        # are filled up with zeros to whole rounds of `lag` steps.
        steps = nodes.cut(nodes.add("Shape", values), 0, 1, 2)  # (1,): H
        over = nodes.add("Mod", nodes.add("Neg", steps), nodes.integers(parts.lag))
        ends = nodes.add("Concat", nodes.integers(0, 0, 0), over, axis=0)
        padded = nodes.add("Pad", values, ends)
        rounds = nodes.add("Reshape", padded, nodes.integers(0, -1, parts.lag))
        summed = nodes.add("CumSum", rounds, nodes.constant(1, np.int64, "axis_1"))
        before = nodes.cut("window", 1, parts.window, parts.first)
        before = nodes.add("Unsqueeze", before, nodes.integers(1))  # (B, 1, lag)
        whole = nodes.add("Reshape", nodes.add("Add", summed, before), nodes.integers(0, -1))
        return nodes.cut(whole, 1, 0, steps)

    def _scaled(self, nodes: Nodes, windows: str) -> tuple[str, str, str]:
        """Level and scale of each window (B, 1), as in `window_scale`, and the scaled windows."""
        assert self._floor is not None
        level = nodes.add("ReduceMean", windows, axes=[1], keepdims=1)
        apart = nodes.add("Sub", windows, level)
        variance = nodes.add("ReduceMean", nodes.add("Mul", apart, apart), axes=[1], keepdims=1)
        floor = nodes.constant(self._floor**2, np.float64, "floor")
        scale = nodes.add("Sqrt", nodes.add("Add", variance, floor))
        return level, scale, nodes.add("Div", apart, scale)

    def _predict(self, nodes: Nodes, k: int, windows: str) -> str:
        """The next value (B, 1) of member `k` after each window (B, W), in normalized units."""
        if self._floor is None:
            return self._read(nodes, k, self._encode(nodes, k, windows), windows)
        level, scale, windows = self._scaled(nodes, windows)
        output = self._read(nodes, k, self._encode(nodes, k, windows), windows)
        return nodes.add("Add", nodes.add("Mul", output, scale), level)

    def _encode(self, nodes: Nodes, k: int, windows: str) -> States:
        """The states of member `k` after it has read each window (B, W) from a zero state."""
        single = nodes.add("Cast", windows, to=FLOAT)
        turned = nodes.add("Transpose", single, perm=[1, 0])
        return self._layers(nodes, k, nodes.add("Unsqueeze", turned, nodes.integers(2)), None)

    def _advance(self, nodes: Nodes, k: int, values: str, states: States) -> States:
        """The states of member `k` after one more value (B, 1)."""
        single = nodes.add("Cast", values, to=FLOAT)
        return self._layers(nodes, k, nodes.add("Unsqueeze", single, nodes.integers(0)), states)

    def _layers(self, nodes: Nodes, k: int, x: str, states: States | None) -> States:
        """All layers of member `k` read x (T, B, 1), from their `states` or from zero."""
        kind = LAYERS[self._problem.experiment.cell]
        hidden = self._weights["linear.weight"].shape[2]
        after: States = []
        for depth in range(self._depth):
            begin = ["", *states[depth]] if states else []
            out, *parts = nodes.add_many(
                kind.operator,
                1 + self._parts,
                x,
                *self._parameters(nodes, k, depth),
                *begin,
                hidden_size=hidden,
                **kind.attributes,
            )
            after.append(parts)
            if depth + 1 < self._depth:
                x = nodes.add("Squeeze", out, nodes.integers(1))  # (T, 1, B, hidden) without the 1
        return after

    def _parameters(self, nodes: Nodes, k: int, depth: int) -> list[str]:
        """The weights of one layer of member `k`."""
        arrays = layer_arrays(self._problem.experiment.cell, self._weights, k, depth)
        key = f"member_{k}_layer_{depth}"
        return [nodes.constant(a, np.float32, f"{key}_{name}") for name, a in arrays.items()]

    def _read(self, nodes: Nodes, k: int, states: States, windows: str) -> str:
        """The next value (B, 1), from the states of member `k` and the windows (B, W)."""
        hidden = nodes.add("Squeeze", states[-1][0], nodes.integers(0))
        weights = self._weights
        weight = nodes.constant(weights["linear.weight"][k], np.float32, f"member_{k}_readout")
        bias = nodes.constant(weights["linear.bias"][k], np.float32, f"member_{k}_readout_bias")
        output = nodes.add("Gemm", hidden, weight, bias, transB=1)
        if "path.weight" in weights:
            path = nodes.constant(weights["path.weight"][k].T, np.float32, f"member_{k}_path")
            single = nodes.add("Cast", windows, to=FLOAT)
            output = nodes.add("Add", output, nodes.add("MatMul", single, path))
        return nodes.add("Cast", output, to=DOUBLE)
