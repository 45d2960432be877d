"""The header of a safetensors file: names, types and shapes, without the tensors.

The format: 8 bytes with the length of the header (little-endian), the header as JSON, the tensors' bytes. Nothing in
it can run, which is why it is the only format that is read here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from engine.errors import NodeError

LONGEST = 100_000_000  # bytes of a header; the format's own limit
FLOATS = frozenset({"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"})
PICKLED = frozenset({".ckpt", ".pt", ".pth", ".bin", ".pkl", ".pickle"})
PICKLE_STARTS = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


@dataclass(frozen=True)
class Header:
    """Shapes and types ("F16") of the tensors by name, and the free text that the file carries."""

    shapes: Mapping[str, tuple[int, ...]]
    types: Mapping[str, str]
    metadata: Mapping[str, str]


def read_header(path: Path, input: str = "model") -> Header:
    """The header of the file at `path`. input: what its name was given as, for errors.

    Raises NodeError for a pickled file (never opened further than its first bytes), another format, a header that is
    not whole or not well formed, and a file that is shorter or longer than its header says.
    """
    if path.suffix.lower() in PICKLED:
        _refuse_pickle(path, input)
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            start = stream.read(8)
            if start.startswith(PICKLE_STARTS):
                _refuse_pickle(path, input)
            if start.startswith(b"GGUF"):
                raise NodeError(f"{path.name} is a GGUF file: expected .safetensors", input=input)
            length = int.from_bytes(start, "little")
            if len(start) < 8 or not 2 <= length <= LONGEST:
                raise NodeError(f"{path.name} is no safetensors file: it does not start with a header", input=input)
            text = stream.read(length)
    except OSError as error:
        raise NodeError(f"{path.name} cannot be read: {error}", input=input) from error
    if len(text) < length:
        missing = length - len(text)
        raise NodeError(f"{path.name} is cut off: {missing} bytes of its header are missing", input=input)
    return _parse(text, size - 8 - length, path.name, input)


def _refuse_pickle(path: Path, input: str) -> NoReturn:
    raise NodeError(
        f"{path.name} is a pickled checkpoint: opening one can run any code that its maker put in, so it is never "
        "opened here. Get the .safetensors file of the same model, or convert it where you can afford that",
        input=input,
    )


def _parse(text: bytes, room: int, name: str, input: str) -> Header:
    """The header in `text` of a file with `room` bytes of tensors."""
    try:
        raw = json.loads(text, parse_constant=_no_constant)
        free = raw.pop("__metadata__", {})
        shapes = {key: tuple(entry["shape"]) for key, entry in raw.items()}
        types = {key: entry["dtype"] for key, entry in raw.items()}
        ends = [_end(entry) for entry in raw.values()]
        if not all(type(n) is int and n >= 0 for shape in shapes.values() for n in shape):
            raise ValueError("a shape holds something other than whole numbers")
        metadata = {str(key): str(value) for key, value in free.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NodeError(f"{name} has a broken safetensors header: {error}", input=input) from error
    end = max(ends, default=0)
    if end != room:
        state = "is cut off" if end > room else "is longer than its header says"
        raise NodeError(f"{name} {state}: expected {end} bytes of tensors, got {room}", input=input)
    return Header(shapes, types, metadata)


def _end(entry: Any) -> int:
    begin, end = entry["data_offsets"]
    if type(begin) is not int or type(end) is not int or not 0 <= begin <= end:
        raise ValueError("the place of a tensor is not two whole numbers in order")
    return int(end)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
