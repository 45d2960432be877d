"""The few kinds of value that the engine itself knows.

Everything else that travels along a link is a frozen dataclass of some node package; the engine moves it, names it by
its key and stores it, and never looks inside.

* `Ref` is a *handle*: what a model socket carries. It names weights by digest and knows how to open them; it never
  holds them, so that a plan is cheap and a key is small.
* `Rng` is random state as a value: whatever draws takes one and returns it advanced. No node uses a hidden generator.
* `Alias` is a reduction: "this node is that input of mine".
* `UNKNOWN` stands for a value that is not there before a run.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from engine.lazy import lazy

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")

M = TypeVar("M")
MAX_SEED = 2**53 - 1  # JavaScript holds integers up to here exactly


class Unknown(enum.Enum):
    """The type of `UNKNOWN`."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


@dataclass(frozen=True)
class Alias:
    """Returned by a node's `.reduce`: the node stands for its input `name`, key and all."""

    name: str


@dataclass(frozen=True)
class Ref(Generic[M]):
    """A handle to weights on disk, named by the digest of their bytes.

    Subclasses add what identifies the loaded model (a patch list, say) as fields and implement `open`. Fields declared
    with `compare=False` (the path where the bytes lie today) are no part of the identity.
    """

    digest: str

    def open(self, device: str, dtype: str) -> M:
        """Load the weights to `device` ("cpu", "cuda:0") as `dtype` ("float32", "bfloat16", "float16")."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Rng:
    """Random state: one stream per image of a batch.

    `seeds` are the integers that started the streams; `states` the generators' states after what was drawn so far
    (uint8 tensors), None while nothing was drawn. Streams always run on the CPU, so that a seed gives the same noise
    on every device.
    """

    seeds: tuple[int, ...]
    states: tuple[torch.Tensor, ...] | None = None

    def generators(self) -> list[torch.Generator]:
        """Fresh generators in this state, one per stream. Drawing from them does not change this value."""
        made = []
        for i, seed in enumerate(self.seeds):
            generator = torch.Generator("cpu")
            if self.states is None:
                generator.manual_seed(seed)
            else:
                generator.set_state(self.states[i])
            made.append(generator)
        return made

    def advanced(self, generators: Sequence[torch.Generator]) -> Rng:
        """The state after `generators` (made by `generators()`) have drawn."""
        return Rng(self.seeds, tuple(g.get_state() for g in generators))


class Content:
    """Mix-in for small values that are keyed by what they hold once computed (a conditioning, a mask).

    If an edit upstream gives the same value again, nothing below runs again. Larger ones than `LIMIT` bytes are keyed
    by how they were made.
    """

    LIMIT: ClassVar[int] = 1 << 20


@dataclass(frozen=True)
class Artifact:
    """A file that a node made for the person: bytes plus how it should be named when delivered.

    `name` is a template (`{name}` workflow, `{node}`, `{n}` running number), `suffix` like ".png".
    """

    data: bytes = field(repr=False)
    suffix: str
    name: str = "{name}-{n}"
    media: str = "application/octet-stream"


def is_scalar(value: object) -> bool:
    """True for values that are small and keyed by what they are: None, bool, int, float, str, enum members."""
    return value is None or isinstance(value, (bool, int, float, str, enum.Enum))


def seed_in_range(seed: Any) -> bool:
    """True for an integer that is a seed: 0 … 2^53 − 1."""
    return type(seed) is int and 0 <= seed <= MAX_SEED
