"""What an expression of a workflow's program says, read from its syntax; nothing is run.

Literals, lists, objects, variables, outputs of nodes, calls of the builder's words, and what a person may write in the
place of a literal: a sum of numbers, texts side by side. Every call goes to `engine.builder` itself, by a table of
what may be called, so that a program means here what it means when Python runs it.
"""

from __future__ import annotations

import ast
import inspect
import math
import operator
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from engine.builder import Builder, Loop, Raw, Wire, contents, workflow_of
from engine.errors import InvalidWorkflow, Problem, nearest
from engine.node import Node
from engine.workflow import Workflow

DEEPEST = 100  # expressions in expressions
OTHERWISE = {"true": "True", "false": "False", "null": "None", "none": "None"}  # as other languages have it
LARGEST = 10**4300  # beyond, no JSON has it
MOST_JOINED = 1 << 22  # characters of all texts that are joined
HEAVIEST = 8 << 20  # of a workflow, roughly the characters of its JSON: what variables repeat counts each time

Imported = Node[Any, Any]
Scope = dict[str, Any]
"""The variables: wires, loops, builders, literals, imported nodes, functions of subgraphs."""

BUILDER: Mapping[str, Callable[..., Any]] = {
    name: getattr(Builder, name)
    for name in ("named", "having", "add", "loop", "link", "curve", "raw", "input", "output", "subgraph", "build")
}
LOOP: Mapping[str, Callable[..., Any]] = {name: getattr(Loop, name) for name in ("next", "collect", "until")}
FIRST: Mapping[str, tuple[Any, str]] = {
    "add": ((str, Node), "the name of a node type, or its function"),
    "build": (dict, "vars()"),  # of `Variables`
    "dumps": (type(None), "nothing"),
    **dict.fromkeys(("named", "loop", "link", "input", "output", "subgraph"), (str, "a text")),
}
"""What the first argument of a word is."""

NUMBERS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


class Unread(Exception):
    """A place in the program that says nothing that a workflow could hold."""

    def __init__(self, at: ast.AST, problem: Problem) -> None:
        self.at, self.problem = at, problem
        super().__init__(str(problem))


class Unknown:
    """What a statement that could not be read would have defined: it may be anything."""


class Variables:
    """What `vars()` gives."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope


class Subgraph:
    """A function that makes a subgraph; calling it gives its workflow."""

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow


class Values:
    """Reads expressions in a scope. `made` is told which call added a node, for the places in the text."""

    def __init__(self, scope: Scope, made: Callable[[Wire, ast.Call], None]) -> None:
        self.scope = scope
        self.built: Workflow | None = None  # what the last `build` gave
        self.broken = False  # something could not be read: nothing is built any more
        self._made = made
        self._depth = 0
        self._joined = 0
        self._built: set[int] = set()

    def read(self, node: ast.expr) -> Any:
        """The value of an expression. Raises `Unread`."""
        if self._depth >= DEEPEST:
            raise Unread(node, Problem("nested too deeply", expected=f"at most {DEEPEST} levels"))
        self._depth += 1
        try:
            return self._read(node)
        finally:
            self._depth -= 1

    def _read(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=value):
                return _constant(node, value)
            case ast.Name(id=name):
                return self._variable(node, name)
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                return [self._part(one) for one in parts]
            case ast.Dict():
                return self._object(node)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                value = self._number(operand)
                return -value if isinstance(node.op, ast.USub) else value
            case ast.BinOp():
                return self._sum(node)
            case ast.Attribute(value=holder, attr=name):
                return self._output(node, self.read(holder), name)
            case ast.Subscript(value=holder, slice=ast.Constant(value=str(name))):
                return self._output(node, self.read(holder), name)
            case ast.Call():
                return self.call(node)
        raise Unread(node, Problem(f"{_word(node)} cannot stand in a workflow's program"))

    def _part(self, node: ast.expr) -> Any:
        value = self.read(node)
        if value is None and isinstance(node, ast.Call):
            raise Unread(node, Problem("this gives nothing that could stand here"))
        return value

    def _variable(self, node: ast.AST, name: str) -> Any:
        if name not in self.scope:
            like = OTHERWISE.get(name) or nearest(name, self.scope)
            raise Unread(node, Problem(f"there is no variable {name!r} above this line", nearest=like))
        return self.scope[name]

    def _object(self, node: ast.Dict) -> dict[str, Any]:
        made = {}
        for key, value in zip(node.keys, node.values, strict=True):
            name = self.read(key) if key is not None else None
            if not isinstance(name, str):
                raise Unread(key or value, Problem("names of an object are texts", expected='{"name": value}'))
            if name in made:
                raise Unread(key or value, Problem(f"the name {name[:80]!r} stands twice in one object"))
            made[name] = self._part(value)
        return made

    def _number(self, node: ast.expr) -> int | float:
        value = self.read(node)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Unread(node, Problem("not a number", expected="a number", got=kind_of(value)))
        return value

    def _sum(self, node: ast.BinOp) -> Any:
        if isinstance(node.op, ast.Add):
            left, right = self.read(node.left), self.read(node.right)
            if isinstance(left, str) and isinstance(right, str):
                self._joined += len(left) + len(right)
                if self._joined > MOST_JOINED:
                    raise Unread(node, Problem("too much text is joined", expected=f"at most {MOST_JOINED} characters"))
                return left + right
        if type(node.op) not in NUMBERS:
            raise Unread(node, Problem("not a sum that is read here", expected="+, -, *, /, // or % of numbers"))
        a, b = self._number(node.left), self._number(node.right)
        try:
            return _finite(node, NUMBERS[type(node.op)](a, b))
        except ArithmeticError as error:
            raise Unread(node, Problem(str(error))) from None

    def _output(self, node: ast.AST, holder: Any, name: str) -> Any:
        """An output of a node, or a word of the builder."""
        if isinstance(holder, Unknown):
            return holder
        if isinstance(holder, Loop) and name in LOOP and isinstance(node, ast.Attribute):
            return _Bound(LOOP[name], holder, name)
        if isinstance(holder, Wire):
            return self._told(node, lambda: holder[name])
        words = BUILDER if isinstance(holder, Builder) else {"dumps": Workflow.dumps}
        if not isinstance(holder, (Builder, Workflow)):
            raise Unread(node, Problem(f"{kind_of(holder)} has no {name[:80]!r}"))
        if name not in words:
            raise Unread(node, Problem(f"no word of the builder: {name[:80]!r}", nearest=nearest(name, words)))
        return _Bound(words[name], holder, name)

    def call(self, node: ast.Call) -> Any:
        """A call of one of the builder's words."""
        word = self.read(node.func)
        if word is print or word is vars:
            return self._own(node, word)
        if isinstance(word, Subgraph) and not node.args and not node.keywords:
            return word.workflow
        if word is not Builder and not isinstance(word, (_Bound, Unknown)):
            raise Unread(node.func, Problem(f"{kind_of(word)} cannot be called"))
        args = [self._argument(one) for one in node.args]
        named: dict[str, Any] = {}
        for one in node.keywords:
            given = self.read(one.value) if one.arg is None else {one.arg: self._part(one.value)}
            if not isinstance(given, dict):
                raise Unread(one.value, Problem("not an object", expected='**{"name": value}', got=kind_of(given)))
            twice = next((name for name in given if name in named), None)
            if twice is not None:
                raise Unread(one.value, Problem(f"{twice[:80]!r} is given twice"))
            named |= given
        if isinstance(word, Unknown) or any(isinstance(one, Unknown) for one in args):
            return Unknown()
        if isinstance(word, _Bound) and word.name == "build":
            if self.broken:
                return Workflow({"nodes": {}})
            self._check_build(node, word.holder, args)
            args = [one.scope if isinstance(one, Variables) else one for one in args]
        value = self._told(node, lambda: _bound(word, args, named))
        if isinstance(value, Wire) and isinstance(word, _Bound) and word.name == "add":
            self._made(value, node)
        if isinstance(value, Workflow):
            self.built = value
        return value

    def _argument(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Starred):
            raise Unread(node, Problem("arguments stand one by one"))
        return self._part(node)

    def _own(self, node: ast.Call, word: Callable[..., Any]) -> Any:
        if word is vars:
            if node.args or node.keywords:
                raise Unread(node, Problem("vars() stands for all variables"))
            return Variables(self.scope)
        for one in node.args:
            self.read(one)
        return None

    def _check_build(self, node: ast.Call, builder: Builder, args: list[Any]) -> None:
        """A workflow is built once, and is not of a size that its program does not show."""
        if node.keywords or not all(isinstance(one, Variables) for one in args):
            raise Unread(node, Problem("variables are given as they are", expected="vars()"))
        if workflow_of(builder) in self._built:
            raise Unread(node, Problem("a workflow is built once"))
        self._built.add(workflow_of(builder))
        seen: dict[int, int] = {}
        if sum(_weight(one, seen) for one in contents(builder)) > HEAVIEST:
            raise Unread(node, Problem("the workflow would be too large", expected=f"at most {HEAVIEST} characters"))

    def _told(self, node: ast.AST, do: Callable[[], Any]) -> Any:
        """What the builder refuses, at its place in the text."""
        try:
            return do()
        except InvalidWorkflow as error:
            raise Unread(node, error.problems[0]) from None
        except TypeError as error:  # arguments that a word, or a node's function, does not have
            raise Unread(node, Problem(str(error)[:300])) from None


class _Bound:
    """A word of the builder, and whose it is."""

    def __init__(self, word: Callable[..., Any], holder: Any, name: str) -> None:
        self._word, self.holder, self.name = word, holder, name

    def __call__(self, /, *args: Any, **named: Any) -> Any:
        takes, expected = FIRST.get(self.name, (object, ""))
        if args and not isinstance(args[0], takes):
            raise InvalidWorkflow([Problem(f"{self.name}: not what it takes", None, None, expected, kind_of(args[0]))])
        if self.name == "subgraph" and args[1:] and not isinstance(args[1], Workflow):
            raise InvalidWorkflow([Problem("a subgraph is what its function gives", expected="function()")])
        return _bound(self._word, [self.holder, *args], named)


def _bound(word: Callable[..., Any], args: list[Any], named: dict[str, Any]) -> Any:
    """Call a word; arguments that it does not have are said in Python's short words."""
    if not isinstance(word, _Bound):
        inspect.signature(word).bind(*args, **named)
    return word(*args, **named)


def opened(values: Values, node: ast.expr) -> AbstractContextManager[Loop] | Unknown:
    """The loop that a `with` opens. Raises `Unread`."""
    made = values.read(node)
    if isinstance(made, (AbstractContextManager, Unknown)):
        return made
    raise Unread(node, Problem("a block is a loop", expected="with w.loop(over=…, state=…) as name:"))


def _weight(value: Any, seen: dict[int, int]) -> int:
    """Roughly the characters of a value's JSON; what stands in several places is measured once, and counts in each."""
    if isinstance(value, str):
        return len(value) + 2
    if isinstance(value, Raw):
        return _weight(value.value, seen)
    if not isinstance(value, (list, tuple, dict)):
        return 8
    known = seen.get(id(value))
    if known is None:
        parts = value if not isinstance(value, dict) else [*value, *value.values()]
        known = seen[id(value)] = 2 + sum(_weight(one, seen) for one in parts)
    return known


def _constant(node: ast.expr, value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _finite(node, value)
    if value is None or isinstance(value, (str, bool)):
        return value
    raise Unread(
        node, Problem(f"{kind_of(value)} cannot stand in a workflow", expected="text, numbers, True, False, None")
    )


def _finite(node: ast.AST, value: int | float) -> int | float:
    if (isinstance(value, float) and not math.isfinite(value)) or abs(value) >= LARGEST:
        raise Unread(node, Problem("the number is too large"))
    return value


def kind_of(value: object) -> str:
    """What a person calls a value."""
    names: list[tuple[type | tuple[type, ...], str]] = [
        (bool, repr(value)),
        ((int, float), repr(value)[:40]),
        (str, repr(value)[:60]),
        (Loop, "a loop"),
        (Wire, "a link"),
        (Raw, "a value"),
        (list, "a list"),
        (dict, "an object"),
        (Builder, "the builder"),
        (Workflow, "a workflow"),
        (Node, "a node type"),
        (_Bound, "a word of the builder"),
        (Subgraph, "a subgraph's function"),
    ]
    return next((name for kind, name in names if isinstance(value, kind)), type(value).__name__)


def _word(node: ast.AST) -> str:
    """What a person calls a piece of Python."""
    names = {
        ast.JoinedStr: "an f-string",
        ast.Lambda: "a function",
        ast.ListComp: "a comprehension",
        ast.Compare: "a comparison",
        ast.BoolOp: "and, or",
        ast.IfExp: "if … else",
        ast.UnaryOp: "not, ~",
        ast.Set: "a set",
        ast.Starred: "*",
        ast.NamedExpr: ":=",
        ast.Subscript: "[…]",
    }
    return names.get(type(node), type(node).__name__)
