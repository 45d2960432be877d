"""Which tensors of a LoRA file change which module of a model.

Only headers are needed, so that a file that does not fit is refused in the plan, with the names of what does not fit.
Nothing of a file is left out silently: a LoRA that is applied by half makes other pictures than its maker's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.errors import NodeError
from nodes.checkpoints.header import FLOATS, Header
from nodes.lora.names import aliases, original_aliases, plain
from nodes.lora.stated import Settings, settings
from nodes.lora.values import Net, NetPart, Shapes

KINDS = (
    ("down", re.compile(r"(?:\.lora_A(?:\.default)?|\.lora_down|\.lora\.down|\.lora_linear_layer\.down)\.weight$")),
    ("up", re.compile(r"(?:\.lora_B(?:\.default)?|\.lora_up|\.lora\.up|\.lora_linear_layer\.up)\.weight$")),
    ("down", re.compile(r"(?<=_lora)\.down\.weight$")),
    ("up", re.compile(r"(?<=_lora)\.up\.weight$")),
    ("alpha", re.compile(r"\.alpha$")),
)
ORIGINAL = re.compile(r"lora_unet_(input_blocks|middle_block|output_blocks)_")
NAMED = 3  # how many names an error gives


@dataclass(frozen=True)
class Pair:
    """The tensors of a file that change one module, by name.

    factor: what B A is multiplied with, unless the file has a tensor `alpha`: then it is that number / rank.
    """

    down: str
    up: str
    rank: int
    factor: float = 1.0
    alpha: str | None = None


def fit(
    header: Header, nets: Mapping[NetPart, Net], name: str, *, whole: bool = True
) -> dict[NetPart, dict[str, Pair]]:
    """For each network, the pairs by the plain name of the module that they change.

    name: of the file, for errors. Raises NodeError if a pair is not whole, a shape does not fit, or (with `whole`)
    tensors of the file belong to none of the networks.
    """
    weights = {part: _weights(net.shapes) for part, net in nets.items()}
    known: dict[str, tuple[NetPart, str]] = {}
    for part, net in nets.items():
        for alias, module in _aliases(part, net, weights[part], header).items():
            known.setdefault(alias, (part, module))
    places: dict[tuple[NetPart, str], dict[str, str]] = {}
    strange = []
    for tensor in sorted(header.shapes):
        kind, written = _split(tensor)
        place = known.get(written)
        if place is None or kind in places.get(place, {}):
            strange.append(tensor)
        else:
            places.setdefault(place, {})[kind] = tensor
    if whole and (strange or not places):
        what = f"{len(strange)} of its {len(header.shapes)} tensors belong to nothing in this model"
        raise NodeError(f"{name} does not fit: {what}{_some(strange)}", input="lora")
    stated = settings(header, name)
    found: dict[NetPart, dict[str, Pair]] = {part: {} for part in nets}
    for (part, module), tensors in places.items():
        found[part][module] = _pair(header, tensors, weights[part][module], stated, (part, module), name)
    return found


def _weights(shapes: Shapes) -> dict[str, tuple[int, ...]]:
    """The matrices and kernels of a network, by the plain name of their module."""
    return {
        plain(name.removesuffix(".weight")): tuple(shape)
        for name, shape in shapes.items()
        if name.endswith(".weight") and len(shape) >= 2
    }


def _aliases(part: NetPart, net: Net, weights: Shapes, header: Header) -> dict[str, str]:
    found = aliases(part, weights)
    if part == "unet" and net.config is not None and any(ORIGINAL.match(tensor) for tensor in header.shapes):
        found |= {alias: module for alias, module in original_aliases(net.config).items() if module in weights}
    return found


def _split(tensor: str) -> tuple[str, str]:
    """What a tensor of the file is ("down", "up", "alpha", or "" if none of these), and what module it names."""
    for kind, ending in KINDS:
        found = ending.search(tensor)
        if found is not None:
            return kind, tensor[: found.start()]
    return "", ""


def _pair(
    header: Header,
    tensors: Mapping[str, str],
    weight: tuple[int, ...],
    stated: Settings,
    place: tuple[NetPart, str],
    name: str,
) -> Pair:
    """A pair whose shapes fit its module."""
    missing = [kind for kind in ("down", "up") if kind not in tensors]
    if missing:
        raise NodeError(f"{name} is no whole LoRA: {next(iter(tensors.values()))} stands alone", input="lora")
    down, up = header.shapes[tensors["down"]], header.shapes[tensors["up"]]
    rank = down[0] if down else 0
    fits = len(down) >= 2 and len(up) >= 2 and rank > 0 and up[:2] == (weight[0], rank)
    if not fits or math.prod(up[2:]) != 1 or math.prod(down[1:]) != math.prod(weight[1:]):
        what = f"{_by(up)} · {_by(down)} for {place[1]}, expected a change of {_by(weight)}"
        raise NodeError(f"{name} does not fit: got {what}", input="lora")
    alpha = tensors.get("alpha")
    if alpha is not None and math.prod(header.shapes[alpha]) != 1:
        raise NodeError(f"{name}: expected one number in {alpha}, got {_by(header.shapes[alpha])}", input="lora")
    for tensor in tensors.values():
        if header.types[tensor] not in FLOATS and tensor != alpha:
            raise NodeError(f"{name}: expected floating point in {tensor}, got {header.types[tensor]}", input="lora")
    return Pair(tensors["down"], tensors["up"], rank, stated.factor(*place, rank), alpha)


def _by(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape)) or "a number"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:NAMED])
    return f", such as {shown}" if shown else ""
