"""`pack` makes bytes of a value, and `unpack` makes the value again, equal to the last bit.

The bytes are a file in the safetensors format. Its arrays are named `0`, `1`, ... Its metadata
hold three texts:

    format     the number of the layout, `FORMAT`
    tree       the value as JSON; `tree` describes it
    sha256     the SHA-256 of the tree and of all arrays, to find damage
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NoReturn, TypeVar, overload

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from gru_core.errors import PackingError
from gru_core.packing.checks import fits
from gru_core.packing.tree import Tree, checksum, decoded, encoded

__all__ = ["FORMAT", "pack", "unpack"]

#: A later layout that older versions cannot read gets the next number.
FORMAT = "1"

#: The dtypes of arrays, by their names in the safetensors format.
_DTYPES = {
    "BOOL": np.bool_,
    **{
        f"{sign}{bits}": np.dtype(f"{sign.lower()}{bits // 8}").type
        for sign in "IU"
        for bits in (8, 16, 32, 64)
    },
    **{f"F{bits}": np.dtype(f"f{bits // 8}").type for bits in (16, 32, 64)},
}
_PACKED = {np.dtype(dtype) for dtype in _DTYPES.values()}

Value = TypeVar("Value")
Array = NDArray[Any]


def pack(value: object, shared: Sequence[object] = ()) -> bytes:
    """The bytes of `value`. The same value always gives the same bytes.

    These values can be packed: None, truth values, numbers, texts, arrays, pandas tables and
    indexes, the package's types in `records.MODULES`, and lists, tuples and dicts of all these. An
    array that several parts share is packed once.

    Args:
        value: what to pack.
        shared: values that are kept somewhere else, at most one of each type. The bytes only name
            them, and `unpack` must get them again. An example is a series in a file of its own.

    Raises:
        PackingError: something in it has another type.
    """
    try:
        tree = encoded(value, shared)
        text = json.dumps(tree.root, allow_nan=False, separators=(",", ":"))
        arrays = [_plain(array) for array in tree.arrays]
        metadata = {"format": FORMAT, "tree": text, "sha256": checksum(text, arrays)}
        named = {str(place): array for place, array in enumerate(arrays)}
        return _in_order(safetensors.numpy.save(named, metadata))
    except PackingError:
        raise
    except (
        ValueError,
        TypeError,
        OverflowError,
        RecursionError,
        safetensors.SafetensorError,
    ) as error:
        raise PackingError(f"This value cannot be packed: {error}.") from error


@overload
def unpack(data: bytes, kind: type[Value], shared: Sequence[object] = ()) -> Value: ...


@overload
def unpack(data: bytes, kind: Any, shared: Sequence[object] = ()) -> Any: ...


def unpack(data: bytes, kind: Any, shared: Sequence[object] = ()) -> Any:
    """The value that `pack` has made these bytes of. The bytes may be hostile.

    Args:
        data: the bytes. They can only make values of known types. All of them are checked.
        kind: the type that the value must have, such as `Result` or `list[int]`.
        shared: the values that `pack` got as `shared`.

    Raises:
        PackingError: they are damaged or malformed, they hold another type, or a newer version has
            written them.
    """
    try:
        value = _read(data, shared)
    except PackingError:
        raise
    except Exception as error:  # whatever malformed data make pandas, NumPy or our types raise
        _refuse(f"{type(error).__name__}: {error}", error)
    if not fits(value, kind):
        name = getattr(kind, "__name__", kind)
        raise PackingError(f"These data hold a {type(value).__name__}, but not a {name}.")
    return value


def _read(data: bytes, shared: Sequence[object]) -> Any:
    metadata = _metadata(data)
    if metadata.get("format") != FORMAT:
        raise PackingError(
            "These data have a format that this version does not know. Perhaps a newer version has "
            "written them. Install the newest version."
        )
    found = {name: _array(view) for name, view in safetensors.deserialize(data)}  # type: ignore[no-untyped-call]
    arrays = [found[str(place)] for place in range(len(found))]
    text = metadata["tree"]
    if metadata["sha256"] != checksum(text, arrays):
        _refuse("their checksum is wrong")
    return decoded(Tree(json.loads(text, parse_constant=_refuse), arrays), shared)


def _in_order(data: bytes) -> bytes:
    """`data` with a sorted header. The library writes the metadata in another order each time."""
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.dumps(json.loads(data[8:start]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)  # so the arrays begin at a multiple of 8
    return b"".join([len(header).to_bytes(8, "little"), header, memoryview(data)[start:]])


def _metadata(data: bytes) -> dict[str, str]:
    """The texts in the header: 8 bytes with its length, then JSON."""
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > len(data) - 8:
        _refuse("they are not complete, or not in the safetensors format")
    metadata = json.loads(data[8 : 8 + length])["__metadata__"]
    return {name: str(text) for name, text in metadata.items()}


def _array(view: dict[str, Any]) -> Array:
    """An array that may be written to. safetensors has checked that its shape fits its bytes."""
    return np.frombuffer(view["data"], _DTYPES[view["dtype"]]).reshape(view["shape"])


def _plain(array: Array) -> Array:
    """`array` with its values in one block, and with the byte order of this machine."""
    if array.dtype.newbyteorder("=") not in _PACKED:
        raise PackingError(f"An array of {array.dtype} cannot be packed.")
    return np.require(array, array.dtype.newbyteorder("="), "C")


def _refuse(why: str, cause: Exception | None = None) -> NoReturn:
    raise PackingError(f"These data are damaged or were not written by GRU Lab: {why}.") from cause
