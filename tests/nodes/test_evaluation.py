"""Evaluation as a workflow: pictures by a seed sweep, features, scores, labels, and a report as files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from engine import Engine
from engine.result import Result
from nodes.image_files import save
from nodes.types import Image
from tests import clip
from tests.documents import Document, frame, link, text
from tests.tiny import sd

PROMPT, LABELS = "a cat", ["cat", "dog", "cat and dog"]

pytestmark = pytest.mark.usefixtures("one_thread")


def node(kind: str, inputs: dict[str, Any], within: str | None = None) -> Document:
    """A node of a document."""
    return {"type": f"{kind}@1", "inputs": inputs} | ({"in": within} if within else {})


def document() -> Document:
    """Three pictures of one prompt, measured against it, against labels, and against a folder of references."""
    inside = frame("sample", "schedule", "noise")
    inside["sample"]["in"] = "sweep"
    noise = {"seed": link("sweep.item"), "like": link("model.vae"), "schedule": link("schedule")}
    columns = [link("seeds"), link("score.scores"), link("kinds.labels"), link("kinds.certainty")]
    values = [link("score"), link("distance"), link("variety"), link("right")]
    nodes: dict[str, Any] = {
        "model": node("model.load", {"model": "sd"}),
        "clip": node("clip.load", {"clip": "sd"}),
        "prompt": node("value.text", {"value": PROMPT}),
        "positive": text("model", ""),
        "negative": text("model", ""),
        "schedule": node("schedule.make", {"config": link("model.scheduler"), "solver": "ddim", "steps": 2}),
        "seeds": node("list.seeds", {"first": 1, "count": 3}),
        "sweep": node("flow.loop", {"over": link("seeds")}) | {"collect": {"features": link("seen")}},
        "noise": node("noise.gaussian", noise | {"width": 64, "height": 64}, "sweep"),
        **inside,
        "image": node("vae.decode", {"vae": link("model.vae"), "latent": link("sample.state")}, "sweep"),
        "seen": node("clip.image", {"clip": link("clip"), "image": link("image")}, "sweep"),
        "features": node("features.stack", {"features": link("sweep.features")}),
        "read": node("clip.text", {"clip": link("clip"), "texts": link("prompt")}),
        "score": node("metric.clip_score", {"image": link("features"), "text": link("read")}),
        "kinds": node("metric.zero_shot", {"clip": link("clip"), "image": link("features"), "labels": LABELS}),
        "variety": node("metric.inception", {"probabilities": link("kinds")}),
        "right": node("metric.accuracy", {"found": link("kinds.labels"), "expected": ["cat"]}),
        "folder": node("image.folder", {"folder": "references"}),
        "wanted": node("clip.image", {"clip": link("clip"), "image": link("folder")}),
        "distance": node("metric.frechet", {"first": link("features"), "second": link("wanted")}),
        "numbers": node("report.numbers", {"values": values, "names": ["CLIP score", "FID", "IS", "accuracy"]}),
        "rows": node("report.table", {"columns": columns, "names": ["seed", "score", "label", "certainty"]}),
        "report": node("report.write", {"tables": [link("numbers"), link("rows")], "title": "Tiny"}),
    }
    nodes["positive"]["inputs"]["text"] = link("prompt")
    return {"format": 1, "name": "evaluate", "nodes": nodes}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    sd().save_pretrained(tmp_path / "models" / "sd")
    clip.save(tmp_path / "models" / "sd" / "clip")
    references = tmp_path / "inputs" / "references"
    references.mkdir(parents=True)
    for number, height in enumerate((40, 64, 50)):
        generator = torch.Generator().manual_seed(number)
        data = save(Image(torch.rand(1, 3, height, 48, generator=generator)))[0].data
        (references / f"{number}.png").write_bytes(data)
    places = {"models": [tmp_path / "models"], "inputs": [tmp_path / "inputs"]}
    with Engine(home=tmp_path / "home", device="cpu", dtype="fp32", threads=1, **places) as engine:
        yield engine


def ran(result: Result) -> set[str]:
    """The nodes that computed something."""
    return {name for name, report in result.nodes.items() if report.status == "run"}


def test_a_workflow_writes_what_it_measured_and_measures_again_only_what_changed(engine: Engine, tmp_path: Path):
    first = engine.run(document(), output=tmp_path / "output")
    data, page = sorted(delivered.path for delivered in first.files)
    assert (data.name, page.name) == ("evaluate-0001.json", "evaluate-0001.md")
    body = json.loads(data.read_text())
    numbers = {row["name"]: row["value"] for row in body["tables"][0]["rows"]}
    assert 0 <= numbers["CLIP score"] <= 100
    assert 1 <= numbers["IS"] <= 3
    assert numbers["FID"] > 0
    rows = body["tables"][1]["rows"]
    assert [row["seed"] for row in rows] == [1, 2, 3]
    assert all(row["label"] in LABELS and 1 / 3 <= row["certainty"] <= 1 for row in rows)
    assert numbers["accuracy"] == sum(row["label"] == "cat" for row in rows) / 3
    assert numbers["CLIP score"] == pytest.approx(sum(row["score"] for row in rows) / 3)

    again = engine.run(document(), output=tmp_path / "output")
    assert again.steps_run("sweep") == 0
    assert [path.read_bytes() for path in (data, page)] == [f.path.read_bytes() for f in again.files]

    labels = engine.run(document(), output=tmp_path / "output", set={"kinds.labels": ["cat", "dog"]})
    assert "kinds" in ran(labels)
    assert not ran(labels) & {"features", "seen", "image", "distance", "wanted", "score", "read"}

    more = engine.run(document(), output=tmp_path / "output", set={"seeds.count": 4})
    assert more.steps_run("sweep") == 1
    assert not ran(more) & {"wanted", "read"}
