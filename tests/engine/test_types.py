"""Types: what fits what, which literals a type takes, and what the editor is told of it."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Optional, TypeVar

import pytest
from pydantic import BaseModel, Field

from engine.errors import InvalidWorkflow
from engine.node import Choice, Multiline, SeedWidget, Slider
from engine.relation import POISON, fits, item_type, substitute, type_name
from engine.spec import BadLiteral, Literals, expectation
from engine.validate import build
from tests.engine.kit import doc, inside, link, loop, registry

T = TypeVar("T")
N = TypeVar("N", int, float)


class Animal: ...


class Dog(Animal): ...


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Point(BaseModel):
    x: int
    y: int = 0


FIT: list[tuple[Any, Any]] = [
    (int, int), (int, float), (bool, bool), (str, str), (Dog, Animal), (Dog, object), (int, int | None),
    (int, float | str), (None, int | None), (Optional[int], float | None), (int | str, str | float),  # noqa: UP045
    (list[int], list[float]), (list[Dog], list[Animal]), (tuple[int, ...], list[int]), (list[int], Sequence[int]),
    (Literal["a"], Literal["a", "b"]), (Literal["a"], str), (str, Literal["a", "b"]), (str, Color), (Color, Color),
    (Literal[1], int), (Literal[1], float), (Annotated[int, Slider()], float), (POISON, Dog), (Dog, POISON),
]  # fmt: skip
DO_NOT: list[tuple[Any, Any]] = [
    (float, int), (bool, int), (int, bool), (bool, float), (str, int), (int, str), (Animal, Dog), (object, Dog),
    (int | None, int), (int | str, int), (None, int), (int, None), (list[float], list[int]), (list[int], int),
    (int, list[int]), (Literal["a", "c"], Literal["a", "b"]), (int, Literal["a"]), (Color, str), (Dog, Color),
    (list[Animal], list[Dog]), (Literal["a"], int),
]  # fmt: skip


@pytest.mark.parametrize(("source", "target"), FIT, ids=lambda t: type_name(t))
def test_what_fits(source: Any, target: Any):
    assert fits(source, target, {})


@pytest.mark.parametrize(("source", "target"), DO_NOT, ids=lambda t: type_name(t))
def test_what_does_not(source: Any, target: Any):
    assert not fits(source, target, {})


def test_a_variable_is_what_it_first_met():
    bound: dict[TypeVar, Any] = {}
    assert fits(Dog, T, bound)
    assert not fits(int, T, bound)
    assert substitute(list[T], bound) == list[Dog]  # type: ignore[valid-type]


def test_a_variable_widens_to_the_wider_of_two():
    bound: dict[TypeVar, Any] = {}
    assert fits(Dog, T, bound)
    assert fits(Animal, T, bound)
    assert bound[T] is Animal
    assert fits(Dog, T, bound)


def test_a_variable_in_a_list_is_the_type_of_its_items():
    bound: dict[TypeVar, Any] = {}
    assert fits(list[Dog], list[T], bound)  # type: ignore[valid-type]
    assert bound[T] is Dog


def test_a_constrained_variable_takes_only_its_types():
    assert fits(int, N, {})
    assert not fits(str, N, {})


def test_an_unbound_variable_is_unresolved():
    assert substitute(T, {}) is POISON
    assert item_type(int) is POISON


NAMES = [(int, "int"), (list[int], "list[int]"), (int | None, "int | None"), (Literal["a", 1], "'a' | 1"),
         (None, "None"),
         (tuple[Dog, ...], "tuple[Dog]"), (Annotated[float, Field(ge=0)], "float"), (POISON, "unresolved")]  # fmt: skip


@pytest.mark.parametrize(("annotation", "name"), NAMES)
def test_a_type_is_named_as_people_read_it(annotation: Any, name: str):
    assert type_name(annotation) == name


def test_an_expectation_holds_the_bounds():
    assert expectation(Annotated[float, Field(ge=0, le=30), Slider(0.1)]) == "float ≥ 0 and ≤ 30"
    assert expectation(Annotated[int, Field(gt=0)]) == "int > 0"


TAKEN: list[tuple[Any, Any, Any]] = [
    (int, 3, 3), (float, 3, 3.0), (float, 2.5, 2.5), (bool, True, True), (str, "a", "a"), (int | None, None, None),
    (list[float], [1, 2.5], [1.0, 2.5]), (Literal["a", "b"], "a", "a"), (Color, "red", Color.RED),
    (tuple[int, ...], [1, 2], (1, 2)), (Point, {"x": 1}, Point(x=1)), (str | Point, {"x": 1}, Point(x=1)),
    (int | str, "5", "5"), (Annotated[int, Field(ge=0)], 0, 0), (dict[str, int], {"a": 1}, {"a": 1}),
    (str | Dog, "a", "a"),
]  # fmt: skip
REFUSED: list[tuple[Any, Any]] = [
    (int, 5.9), (int, 5.0), (int, "1"), (int, True), (int, None), (float, "1"), (float, True), (bool, 1),
    (bool, "true"),
    (str, 1), (str, None), (list[int], [1, "2"]), (list[int], 1), (Literal["a"], "b"), (Color, "green"), (Dog, 1),
    (Point, {"x": "1"}), (Point, {"y": 1}), (Annotated[int, Field(ge=0)], -1), (float, float("inf")),
    (float, float("nan")),
    (int, [1]), (list[int], {"a": 1}), (float, 10**400), (str | Dog, 5),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "literal", "value"), TAKEN)
def test_a_literal_becomes_a_value_of_its_type(annotation: Any, literal: Any, value: Any):
    found = Literals().value(annotation, literal)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("annotation", "literal"), REFUSED)
def test_a_literal_of_another_type_is_refused_in_words(annotation: Any, literal: Any):
    with pytest.raises(BadLiteral) as caught:
        Literals().value(annotation, literal)
    assert caught.value.expected
    assert caught.value.got


def test_a_literal_is_judged_the_same_the_second_time():
    literals = Literals()
    for _ in range(2):
        assert literals.value(float, 1) == 1.0
        assert type(literals.value(int, 1)) is int
        with pytest.raises(BadLiteral):
            literals.value(int, True)
        with pytest.raises(BadLiteral):
            literals.value(bool, 1)


HINTS = [
    (Annotated[float, Field(ge=0, le=30), Slider(0.1)], {"widget": "slider", "step": 0.1}),
    (Annotated[str, Multiline()], {"widget": "multiline"}),
    (Annotated[str, Choice("models")], {"widget": "choice", "source": "models"}),
    (Annotated[int, Field(ge=0), SeedWidget()], {"widget": "seed"}),
]


@pytest.mark.parametrize(("annotation", "hint"), HINTS)
def test_the_schema_tells_the_editor_which_widget(annotation: Any, hint: dict[str, Any]):
    schema = Literals().schema(annotation)
    assert schema is not None
    assert schema["x-loom"] == hint


def test_a_type_that_only_a_link_can_give_has_no_schema():
    assert Literals().schema(Dog) is None
    schema = Literals().schema(Color)
    assert schema is not None
    assert schema["enum"] == ["red", "blue"]


# In documents.


def problems(**nodes: Any) -> list[str]:
    try:
        build(doc(**nodes), registry())
    except InvalidWorkflow as error:
        return [str(problem) for problem in error.problems]
    return []


def test_both_branches_of_a_switch_have_one_type():
    a, text = ("t.make", {}), ("t.device", {"a": link("a")})
    (problem,) = problems(a=a, text=text, pick=("t.switch", {"on": True, "yes": link("a"), "no": link("text")}))
    assert problem == "pick.no: the types do not fit — expected Thing, got str from text"


def test_a_switch_gives_what_its_branches_are():
    a = ("t.make", {})
    pick = ("t.switch", {"on": True, "yes": link("a"), "no": link("a")})
    assert problems(a=a, pick=pick, end=("t.inc", {"a": link("pick")})) == []
    (problem,) = problems(a=a, pick=pick, end=("t.above", {"value": link("pick")}))
    assert problem == "end.value: the types do not fit — expected float, got Thing from pick"


def test_a_declared_conversion_leads_one_way():
    assert problems(n=("t.plus", {"a": 1.0, "b": 1.0}), a=("t.inc", {"a": link("n")})) == []
    assert len(problems(a=("t.make", {}), n=("t.plus", {"a": link("a"), "b": 1.0}))) == 1


def test_a_whole_number_as_the_first_value_may_become_a_fraction():
    body = inside("frame", "t.plus", {"a": link("frame.n"), "b": 0.5})
    assert problems(frame=loop([1, 2], n=(0, link("plus"))), plus=body) == []


def test_a_list_of_whole_numbers_and_fractions_is_a_list_of_numbers():
    assert problems(each=loop([1, 2.5]), made=inside("each", "t.make", {"value": link("each.item")})) == []
    (problem,) = problems(each=loop([1, "a"]), made=inside("each", "t.make", {"value": link("each.item")}))
    assert "expected float, got int | str from each" in problem or "expected float, got str | int from each" in problem
