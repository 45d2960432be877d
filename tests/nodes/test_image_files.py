"""Images from files and to files."""

import io
import struct
import zlib

import numpy as np
import PIL.Image
import pytest
import torch

from engine.context import Context
from engine.errors import NodeError
from nodes.image_files import load, preview, save
from nodes.types import Image
from tests.folder import context


def random_image(batch=1, height=5, width=7, seed=0):
    """An image whose values are exact in 8 bits."""
    generator = torch.Generator().manual_seed(seed)
    return Image(torch.randint(0, 256, (batch, 3, height, width), generator=generator) / 255)


def saved(picture, path, **options):
    picture.save(path, **options)
    return path.name


def test_what_is_saved_as_png_comes_back_exactly(tmp_path):
    image = random_image(batch=3)
    for i, artifact in enumerate(save(image)):
        assert (artifact.suffix, artifact.media, artifact.name) == (".png", "image/png", "{name}-{n}")
        (tmp_path / "x.png").write_bytes(artifact.data)
        loaded = load(file="x.png", ctx=context(tmp_path))
        assert torch.equal(loaded.image.data, image.data[i, None])
        assert loaded.image.data.dtype == torch.float32
        assert torch.equal(loaded.mask.data, torch.zeros(1, 1, 5, 7))


@pytest.mark.parametrize(("format", "quality"), [("png", 95), ("jpeg", 90), ("webp", 80), ("webp", 100)])
def test_equal_images_give_equal_files(format, quality):
    once, again = (save(random_image(), format=format, quality=quality)[0] for _ in range(2))
    assert once.data == again.data
    assert PIL.Image.open(io.BytesIO(once.data)).format == format.upper()


def test_webp_at_full_quality_is_lossless(tmp_path):
    image = random_image()
    (tmp_path / "x.webp").write_bytes(save(image, format="webp", quality=100)[0].data)
    assert torch.equal(load(file="x.webp", ctx=context(tmp_path)).image.data, image.data)


def test_values_are_rounded_and_clipped_as_diffusers_does():
    values = torch.tensor([-1.0, 0.0, 0.5, 0.9981, 1.0, 2.0]).expand(1, 3, 1, 6)
    shown = np.asarray(PIL.Image.open(io.BytesIO(save(Image(values))[0].data)))
    assert shown[0, :, 0].tolist() == [0, 0, 128, 255, 255, 255]


def test_values_that_are_not_finite_are_refused():
    with pytest.raises(NodeError, match="not finite") as caught:
        save(Image(torch.full((1, 3, 2, 2), float("nan"))))
    assert caught.value.input == "image"


@pytest.mark.parametrize("name", ["portrait", "{name}-{n}", "{node}/{name} {n}", "a.b/c_d"])
def test_names_inside_the_output_folder(name):
    assert save(random_image(), name=name)[0].name == name


@pytest.mark.parametrize(
    "name",
    ["", "..", "../x", "a/../b", "/etc/x", "a//b", "~/x", "a\\b", "a\0b", "C:x", "{seed}", "{n", "a/", "x" * 201],
)
def test_other_names_are_refused(name):
    with pytest.raises(NodeError) as caught:
        save(random_image(), name=name)
    assert caught.value.input == "name"


def test_transparency_becomes_the_mask(tmp_path):
    pixels = np.zeros((2, 2, 4), dtype=np.uint8)
    pixels[..., 0] = 255
    pixels[..., 3] = [[255, 0], [51, 255]]
    name = saved(PIL.Image.fromarray(pixels), tmp_path / "x.png")
    loaded = load(file=name, ctx=context(tmp_path))
    assert torch.equal(loaded.image.data[0, 0], torch.ones(2, 2))
    assert torch.allclose(loaded.mask.data[0, 0], torch.tensor([[0, 1], [0.8, 0]]))


def test_the_orientation_of_a_photograph_counts(tmp_path):
    picture = PIL.Image.new("RGB", (4, 2))
    picture.putpixel((0, 0), (255, 255, 255))
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # turn by 90° clockwise
    name = saved(picture, tmp_path / "x.png", exif=exif)
    image = load(file=name, ctx=context(tmp_path)).image.data
    assert image.shape == (1, 3, 4, 2)
    assert image[0, 0, 0, 1] == 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "RGBA"])
def test_every_colour_mode_becomes_rgb(tmp_path, mode):
    suffix = "tiff" if mode == "CMYK" else "png"
    name = saved(PIL.Image.new("RGB", (3, 2), "white").convert(mode), tmp_path / f"x.{suffix}")
    assert torch.equal(load(file=name, ctx=context(tmp_path)).image.data, torch.ones(1, 3, 2, 3))


def test_sixteen_bits_of_gray_are_kept(tmp_path):
    values = np.array([[0, 1, 32768, 65535]], dtype=np.uint16)
    name = saved(PIL.Image.fromarray(values), tmp_path / "x.png")
    image = load(file=name, ctx=context(tmp_path)).image.data
    assert torch.equal(image[0, 2], torch.tensor([[0.0, 1.0, 32768.0, 65535.0]]) / 65535)


def test_a_missing_file_is_named(tmp_path):
    for name in ("none.png", "."):
        with pytest.raises(NodeError, match="no file") as caught:
            load(file=name, ctx=context(tmp_path))
        assert caught.value.input == "file"


def test_a_name_outside_the_inputs_is_refused(tmp_path):
    with pytest.raises(NodeError, match="outside") as caught:
        load(file="../x.png", ctx=context(tmp_path))
    assert caught.value.input == "file"


@pytest.mark.parametrize("data", [b"", b"no image", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"%!PS-Adobe-3.0 EPSF-3.0\n"])
def test_what_is_no_image_is_refused(tmp_path, data):
    (tmp_path / "x.png").write_bytes(data)
    with pytest.raises(NodeError, match=r"x\.png"):
        load(file="x.png", ctx=context(tmp_path))


def test_a_cut_off_file_is_refused(tmp_path):
    whole = save(random_image(height=64, width=64))[0].data
    for length in (30, len(whole) // 2, len(whole) - 200):
        (tmp_path / "x.png").write_bytes(whole[:length])
        with pytest.raises(NodeError, match=r"x\.png"):
            load(file="x.png", ctx=context(tmp_path))


@pytest.mark.parametrize("side", [8193, 12_000, 20_000])
def test_an_image_with_too_many_pixels_is_refused_before_it_is_read(tmp_path, side):
    header = io.BytesIO()
    PIL.Image.new("1", (8, 8)).save(header, "PNG")
    data = bytearray(header.getvalue())
    data[16:24] = struct.pack(">II", side, side)
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    (tmp_path / "x.png").write_bytes(bytes(data))
    with pytest.raises(NodeError, match="at most 67108864 pixels"):
        load(file="x.png", ctx=context(tmp_path))


def test_the_fingerprint_is_the_digest_of_the_bytes(tmp_path):
    assert load.fingerprinter is not None
    prints = []
    for seed in (0, 0, 1):
        (tmp_path / "x.png").write_bytes(save(random_image(seed=seed))[0].data)
        prints.append(load.fingerprinter(file="x.png", ctx=context(tmp_path)))
    assert prints[0] == prints[1] != prints[2]


def test_a_preview_is_small_and_is_shown():
    shown = []
    small = preview(random_image(2, 40, 100), size=50, ctx=Context(on_preview=shown.append))
    assert small.data.shape == (2, 3, 20, 50)
    assert shown == [small]
    assert preview(random_image(), size=512).data.shape == (1, 3, 5, 7)
