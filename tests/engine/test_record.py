"""The record in a picture: it repeats the run, and holds nothing that differs between equal runs."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from engine.api import Engine, load_workflow
from engine.errors import InvalidWorkflow
from engine.record import KEYWORD, SIGNATURE, embed, read_record
from tests.engine.broken import good
from tests.engine.kit import doc, inside, link, loop


def png(color: int = 0) -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", (4, 4), (color, 0, 0)).save(out, "png")
    return out.getvalue()


RECORDS: list[dict[str, Any]] = [
    {"workflow": {}},
    {"workflow": {"nodes": {"b": 1, "a": 2}}, "seeds": {"a.seed": 2**53 - 1}},
    {"workflow": {"name": "é 日本 \ud800 \0", "x": [1, 2.5, None, True]}},
    {"workflow": {"text": "x" * 1_000_000}},
]


@pytest.mark.parametrize("record", RECORDS, ids=range(len(RECORDS)))
def test_what_was_put_in_comes_out(record: dict[str, Any]):
    assert read_record(embed(png(), record)) == record


def test_the_picture_stays_the_same_picture():
    with Image.open(io.BytesIO(embed(png(200), RECORDS[1]))) as shown:
        assert shown.getpixel((1, 1)) == (200, 0, 0)


def test_a_new_record_replaces_the_old():
    twice = embed(embed(png(), RECORDS[1]), RECORDS[0])
    assert read_record(twice) == RECORDS[0]
    assert twice == embed(png(), RECORDS[0])


def test_the_order_of_a_document_is_kept():
    assert list(read_record(embed(png(), RECORDS[1]))["workflow"]["nodes"]) == ["b", "a"]


def chunked(text: bytes) -> bytes:
    """A picture whose record's chunk holds these bytes."""
    body = KEYWORD + b"\0\1\0\0\0" + text
    chunk = len(body).to_bytes(4, "big") + b"iTXt" + body + zlib.crc32(b"iTXt" + body).to_bytes(4, "big")
    return png()[:33] + chunk + png()[33:]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        SIGNATURE,
        png(),
        png()[:40],
        SIGNATURE + b"\xff\xff\xff\xffiTXt",
        chunked(b"not compressed"),
        chunked(zlib.compress(b"not json")),
        chunked(zlib.compress(b"[1]")),
        chunked(zlib.compress(b'{"workflow": 5}')),
        chunked(zlib.compress(b'{"workflow": {}}')[:-8]),
        chunked(zlib.compress(b" " * (80 << 20))),
    ],
    ids=range(11),
)
def test_a_picture_with_a_broken_record_is_refused(data: bytes, tmp_path: Path):
    with pytest.raises(InvalidWorkflow):
        read_record(data)


def test_a_record_says_what_decided_the_bits_and_no_more(tmp_path: Path):
    with Engine(home=tmp_path, device="cpu", threads=1) as engine:
        one, two = (engine.run(good(), output=tmp_path / "out") for _ in range(2))
    assert one.run != two.run
    assert one.record == two.record
    assert set(one.record) == {"format", "workflow", "models", "numerics"}
    assert set(one.record["numerics"]["versions"]) == {"torch", "diffusers", "transformers"}
    assert one.record["numerics"]["threads"] == 1
    pictures = [file.path.read_bytes() for file in (*one.files, *two.files)]
    assert pictures[0] == pictures[1]
    assert load_workflow(one.files[0].path).data == good()


def test_a_frame_with_several_carries_is_read_the_same_after_a_round_trip():
    graph = doc(
        frame=loop([0], z=(1.0, link("z")), a=(2.0, link("a"))),
        z=inside("frame", "t.plus", {"a": link("frame.z"), "b": 1.0}),
        a=inside("frame", "t.plus", {"a": link("frame.a"), "b": 1.0}),
    )
    assert list(read_record(embed(png(), {"workflow": graph}))["workflow"]["nodes"]["frame"]["carry"]) == ["z", "a"]
