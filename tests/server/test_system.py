"""What the server says of itself: models, machine, figures."""

from __future__ import annotations

import asyncio
import json
import struct
from hashlib import sha256
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from server.system.anatomy import anatomy
from tests.server.kit import in_loop, served


def checkpoint(*names: str) -> bytes:
    """A safetensors file with tensors of these names, each empty."""
    header = json.dumps({name: {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for name in names}).encode()
    return struct.pack("<Q", len(header)) + header


def test_the_parts_of_a_model_show_in_its_names(tmp_path: Path) -> None:
    table = {
        ("model.diffusion_model.a", "first_stage_model.b", "cond_stage_model.transformer.c"): (
            "sd1",
            ["text_encoder", "unet", "vae"],
        ),
        ("model.diffusion_model.a", "conditioner.embedders.1.b"): ("sdxl", ["text_encoder", "unet"]),
        ("lora_unet_x.alpha",): (None, ["lora"]),
        ("unet.x.lora_A.weight",): (None, ["lora"]),
        ("something",): (None, []),
    }
    for i, (names, expected) in enumerate(table.items()):
        path = tmp_path / f"{i}.safetensors"
        path.write_bytes(checkpoint(*names))
        assert anatomy(path) == expected
    for bad in (
        b"",
        b"\xff" * 8,
        struct.pack("<Q", 1 << 40),
        struct.pack("<Q", 4) + b"[1]x",
        b"\x02" + b"\0" * 7 + b"\xff\xfe",
    ):
        (tmp_path / "bad.safetensors").write_bytes(bad)
        assert anatomy(tmp_path / "bad.safetensors") == (None, [])
    assert anatomy(tmp_path / "none") == (None, [])


@in_loop
async def test_models_are_listed_with_family_parts_size_and_digest(tmp_path: Path) -> None:
    data = checkpoint("model.diffusion_model.a", "cond_stage_model.model.b")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "mine.safetensors").write_bytes(data)
    (tmp_path / "models" / "torn.safetensors").write_bytes(b"torn")
    async with served(tmp_path) as client:
        found = {one["name"]: one for one in (await client.get("/api/v1/models"))["models"]}
        assert found["mine.safetensors"] == {
            "name": "mine.safetensors", "kind": "file", "family": "sd2", "components": ["text_encoder", "unet"],
            "bytes": len(data), "digest": f"sha256:{sha256(data).hexdigest()}",
        }  # fmt: skip
        assert found["shapes"]["family"] == "sd"
        assert {"unet", "vae", "text_encoder"} <= set(found["shapes"]["components"])
        assert found["torn.safetensors"]["components"] == []
        status, body, _ = await client.ask("POST", "/api/v1/models/scan")
        assert (status, body) == (202, {"scanning": True})
        while (await client.get("/api/v1/models"))["scanning"]:
            await asyncio.sleep(0.01)


@in_loop
async def test_the_machine_is_described(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        found = await client.get("/api/v1/system")
        assert found["cpus"] >= 1
        assert 0 < found["memory"]["server"] < found["memory"]["total"]
        assert found["disk"]["free"] <= found["disk"]["total"]
        assert {"torch", "diffusers", "aiohttp"} <= set(found["packages"])
        assert found["devices"] == [{"device": "cpu", "worker": found["devices"][0]["worker"]}]


@in_loop
async def test_figures_can_be_read_by_prometheus(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for path in ("/api/v1/nodes", "/api/v1/none", "/api/v1/artifacts/x", "/api/v1/artifacts/y"):
            await client.ask("GET", path)
        status, text, headers = await client.ask("GET", "/api/v1/metrics")
        assert (status, headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
        samples = {
            (one.name, *sorted(one.labels.items())): one.value
            for family in text_string_to_metric_families(text.decode())
            for one in family.samples
        }
        route = ("method", "GET"), ("route", "/api/v1/artifacts/{digest}"), ("status", "404")
        assert samples["loom_requests_total", *route] == 2
        assert samples["loom_requests_total", ("method", "GET"), ("route", "none"), ("status", "404")] == 1
        assert samples["loom_request_seconds_count",] == 4
        assert samples["loom_request_seconds_bucket", ("le", "+Inf")] == 4
        assert samples["loom_runs", ("status", "queued")] == 0


@in_loop
async def test_prompts_are_counted_by_the_tokenizer_of_their_model(tmp_path: Path) -> None:
    (tmp_path / "models" / "bare").mkdir(parents=True)
    (tmp_path / "models" / "bare" / "model_index.json").write_text("{}")
    async with served(tmp_path) as client:
        asked = {"model": "shapes", "texts": ["a red circle", " ".join("a" * 80)]}
        status, found, _ = await client.ask("POST", "/api/v1/tokens", asked)
        assert (status, found["limit"]) == (200, 77)
        assert found["counts"] == [{"tokens": 5, "unread": ""}, {"tokens": 82, "unread": "a a a a a"}]
        for without in ("bare", "../secret", "none"):
            status, found, _ = await client.ask("POST", "/api/v1/tokens", {"model": without, "texts": ["x"]})
            assert (status, found) == (200, {"limit": None, "counts": []})
