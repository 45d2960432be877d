"""An engine with what a claim is checked by: model calls are counted where they happen, in the weights themselves."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import torch

from engine.api import Engine
from engine.context import Context
from engine.digest import Key
from engine.pack import pack
from engine.result import Result
from engine.values import Ref
from nodes.loaders import load_control, load_model, load_unet
from nodes.types import PredictionType, State

SOAK = os.environ.get("LOOM_SOAK") == "1"


class Studio(Engine):
    """An engine over a home of its own. `calls[name]` holds the batch of each call of a watched module."""

    def __init__(self, home: Path, models: Path, inputs: Sequence[Path] = (), ram: str | None = None) -> None:
        home.mkdir(parents=True, exist_ok=True)
        if ram is not None:
            (home / "loom.toml").write_text(f'[cache]\nram = "{ram}"\n')
        super().__init__(home=home, device="cpu", dtype="fp32", threads=1, models=[models], inputs=inputs)
        self.calls: dict[str, list[int]] = {}
        self._hooks: list[Any] = []
        self._watched: set[Ref[Any]] = set()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        for hook in self._hooks:
            hook.remove()
        self.close()

    def watch(self, name: str, ref: Ref[Any], part: str = "") -> None:
        """Count the calls of the weights behind a handle under `name`."""
        if ref in self._watched:
            return
        self._watched.add(ref)
        opened = self.weights.get(ref, "cpu", "float32")
        module = getattr(opened, part) if part else opened
        calls = self.calls.setdefault(name, [])

        def count(_: Any, arguments: tuple[Any, ...], named: dict[str, Any], __: Any) -> None:
            first = arguments[0] if arguments else next(iter(named.values()))
            calls.append(len(first))

        self._hooks.append(module.register_forward_hook(count, with_kwargs=True))

    def watch_model(self, model: str = "sd", name: str = "unet") -> None:
        """Count the calls of a model's UNet under `name`, of its text encoders under "text"."""
        loaded = load_model(model=model, ctx=Context(files=self.files))
        self.watch(name, loaded.unet)
        for part in loaded.text_encoder.parts:
            self.watch("text", part, "encoder")

    def watch_unet(self, unet: str, name: str = "unet", prediction: PredictionType = "epsilon") -> None:
        """Count the calls of a UNet that is loaded from its own folder."""
        self.watch(name, load_unet(unet=unet, prediction=prediction, ctx=Context(files=self.files)))

    def watch_control(self, control: str) -> None:
        """Count the calls of a ControlNet under its name."""
        self.watch(control, load_control(control=control, ctx=Context(files=self.files)))

    def go(self, document: dict[str, Any], *targets: str, **options: Any) -> Result:
        """Run a document, read anew from JSON; the counts start at 0."""
        for calls in self.calls.values():
            calls.clear()
        return self.run(json.loads(json.dumps(document)), targets=list(targets) or ["sample"], **options)

    def step_keys(self, document: dict[str, Any], frame: str = "sample") -> list[Key]:
        """The keys of what a frame carries after each of its steps."""
        plan, _ = self._plan(json.loads(json.dumps(document)), [frame])
        found = {mark.index: call.key for call in plan.resolver.calls for mark in call.steps if mark.frame == frame}
        return [found[i] for i in range(len(found))]

    def forget(self, keys: Sequence[Key]) -> None:
        """Evict results from memory and from disk."""
        assert self.cache.flush()
        for key in keys:
            self.cache.drop(key)


def same_state(a: State, b: State) -> bool:
    """Equal in every bit: latent, solver history, random state."""
    one, two = pack(a), pack(b)
    pairs = zip(one.leaves, two.leaves, strict=True)
    return one.json == two.json and all(
        torch.equal(x, y) if isinstance(x, torch.Tensor) and isinstance(y, torch.Tensor) else x == y for x, y in pairs
    )
