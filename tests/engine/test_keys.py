"""Keys: different things never share one, and the same thing has the same one everywhere."""

from __future__ import annotations

import enum
import math
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.digest import digest_of, encode
from engine.errors import Unencodable
from engine.registry import USER_PACKAGE, Registry
from tests.engine.kit import Bench, doc, link

SOAK = 10 if os.environ.get("LOOM_SOAK") else 1
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner) | st.tuples(),
    max_leaves=12,
)


def same(a: Any, b: Any) -> bool:
    """Equal in type and in every part; 0.0 and −0.0 are not."""
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return a == b and math.copysign(1, a) == math.copysign(1, b)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return bool(a == b)


@settings(max_examples=500 * SOAK, deadline=None)
@given(VALUES, VALUES)
def test_two_values_have_one_encoding_only_if_they_are_the_same(a: Any, b: Any):
    assert (encode(a) == encode(b)) == same(a, b)


@settings(max_examples=300 * SOAK, deadline=None)
@given(st.lists(VALUES, min_size=2, max_size=4))
def test_no_value_encodes_as_the_beginning_of_another(values: list[Any]):
    joined = b"".join(map(encode, values))
    assert encode(values) != joined
    assert encode(values)[1 + 8 :] == joined


LOOKALIKES = [
    1, 1.0, True, "1", b"1", None, 0, 0.0, -0.0, False, "", b"", [], (), {}, [[]], [()], ["a", "b"], ["ab", ""],
    ["a,b"], ["a\0b"], ["a", ["b"]], {"a": 1}, {"a": "1"}, [["a", 1]], "None", "True", (1, 2), [1, 2], frozenset({1}),
    frozenset({"1"}), 2**64, float(2**64),
    "\u00e9", "e\u0301", "\ud800", math.inf, -math.inf, {"a": {"b": 1}}, {"a": 1, "b": 1},
]  # fmt: skip


def test_lookalikes_differ():
    assert len({digest_of(value) for value in LOOKALIKES}) == len(LOOKALIKES)


@pytest.mark.parametrize("value", [math.nan, [math.nan], {"a": math.nan}, object(), {1, 2}, {1: 2}, print, 1j, int])
def test_what_has_no_canonical_form_is_refused(value: Any):
    with pytest.raises(Unencodable):
        encode(value)


def test_a_value_without_end_is_refused():
    value: list[Any] = []
    value.append(value)
    with pytest.raises(Unencodable, match="nested deeper"):
        encode(value)


def test_the_order_of_names_is_none():
    assert encode({"a": 1, "b": 2}) == encode({"b": 2, "a": 1})


class Color(enum.Enum):
    RED = "red"


@dataclass(frozen=True)
class Named:
    name: str
    path: str = field(default="", compare=False)


@dataclass(frozen=True)
class Other:
    name: str


def test_a_dataclass_counts_by_its_type_and_what_is_compared():
    assert encode(Named("a", "/here")) == encode(Named("a", "/there"))
    assert len({encode(v) for v in (Named("a"), Named("b"), Other("a"), {"name": "a"}, "a")}) == 5


def test_an_enum_member_is_not_its_value():
    assert encode(Color.RED) != encode("red")


PROCESS = """
from engine.digest import digest_of
from tests.engine.kit import Bench, doc, link
from tests.engine.test_keys import LOOKALIKES
print([digest_of(value).hex() for value in LOOKALIKES])
nodes = {"n": ("t.note", {"text": "a"}), "a": ("t.read", {"note": link("n")})}
document = doc(**nodes, b=("t.total", {"many": [link("a"), 2.0]}))
print([call.key.hex() for call in Bench().runner(document).plan(["b"]).resolver.calls])
"""


def test_keys_are_the_same_in_every_process_whatever_its_hash_seed():
    said = set()
    for seed in ("0", "1", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        root = Path(__file__).parents[2]
        done = subprocess.run(
            [sys.executable, "-c", PROCESS],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            cwd=root,
            env=environment,
        )
        said.add(done.stdout)
    assert len(said) == 1


# What is in a node's key, and what is not.


def keys(document: dict[str, Any], target: str = "c") -> list[bytes]:
    return [call.key for call in Bench().runner(document).plan([target]).resolver.calls]


def small() -> dict[str, Any]:
    return doc(
        a=("t.make", {"value": 2.0}), b=("t.inc", {"a": link("a")}), c=("t.add", {"a": link("a"), "b": link("b")})
    )


def test_what_only_people_see_is_in_no_key():
    document = small()
    before = keys(document)
    document["name"] = "another"
    document["ui"] = {"positions": {"a": [5, 6]}, "notes": [{"text": "hello"}]}
    document["nodes"]["a"]["title"] = "first"
    assert keys(document) == before


def test_the_name_of_a_node_is_in_no_key():
    renamed = doc(
        x=("t.make", {"value": 2.0}), y=("t.inc", {"a": link("x")}), z=("t.add", {"a": link("x"), "b": link("y")})
    )
    assert keys(renamed, "z") == keys(small())


def test_every_input_is_in_the_key():
    before = keys(small())
    changed = small()
    changed["nodes"]["b"]["inputs"]["by"] = 1.5
    after = keys(changed)
    assert [x == y for x, y in zip(before, after, strict=True)] == [True, False, False]


def test_two_inputs_that_change_places_change_the_key():
    turned = small()
    turned["nodes"]["c"]["inputs"] = {"a": link("b"), "b": link("a")}
    assert keys(turned)[-1] != keys(small())[-1]


def test_zero_and_minus_zero_have_two_keys_in_either_order():
    def key(bench: Bench, value: float) -> bytes:
        return bench.runner(doc(a=("t.make", {"value": value}))).plan(["a"]).resolver.calls[0].key

    one, other = Bench(), Bench()
    assert [key(one, 0.0), key(one, -0.0)] == [key(other, -0.0), key(other, 0.0)][::-1]
    assert key(one, 0.0) != key(one, -0.0)


def test_the_numerics_are_in_the_key():
    runner = Bench().runner(small())
    before = runner.plan(["c"]).resolver.calls[0].key
    runner.settings.numerics = b"m" * 32
    assert runner.plan(["c"]).resolver.calls[0].key != before


# Code.

USER = '''"""A module of the user's."""
import re
from engine.node import node, Lazy
from engine.values import Alias
from collections.abc import Mapping, Sequence
from typing import Any

FACTOR = 2.0
TABLE = {"a": 1.0}
PATTERN = re.compile("a+")


def double(x: float) -> float:
    """Twice."""
    return x * 2


def half(x: float) -> float:
    return x / 2


WAYS = {"half": half}


def scaled(by: float):
    def wrap(fn):
        def inner(x: float) -> float:
            return fn(x) * by
        return inner
    return wrap


@scaled(3.0)
def thrice(x: float) -> float:
    return x


class Helper:
    """Helps."""

    def help(self, x: float) -> float:
        return x + 1


@node("u.work", stack=("x",))
def work(x: float, *, y: float = 1.0) -> float:
    """Works."""
    pick = lambda v: v + 10
    more = len(PATTERN.pattern) + Helper().help(y) + WAYS["half"](y) + thrice(y) + pick(x)
    return double(x) * FACTOR + TABLE["a"] + more


@work.reduce
def _(y: float) -> Alias | None:
    return Alias("x") if y == 0 else None


@work.batched
def _(calls: Sequence[Mapping[str, Any]]) -> Sequence[float]:
    return [call["x"] for call in calls]


def unused() -> int:
    return 1
'''


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], bytes]:
    """The code digest of u.work in a module with this text."""

    def of(text: str) -> bytes:
        file = tmp_path / "mine.py"
        file.write_text(text)
        registry = Registry()
        registry.add_file(file)
        return registry.code.of_node(registry.specs["u.work"].node)

    monkeypatch.setitem(sys.modules, USER_PACKAGE, None)  # type: ignore[arg-type]
    monkeypatch.delitem(sys.modules, USER_PACKAGE)
    monkeypatch.delitem(sys.modules, f"{USER_PACKAGE}.mine", raising=False)
    return of


MATTERS = {
    "its body": ("return double(x) * FACTOR", "return double(x) + FACTOR"),
    "a helper": ("return x * 2", "return x * 2.5"),
    "a constant": ("FACTOR = 2.0", "FACTOR = 3.0"),
    "a table": ('TABLE = {"a": 1.0}', 'TABLE = {"a": 2.0}'),
    "a pattern": ('re.compile("a+")', 're.compile("b+")'),
    "a function in a table": ("return x / 2", "return x / 3"),
    "a decorator of a helper": ("return fn(x) * by", "return fn(x) + by"),
    "an argument of a decorator": ("@scaled(3.0)", "@scaled(4.0)"),
    "what a decorator wraps": ("float:\n    return x\n", "float:\n    return -x\n"),
    "a method of a class": ("return x + 1", "return x + 2"),
    "a lambda": ("v + 10", "v + 11"),
    "its reduction": ('Alias("x") if y == 0', 'Alias("x") if y == 1'),
    "its batch": ('[call["x"] for', '[call["y"] for'),
}
DOES_NOT = {
    "its docstring": ('"""Works."""', '"""Works hard."""'),
    "a helper's docstring": ('"""Twice."""', '"""Two times."""'),
    "a class's docstring": ('"""Helps."""', '"""Helps much."""'),
    "a comment": ("FACTOR = 2.0", "FACTOR = 2.0  # twice"),
    "empty lines": ("\n\ndef double", "\n\n\n\n\ndef double"),
    "another function": ("return 1", "return 2"),
    "how it is declared": ('@node("u.work", stack=("x",))', '@node("u.work", stack=("x",), thread="pool")'),
}


@pytest.mark.parametrize("what", MATTERS)
def test_an_edit_of_what_a_node_does_changes_its_key(code: Callable[[str], bytes], what: str):
    before, after = MATTERS[what]
    assert before in USER
    assert code(USER) != code(USER.replace(before, after))


@pytest.mark.parametrize("what", DOES_NOT)
def test_an_edit_of_what_it_does_not_do_changes_none(code: Callable[[str], bytes], what: str):
    before, after = DOES_NOT[what]
    assert before in USER
    assert code(USER) == code(USER.replace(before, after))


def test_a_list_that_grows_while_the_program_runs_changes_no_key(code: Callable[[str], bytes], tmp_path: Path):
    text = USER.replace("FACTOR = 2.0", "FACTOR = 2.0\nSEEN: list[float] = []").replace(
        "    pick =", "    SEEN.append(x)\n    pick ="
    )
    before = code(text)
    registry = Registry()
    registry.add_file(tmp_path / "mine.py")
    registry.specs["u.work"].node.fn(x=2.0)
    assert registry.code.of_node(registry.specs["u.work"].node) == before


def test_a_file_that_is_edited_after_its_import_counts_as_imported(code: Callable[[str], bytes], tmp_path: Path):
    before = code(USER)
    registry = Registry()
    registry.add_file(tmp_path / "mine.py")
    (tmp_path / "mine.py").write_text(USER.replace("return x * 2", "return x * 9"))
    assert registry.code.of_node(registry.specs["u.work"].node) == before


def test_the_version_is_in_the_key(tmp_path: Path):
    def key(version: int) -> bytes:
        bench = Bench()
        spec = bench.registry.specs["t.make"]
        spec.node.version, before = version, spec.node.version
        try:
            return bench.runner(doc(a=("t.make", {}))).plan(["a"]).resolver.calls[0].key
        finally:
            spec.node.version = before

    assert key(1) != key(2)
