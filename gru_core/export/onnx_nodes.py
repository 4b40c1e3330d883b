"""`Nodes`: the nodes of an ONNX graph, written one after the other.

Source of the operators: https://onnx.ai/onnx/operators. The package `onnx` is imported late,
because only an export needs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto, ValueInfoProto

__all__ = ["DOUBLE", "FLOAT", "INT", "Nodes", "value"]

#: The numbers of ONNX for its types of tensors; see `onnx.TensorProto`.
FLOAT, INT, BOOL, DOUBLE = 1, 7, 9, 11


class Nodes:
    """The nodes of one graph, in their order. `add` returns the name of what a node computes.

    Args:
        constants: the arrays that the graph reads, by name. The body of a loop shares them with
            the graph around it.
        prefix: the beginning of every name. The names in a body must differ from those around it.
    """

    def __init__(self, constants: dict[str, NDArray[Any]] | None = None, prefix: str = "") -> None:
        self.constants = {} if constants is None else constants
        self._prefix, self._nodes = prefix, list[Any]()

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """One more node with one output; an input that is left out is ''."""
        return self.add_many(operator, 1, *inputs, **attributes)[0]

    def add_many(self, operator: str, outputs: int, *inputs: str, **attributes: Any) -> list[str]:
        """One more node with several outputs."""
        from onnx import helper

        name = f"{self._prefix}{operator}_{len(self._nodes)}"
        names = [f"{name}_{k}" for k in range(outputs)] if outputs > 1 else [name]
        self._nodes.append(helper.make_node(operator, list(inputs), names, name=name, **attributes))
        return names

    def output(self, name: str, source: str) -> None:
        """Give the tensor `source` the `name` of an output of the model."""
        from onnx import helper

        self._nodes.append(helper.make_node("Identity", [source], [name], name=f"output_{name}"))

    def constant(self, values: ArrayLike, dtype: DTypeLike, name: str = "") -> str:
        """A constant array. Under a `name`, it is stored once."""
        name = name or f"{self._prefix}constant_{len(self.constants)}"
        if name not in self.constants:
            self.constants[name] = np.ascontiguousarray(values, dtype).reshape(np.shape(values))
        return name

    def integers(self, *values: int) -> str:
        """A constant list of integers, such as axes. Equal lists are stored once."""
        return self.constant(values, np.int64, "integers_" + "_".join(map(str, values)))

    def cut(self, array: str, axis: int, start: int | str, stop: int | str) -> str:
        """The part [start, stop) of `array` along `axis`. A bound may be the name of a tensor."""
        bounds = [self.integers(k) if isinstance(k, int) else k for k in (start, stop)]
        return self.add("Slice", array, *bounds, self.integers(axis))

    def graph(
        self, name: str, inputs: Sequence[ValueInfoProto], outputs: Sequence[ValueInfoProto]
    ) -> GraphProto:
        """The graph of a model, with its constants."""
        from onnx import helper, numpy_helper

        stored = [numpy_helper.from_array(array, key) for key, array in self.constants.items()]
        return helper.make_graph(self._nodes, name, inputs, outputs, stored)

    def body(
        self, name: str, carried: Sequence[ValueInfoProto], outputs: Sequence[ValueInfoProto]
    ) -> GraphProto:
        """The body of a `Loop` with a fixed number of rounds.

        Args:
            name: the name of the graph.
            carried: what a round gets from the round before.
            outputs: what a round hands on, in the order of `carried`, and then what is collected.
        """
        from onnx import helper

        count, goes_on = (
            value(f"{self._prefix}round", INT, ()),
            value(f"{self._prefix}on", BOOL, ()),
        )
        same = self.add("Identity", goes_on.name)
        more = value(same, BOOL, ())
        nodes: list[NodeProto] = self._nodes
        return helper.make_graph(nodes, name, [count, goes_on, *carried], [more, *outputs])


def value(name: str, kind: int, shape: Sequence[int | str] | None) -> ValueInfoProto:
    """The name, type and shape of a tensor. A size may be a word. None: the shape is not told."""
    from onnx import helper

    return helper.make_tensor_value_info(name, kind, shape)
