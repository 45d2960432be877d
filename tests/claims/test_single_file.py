"""A single-file checkpoint makes the picture that the same weights make as a diffusers folder, without a network.

The files are in the original layout with every tensor of the real ones (full depth, narrow), made by the tests.

The last bits of a product of matrices on a CPU depend on where the weights lie in memory. diffusers leaves those of a
folder where the file has them, at any multiple of four bytes; those of a single file are copied and lie where torch
puts them. So `aligned` copies the weights of the folder, too, and then all bits are equal.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch

from engine.context import Context
from engine.result import Result
from nodes.loaders import load_model
from tests import documents as plain
from tests.claims import documents
from tests.claims.studio import SOAK, Studio
from tests.oracles import DPMPP_2M, EULER, Oracles, Picture, Solver
from tests.original_layout import Checkpoint

pytestmark = pytest.mark.usefixtures("one_thread")

STEPS = 3
PIPELINES = {"sd15": diffusers.StableDiffusionPipeline, "sdxl": diffusers.StableDiffusionXLPipeline}


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No socket connects and no name resolves."""

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError(f"the network was asked for {arguments}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module", params=PIPELINES)
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A family, and a folder with its checkpoint as `<family>.safetensors` and as the diffusers folder `<family>`."""
    root = tmp_path_factory.mktemp("checkpoints")
    made = Checkpoint(request.param, seed=3, vocabulary=49408)
    made.write(root / f"{request.param}.safetensors")
    made.save_pretrained(root / request.param)
    return request.param, root


@pytest.fixture
def studio(both: tuple[str, Path], tmp_path: Path) -> Iterator[Studio]:
    with Studio(tmp_path, both[1]) as made:
        yield made


def aligned(*modules: Any) -> None:
    """Copy all weights to where torch allocates."""
    for module in modules:
        for tensor in (*module.parameters(), *module.buffers()):
            tensor.data = tensor.data.clone()


def align_resident(studio: Studio, model: str) -> None:
    """The same for the weights that an engine holds of a model."""
    loaded = load_model(model=model, ctx=Context(files=studio.files))
    for ref in (loaded.unet, loaded.vae, *loaded.text_encoder.parts):
        aligned(studio.weights.get(ref, "cpu", "float32"))


@pytest.mark.parametrize("solver", [DPMPP_2M, EULER] if SOAK else [DPMPP_2M], ids=lambda s: s.name)
def test_the_picture_of_a_file_is_that_of_the_folder_and_of_the_pipeline(
    studio: Studio, both: tuple[str, Path], solver: Solver
):
    family, root = both
    file, folder = (plain.text_to_image(solver, model) for model in (f"{family}.safetensors", family))
    for document in (file, folder):
        document["nodes"]["schedule"]["inputs"]["steps"] = STEPS
    oracles = Oracles(root)
    pipeline = oracles.pipeline(PIPELINES[family], family, solver)
    sizes = {"num_inference_steps": STEPS, "width": plain.SIDE, "height": plain.SIDE}
    assert_same(studio.go(folder, "sample", "image"), oracles.run(pipeline, **sizes))
    align_resident(studio, family)
    aligned(*(part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)))
    wanted = oracles.run(pipeline, **sizes)
    made = studio.go(file, "sample", "image")
    assert made.steps_run("sample") == STEPS, "another model than the folder: no shared results"
    for result in (made, studio.go(folder, "sample", "image", reuse=False)):
        assert_same(result, wanted)


def assert_same(result: Result, wanted: Picture) -> None:
    """The final latent and the image, bit for bit, and no trivial ones."""
    assert torch.isfinite(wanted.latent).all()
    assert wanted.image.std() > 0
    assert torch.equal(result["sample.state"].latent, wanted.latent)
    assert torch.equal(result["image"].data, wanted.image)


def test_a_renamed_file_keeps_its_results_and_its_digest_finds_it(studio: Studio, both: tuple[str, Path]):
    family, root = both
    other = root / "renamed.safetensors"
    shutil.move(root / f"{family}.safetensors", other)
    try:
        document = documents.with_save(plain.text_to_image(EULER, "renamed.safetensors"))
        document["nodes"]["schedule"]["inputs"]["steps"] = 1
        first = studio.go(document, "save")
        digest = studio.files.digest(other)
        shutil.move(other, root / f"{family}.safetensors")
        document["nodes"]["model"]["inputs"]["model"] = {"file": "renamed.safetensors", "digest": digest}
        again = studio.go(document, "save")
        assert again.steps_run("sample") == 0
        assert again.artifacts == first.artifacts
    finally:
        if other.exists():
            shutil.move(other, root / f"{family}.safetensors")
