"""Latents: size, batches, mixtures, files."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save as safetensors_bytes

from engine.errors import NodeError
from engine.values import Rng
from nodes import latents as n
from nodes.latent_files import load, save
from nodes.types import Latent, State
from tests.folder import context

amounts = st.floats(0, 1)


def noise(batch=1, seed=0, height=6, width=8, dtype=torch.float32):
    return Latent(torch.randn(batch, 4, height, width, generator=torch.Generator().manual_seed(seed)).to(dtype))


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic"])
@pytest.mark.parametrize("factor", [0.5, 1.0, 1.5, 2.0])
def test_resizing(interpolation, factor):
    made = n.resize(noise(2), factor=factor, interpolation=interpolation).data
    assert made.shape == (2, 4, round(6 * factor), round(8 * factor))
    flat = n.resize(Latent(torch.full((1, 4, 6, 8), -1.5)), factor=factor, interpolation=interpolation).data
    assert torch.allclose(flat, torch.full_like(flat, -1.5), atol=1e-5)


def test_nearest_repeats_latent_pixels():
    latent = noise()
    made = n.resize(latent, factor=2, interpolation="nearest").data
    assert torch.equal(made, latent.data.repeat_interleave(2, -1).repeat_interleave(2, -2))


def test_resizing_keeps_the_type_and_refuses_extremes():
    assert n.resize(noise(dtype=torch.bfloat16)).data.dtype == torch.bfloat16
    for factor, shape in ((0.01, (1, 1)), (16, (300, 1))):
        with pytest.raises(NodeError, match="1 to 4096") as caught:
            n.resize(Latent(torch.zeros(1, 1, *shape)), factor=factor)
        assert caught.value.input == "factor"


def test_batches_are_put_together_and_taken_apart():
    a, b = noise(2, 1), noise(1, 2)
    whole = n.batch((a, b))
    assert torch.equal(whole.data, torch.cat([a.data, b.data]))
    assert torch.equal(n.stack(n.items(whole)).data, whole.data)
    assert torch.equal(n.pick(whole, index=-1).data, b.data)
    assert torch.equal(n.repeat(b, count=3).data, b.data.expand(3, -1, -1, -1))


def test_a_batch_names_what_does_not_fit():
    with pytest.raises(NodeError, match=r"\(4, 6, 8\), got one of \(4, 6, 4\)"):
        n.batch((noise(), noise(width=4)))
    with pytest.raises(NodeError, match="got none"):
        n.stack([])
    with pytest.raises(NodeError, match="inside the batch of 1, got -2"):
        n.pick(noise(), index=-2)


def states(count, batch=2):
    return [State(noise(batch, seed).data, Rng((0,) * batch)) for seed in range(count)]


def test_a_trajectory_ends_with_the_last_state():
    way = states(7)
    made = n.trajectory(way, every=3, image=-1).data
    assert torch.equal(made, torch.stack([way[i].latent[1] for i in (0, 3, 6)]))
    made = n.trajectory(way, every=4).data
    assert torch.equal(made, torch.stack([way[i].latent[0] for i in (2, 6)]))


def test_a_trajectory_names_what_does_not_fit():
    with pytest.raises(NodeError, match="at least one state"):
        n.trajectory([])
    with pytest.raises(NodeError, match="batch of 2, got 2") as caught:
        n.trajectory(states(1), image=2)
    assert caught.value.input == "image"


@pytest.mark.parametrize("mix", [n.lerp, n.slerp])
def test_mixtures_start_at_a_and_end_at_b(mix):
    a, b = noise(2, 1), noise(2, 2)
    assert torch.allclose(mix(a, b, amount=0.0).data, a.data)
    assert torch.allclose(mix(a, b, amount=1.0).data, b.data)
    assert mix(noise(dtype=torch.float16), noise(seed=3, dtype=torch.float16)).data.dtype == torch.float16
    with pytest.raises(NodeError, match="expected a latent of"):
        mix(a, noise())


@given(amounts)
def test_the_arc_keeps_the_length_and_divides_the_angle(amount):
    a = noise(2, 1).data
    b = noise(2, 2).data
    a, b = (v / v.flatten(1).norm(dim=1)[:, None, None, None] for v in (a, b))
    made = n.slerp(Latent(a), Latent(b), amount=amount).data.flatten(1)
    assert torch.allclose(made.norm(dim=1), torch.ones(2), atol=1e-5)
    whole = (a * b).flatten(1).sum(1).acos()
    part = (a.flatten(1) * made).sum(1).clamp(-1, 1).acos()
    assert torch.allclose(part, amount * whole, atol=2e-3)


@given(amounts)
def test_the_arc_between_equal_directions_is_the_line(amount):
    a = noise()
    assert torch.allclose(n.slerp(a, Latent(3 * a.data), amount=amount).data, (1 + 2 * amount) * a.data, atol=1e-5)
    zero = Latent(torch.zeros(1, 4, 2, 2))
    assert torch.equal(n.slerp(zero, zero, amount=amount).data, zero.data)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_a_saved_latent_comes_back_exactly(tmp_path, dtype):
    latent = noise(2, dtype=dtype)
    (artifact,) = save(latent, name="x-{n}")
    assert (artifact.suffix, artifact.name) == (".safetensors", "x-{n}")
    assert artifact.data == save(latent)[0].data
    (tmp_path / "x.safetensors").write_bytes(artifact.data)
    loaded = load(file="x.safetensors", ctx=context(tmp_path)).data
    assert loaded.dtype == dtype
    assert torch.equal(loaded, latent.data)
    assert load.fingerprinter is not None
    assert load.fingerprinter("x.safetensors", context(tmp_path)).startswith("sha256:")


def test_a_latent_file_name_stays_inside_the_output_folder():
    with pytest.raises(NodeError, match="inside the output folder"):
        save(noise(), name="../x")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"no tensors", "no safetensors file"),
        (safetensors_bytes({"other": torch.zeros(1)}), "expected a tensor 'latent', got other"),
        (safetensors_bytes({"latent": torch.zeros(4, 4)}), r"got torch.float32 \[4, 4\]"),
        (safetensors_bytes({"latent": torch.zeros(1, 4, 2, 2, dtype=torch.int32)}), "got torch.int32"),
        (safetensors_bytes({"latent": torch.full((1, 4, 2, 2), float("inf"))}), "not finite"),
    ],
)
def test_other_files_are_refused(tmp_path, data, message):
    (tmp_path / "x.safetensors").write_bytes(data)
    with pytest.raises(NodeError, match=message) as caught:
        load(file="x.safetensors", ctx=context(tmp_path))
    assert caught.value.input == "file"


def test_a_missing_latent_file_is_named(tmp_path):
    with pytest.raises(NodeError, match="no file 'x'"):
        load(file="x", ctx=context(tmp_path))
