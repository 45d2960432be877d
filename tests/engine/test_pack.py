"""Values become trees and leaves, and come back as they were."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Unencodable
from engine.leaves import Undecodable, blake, chunks, read_tensor
from engine.pack import content_digest, pack, unpack
from engine.sizes import size_of
from tests.engine.samples import CLASSES, Box, Colour, Pair, bits, same, tensors, values


@settings(deadline=None)
@given(values)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    packed = pack(value)
    leaves = [leaf if isinstance(leaf, bytes) else read_tensor(b"".join(chunks(leaf))) for leaf in packed.leaves]
    assert same(unpack(packed.json, leaves, CLASSES), value)


@settings(deadline=None)
@given(values, values)
def test_equal_contents_have_equal_digests_and_others_have_not(a: Any, b: Any) -> None:
    assert (content_digest(a) == content_digest(b)) == same(a, b)
    assert content_digest(a) == content_digest(unpack(pack(a).json, pack(a).leaves, CLASSES))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1, 1.0),
        (1, True),
        (1, "1"),
        (0.0, -0.0),
        ("a", b"a"),
        ([], ()),
        ({}, []),
        ({"a": None}, {}),
        ([[1], 2], [1, [2]]),
        (torch.zeros(2, 3), torch.zeros(3, 2)),
        (torch.zeros(4), torch.zeros(2, dtype=torch.float64)),
        (torch.zeros(0, 2), torch.zeros(2, 0)),
        (torch.tensor(0.0), 0.0),
        (torch.tensor(0.0), torch.tensor(-0.0)),
        (Pair(1, 2), (1, 2)),
        (Box(1), Box(1, note=0)),
        (Colour.RED, "red"),
        ({"tuple": []}, ()),
        ({"tensor": 0}, torch.tensor(0)),
    ],
)
def test_values_that_look_alike_have_different_digests(a: Any, b: Any) -> None:
    assert content_digest(a) != content_digest(b)


def test_layout_in_memory_order_of_names_and_sharing_do_not_change_the_digest() -> None:
    grid = torch.arange(12.0).reshape(3, 4)
    assert content_digest(grid.T) == content_digest(grid.T.contiguous())
    assert content_digest(grid[:, 1:3]) == content_digest(grid[:, 1:3].clone())
    assert content_digest({"a": grid, "b": grid.T}) == content_digest({"b": grid.T, "a": grid})
    assert content_digest([grid, grid]) == content_digest([grid, grid.clone()])


def test_every_bit_of_a_tensor_is_kept() -> None:
    odd = torch.tensor([0x7FC00001, -0x3FFFFF, -0x80000000, 1], dtype=torch.int32).view(torch.float32)
    packed = pack(odd)
    assert bits(unpack(packed.json, [read_tensor(b"".join(chunks(odd)))], {})) == bits(odd)
    conjugated = torch.tensor([1 + 2j]).conj()
    assert same(read_tensor(b"".join(chunks(conjugated))), conjugated.resolve_conj())


def test_a_tensor_that_occurs_twice_is_one_leaf() -> None:
    tensor = torch.ones(3)
    packed = pack(Box([tensor, tensor.view(3)], note=tensor))
    assert len(packed.leaves) == 1
    back = unpack(packed.json, packed.leaves, CLASSES)
    assert back.held[0] is back.note
    assert len(pack([tensor[:2], tensor[1:]]).leaves) == 2


@settings(deadline=None)
@given(tensors())
def test_a_stored_tensor_is_a_safetensors_file(tensor: torch.Tensor) -> None:
    assert same(safetensors.torch.load(b"".join(chunks(tensor)))["t"], tensor)


def test_what_cannot_come_back_as_it_was_is_refused() -> None:
    @dataclass
    class Open:
        a: int

    itself: list[Any] = []
    itself.append(itself)
    odd = [
        np.float64(1.0),
        np.int64(1),
        np.zeros(2),
        {1: 2},
        {"a": {None: 2}},
        {1, 2},
        frozenset("a"),
        OrderedDict(a=1),
        object(),
        Open(1),
        Colour,
        len,
        itself,
        torch.nn.Parameter(torch.zeros(1)),
        torch.zeros(1, device="meta"),
        torch.zeros(2, 2).to_sparse(),
        range(3),
        1j,
    ]
    for value in odd:
        with pytest.raises(Unencodable):
            pack([value])
    with pytest.raises(Unencodable):
        content_digest(torch.zeros(1, dtype=torch.complex128))


@pytest.mark.parametrize(
    "tree",
    [
        {"data": ["os.system", {"command": "true"}]},
        {"data": ["tests.engine.samples.Box", {"held": 1}]},
        {"data": ["tests.engine.samples.Box", {"held": 1, "label": "", "note": 1, "more": 2}]},
        {"named": ["tests.engine.samples.Pair", {"left": 1}]},
        {"enum": ["tests.engine.samples.Colour", "GREEN"]},
        {"enum": ["tests.engine.samples.Box", "RED"]},
        {"tensor": 7},
        {"bytes": 0},
        {"tensor": "a"},
        {"tuple": 3},
        {"dict": []},
        {"int": "xyz"},
        {"float": []},
        {},
        {"what": 1},
        {"what": ["a", "b"]},
    ],
)
def test_a_tree_that_pack_did_not_write_is_refused(tree: Any) -> None:
    with pytest.raises(Undecodable):
        unpack(json.dumps(tree), [torch.zeros(1)], CLASSES)


@settings(deadline=None)
@given(st.text() | values.map(lambda value: pack(value).json[:-1]), st.binary(max_size=60))
def test_garbage_is_undecodable_and_nothing_else(text: str, data: bytes) -> None:
    try:
        unpack(text, [], CLASSES)
        json.loads(text)
    except Undecodable:
        pass
    with pytest.raises(Undecodable):
        read_tensor(data)


def test_a_class_that_refuses_its_fields_makes_a_value_undecodable() -> None:
    @dataclass(frozen=True)
    class Picky:
        a: int

        def __post_init__(self) -> None:
            if self.a > 1:
                raise RuntimeError("too many")

    with pytest.raises(Undecodable, match="too many"):
        unpack('{"data": ["Picky", {"a": 2}]}', [], {"Picky": Picky})


def test_a_digest_is_the_same_in_every_process() -> None:
    code = (
        "import torch\nfrom engine.pack import content_digest\n"
        "print(content_digest({'b': [torch.arange(3), 1.5], 'a': ('x', b'y', None)}).hex())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "77")
    }
    here = content_digest({"a": ("x", b"y", None), "b": [torch.arange(3), 1.5]}).hex()
    assert digests == {f"{here}\n".encode()}


def test_the_digest_of_a_leaf_is_that_of_its_file() -> None:
    tensor = torch.randn(3, 5)
    assert blake(chunks(tensor)) == blake((b"".join(chunks(tensor)),))


def test_size_counts_each_storage_once_and_whole() -> None:
    tensor = torch.zeros(1000)
    assert size_of(tensor) == 4000
    assert size_of([tensor, tensor[:10], {"a": tensor.view(10, 100)}]) == 4000
    assert size_of(tensor[:10]) == 4000, "a small view keeps all of it alive"
    assert size_of(Box(b"12345", note=(tensor, 1, None, "ab"))) == 4007
    assert size_of(np.zeros(10)) == 80
    itself: list[Any] = [tensor]
    itself.append(itself)
    assert size_of(itself) == 4000


def test_opening_a_cache_and_looking_into_it_imports_no_torch(tmp_path: Any) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom engine.cache import Cache\n"
        "with Cache(home=Path(sys.argv[1]), classes={}, ram_bytes=1, disk_bytes=1 << 20, on_warning=print) as cache:\n"
        "    cache.has(b'k' * 32), cache.has_many([b'k' * 32]), cache.entry(b'k' * 32), cache.get(b'k' * 32)\n"
        "    cache.put(b'k' * 32, [1, 'a', b'b'], seconds=1.0)\n"
        "    cache.put_json('t', b'k', 1), cache.get_json('t', b'k'), cache.info(), cache.gc()\n"
        "assert 'torch' not in sys.modules and 'numpy' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code, str(tmp_path)], check=True)
