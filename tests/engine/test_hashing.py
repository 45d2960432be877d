"""A large file is not read while planning: the plan says what it waits for, and a run does that first."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from engine import files
from engine.api import Engine
from engine.context import INJECTED, Context
from engine.node import node
from engine.registry import Registry


class Named(NamedTuple):
    """A file by digest."""

    digest: str
    size: int


@node("h.open", plan=True)
def open_file(*, name: str, ctx: Context = INJECTED) -> Named:
    """A file's digest and size."""
    path = ctx.files.model(name)
    return Named(ctx.files.digest(path), path.stat().st_size)


@node("h.use")
def use(text: str, *, times: int = 1) -> str:
    """Something below."""
    return text * times


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    registry = Registry()
    registry.add(open_file)
    registry.add(use)
    (tmp_path / "models").mkdir()
    return Engine(home=tmp_path, registry=registry, device="cpu")


def document() -> dict[str, object]:
    return {
        "nodes": {
            "file": {"type": "h.open@1", "inputs": {"name": "big.safetensors"}},
            "use": {"type": "h.use@1", "inputs": {"text": {"from": "file.digest"}}},
        }
    }


@pytest.mark.parametrize("settled", [True, False])
def test_a_plan_waits_for_hashing_and_a_run_does_it(
    engine: Engine, tmp_path: Path, settled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "QUICK", 1000)
    big = tmp_path / "models" / "big.safetensors"
    big.write_bytes(b"x" * 5000)
    if settled:
        os.utime(big, (time.time() - 100, time.time() - 100))
    with engine:
        graph = engine.validate(document())
        plan, _ = engine._plan(document(), None)
        assert plan.waiting
        assert "use" in graph.nodes
        reports = engine.plan(document())
        assert reports["file"].status == "unknown"
        assert reports["file"].reason == "waits for hashing big.safetensors"
        result = engine.run(document(), targets=["use"])
        assert result["use"].startswith("sha256:")
        assert engine.plan(document())["file"].status == "cached"
