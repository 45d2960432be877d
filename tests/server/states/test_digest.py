"""The numbers of a document follow from those before, whatever is done to it."""

from __future__ import annotations

import copy
import json
import random

import pytest

from server.live.apply import apply
from server.live.changes import applied
from server.live.limits import Refused
from server.live.revert import revert
from server.states.digest import Digest, digest
from tests.server.live.graphs import operation, raw_operation, start


@pytest.mark.parametrize("seed", range(6))
def test_after_any_edits_they_are_those_of_the_document_as_it_is(seed: int) -> None:
    rng, document, now = random.Random(seed), start(), digest(start())
    seen, undone = {now}, 0
    for _ in range(150):
        try:
            made = apply(document, 0, [operation(raw_operation(rng, document))])
        except Refused:
            continue
        before, was = document, now
        for change in made.changes:
            after = applied(document, change)
            now = now.after(document, after, change)
            document = after
        assert now == digest(document)
        assert (now.all == was.all) == (not made.changes or digest(before).all == now.all)
        seen.add(now)
        back = revert(document, 0, made.changes)
        if json.dumps(back.document) == json.dumps(before):
            undone += 1
            assert digest(back.document) == was, "what is undone is the state before"
    assert undone > 40
    assert len(seen) > 40


def test_looks_are_no_part_of_the_graph_and_order_only_where_it_means_something() -> None:
    document = start()
    moved = copy.deepcopy(document)
    moved["ui"]["positions"]["n0"] = [5, 5]
    assert digest(moved).graph == digest(document).graph
    assert digest(moved).all != digest(document).all
    turned = {**document, "nodes": dict(reversed(document["nodes"].items()))}
    assert digest(turned) == digest(document)
    loop = copy.deepcopy(document)
    loop["nodes"]["n1"]["carry"] = {"t": {}, **loop["nodes"]["n1"]["carry"]}
    other = copy.deepcopy(document)
    other["nodes"]["n1"]["carry"] = {**other["nodes"]["n1"]["carry"], "t": {}}
    assert digest(loop).graph != digest(other).graph
    assert digest({}) == digest({"nodes": {}, "ui": {}}) == Digest()
