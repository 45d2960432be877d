"""The bulky parts of a value: tensors and byte strings, as files that name themselves by what they hold.

A tensor is written as a safetensors file with the one entry `t`: header, then the raw bytes, so that dtype, shape and
every bit survive (NaN payloads and −0.0 included) and any safetensors reader opens it. Bytes are written as they are.
The file form is deterministic: equal contents on whatever device are equal files, and a file's BLAKE2b-256 digest is
the identity of what it holds.

Writing goes through `chunks`, views of the tensor's own memory: nothing is copied, and hashing and writing run
outside the interpreter lock.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeAlias

from engine.digest import Key
from engine.errors import LoomError, Unencodable
from engine.lazy import lazy

if TYPE_CHECKING:
    import safetensors.torch as safetensors
    import torch
else:
    torch, safetensors = lazy("torch"), lazy("safetensors.torch")

Leaf: TypeAlias = "torch.Tensor | bytes"
Chunks: TypeAlias = "tuple[bytes | memoryview, ...]"

# torch's name of a dtype → its name in a safetensors header. Other dtypes are refused.
NAMES = {
    "float64": "F64",
    "float32": "F32",
    "float16": "F16",
    "bfloat16": "BF16",
    "float8_e4m3fn": "F8_E4M3",
    "float8_e4m3fnuz": "F8_E4M3FNUZ",
    "float8_e5m2": "F8_E5M2",
    "float8_e5m2fnuz": "F8_E5M2FNUZ",
    "complex64": "C64",
    "int64": "I64",
    "int32": "I32",
    "int16": "I16",
    "int8": "I8",
    "uint64": "U64",
    "uint32": "U32",
    "uint16": "U16",
    "uint8": "U8",
    "bool": "BOOL",
}


class Undecodable(LoomError):
    """Stored bytes that do not become the value they were: a cache miss, never more than that."""


def tensor_type() -> type | tuple[()]:
    """`torch.Tensor` for `isinstance` if torch is loaded; otherwise nothing, for then no value can be one."""
    found = getattr(sys.modules.get("torch"), "Tensor", ())
    return found if isinstance(found, type) else ()


def check(tensor: torch.Tensor) -> None:
    """Raises `Unencodable` for a tensor that has no file form."""
    _name(tensor)


def _name(tensor: torch.Tensor) -> str:
    name = NAMES.get(str(tensor.dtype).removeprefix("torch."))
    if name is None or tensor.layout is not torch.strided or tensor.is_meta or tensor.is_quantized:
        raise Unencodable(f"a tensor of {tensor.dtype}, {tensor.layout}, on {tensor.device} cannot be stored")
    return name


def chunks(leaf: Leaf) -> Chunks:
    """The file form of a leaf, as views of its memory. Raises `Unencodable` for a tensor without one."""
    if isinstance(leaf, bytes):
        return (leaf,)
    name = _name(leaf)
    host = leaf.detach().to("cpu").resolve_conj().resolve_neg().contiguous()
    shape = ",".join(map(str, host.shape))
    header = f'{{"t":{{"dtype":"{name}","shape":[{shape}],"data_offsets":[0,{host.nbytes}]}}}}'.encode()
    header += b" " * (-len(header) % 8)  # the data starts on a multiple of 8
    start = len(header).to_bytes(8, "little") + header
    return (start, memoryview(host.reshape(-1).view(torch.uint8).numpy().data)) if host.nbytes else (start,)


def length(parts: Chunks) -> int:
    """Bytes in the file form."""
    return sum(len(part) for part in parts)


def blake(parts: Iterable[bytes | memoryview]) -> Key:
    """The digest of the file form: BLAKE2b-256 of the file's bytes."""
    h = blake2b(digest_size=32)
    for part in parts:
        h.update(part)
    return h.digest()


def read_tensor(data: bytes) -> torch.Tensor:
    """The tensor that these file bytes hold, aligned as torch does it: sums can differ in their last bits with that.

    Raises `Undecodable`.
    """
    try:
        return safetensors.load(data)["t"].clone()
    except Exception as error:  # the library has no common base for what it raises
        raise Undecodable(f"not a stored tensor: {error}") from error
