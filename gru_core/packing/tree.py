"""A value as a tree of plain JSON and a list of arrays, and back.

None, truth values, whole numbers, finite floats and texts stand for themselves. All else is a list
that begins with a tag, such as `["tuple", 1, 2]`:

    ["array", k]             the array number k
    ["float", hex]           a float that is not finite, as its 8 bytes
    ["shared", k]            the shared value number k, which is kept somewhere else
    [tag, part, part, ...]   what the codec with this tag makes of its parts
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gru_core.errors import PackingError
from gru_core.forecast.events import EpochEnd
from gru_core.packing.codec import Codec
from gru_core.packing.pandas_ import CODECS as PANDAS
from gru_core.packing.records import codec_by_name, codec_by_type
from gru_core.wording import quote, short_repr

__all__ = ["Tree", "checksum", "decoded", "digest", "encoded"]

#: The fields of an `EpochEnd` after its epoch, all floats.
_NUMBERS = ("train_loss", "val_loss", "last_loss", "learning_rate", "seconds")


@dataclass(eq=False)
class Tree:
    """A value in plain parts. `root` is plain JSON that refers to the `arrays` by their places."""

    root: Any = None
    arrays: list[NDArray[Any]] = field(default_factory=list)

    __repr__ = short_repr


def _pairs(items: dict[Any, Any]) -> Iterable[Any]:
    for key, value in items.items():
        if type(key) not in (str, int):
            raise PackingError(f"A key of the type {type(key).__name__} cannot be packed.")
        yield key
        yield value


def _dict(*parts: Any) -> dict[Any, Any]:
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _columns(rows: list[EpochEnd] | tuple[EpochEnd, ...]) -> Iterable[Any]:
    yield isinstance(rows, list)
    yield np.array([row.epoch for row in rows], np.int64)
    yield np.array([[getattr(row, name) for name in _NUMBERS] for row in rows], np.float64)


def _rows(as_list: bool, epochs: NDArray[np.int64], numbers: NDArray[np.float64]) -> Any:
    rows = [
        EpochEnd(epoch, *row) for epoch, row in zip(epochs.tolist(), numbers.tolist(), strict=True)
    ]
    return rows if as_list else tuple(rows)


_ROWS = Codec("rows", EpochEnd, _columns, _rows)
_CODECS = (
    Codec("list", list, lambda items: items, lambda *items: list(items)),
    Codec("tuple", tuple, lambda items: items, lambda *items: items),
    Codec("dict", dict, _pairs, _dict),
    *PANDAS,
)
_BY_TYPE = {codec.kind: codec for codec in _CODECS}
_BY_TAG = {codec.tag: codec for codec in (*_CODECS, _ROWS)}


def encoded(value: object, shared: Sequence[object] = ()) -> Tree:
    """`value` as a tree. It only names the `shared` values, wherever it holds one or an equal one.

    Raises:
        PackingError: something in it has a type that is not known.
    """
    tree = Tree()
    known = {type(one): (place, digest(one)) for place, one in enumerate(shared)}
    places: dict[int, int] = {}
    kept = []  # as long as an object lives, no other one gets its id

    def node(value: Any) -> Any:
        if isinstance(value, np.generic) and not isinstance(value, np.datetime64):
            value = value.item()
        if value is None or type(value) in (bool, int, str):
            return value
        if type(value) is float:
            return value if math.isfinite(value) else ["float", struct.pack(">d", value).hex()]
        if type(value) is np.ndarray:
            if id(value) not in places:
                places[id(value)] = len(tree.arrays)
                tree.arrays.append(value)
            return ["array", places[id(value)]]
        if type(value) in known and digest(value) == known[type(value)][1]:
            return ["shared", known[type(value)][0]]
        codec = _codec_of(value)
        parts = list(codec.parts(value))
        kept.append(parts)
        return [codec.tag, *map(node, parts)]

    tree.root = node(value)
    return tree


def digest(value: object) -> str:
    """The SHA-256 of a value: equal values have the same.

    Raises:
        PackingError: something in it has a type that is not known.
    """
    tree = encoded(value)
    return checksum(json.dumps(tree.root), tree.arrays)


def checksum(text: str, arrays: Iterable[NDArray[Any]]) -> str:
    """The SHA-256 of a tree in JSON and its arrays."""
    hashed = hashlib.sha256(text.encode())
    for array in arrays:
        hashed.update(f"{array.dtype.name}{array.shape}".encode())
        hashed.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return hashed.hexdigest()


def decoded(tree: Tree, shared: Sequence[object] = ()) -> Any:
    """The value of a tree, with the `shared` values that it names.

    Raises:
        PackingError: a tag is not known, or a part does not fit.
        Exception: any other one, from the types that the parts do not fit.
    """

    def value(node: Any) -> Any:
        if not isinstance(node, list):
            if isinstance(node, dict):
                raise PackingError("These data hold a JSON object where a value should be.")
            return node
        tag, *parts = node
        if tag == "array":
            return tree.arrays[parts[0]]
        if tag == "shared":
            return shared[parts[0]]
        if tag == "float":
            return struct.unpack(">d", bytes.fromhex(parts[0]))[0]
        codec = _BY_TAG.get(tag) or codec_by_name(tag)
        if codec is None:
            raise PackingError(f"These data hold a value of an unknown type, {quote(tag)}.")
        return codec.build(*map(value, parts))

    return value(tree.root)


def _codec_of(value: object) -> Codec:
    kind = type(value)
    if isinstance(value, list | tuple) and value and all(type(v) is EpochEnd for v in value):
        return _ROWS  # a long run has many: as two arrays they are small and fast
    codec = _BY_TYPE.get(kind) or codec_by_type(kind)
    if codec is None:
        raise PackingError(f"A value of the type {kind.__name__} cannot be packed.")
    return codec
