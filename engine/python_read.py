"""A workflow's program as the document that it makes: read from its syntax, never run.

Accepted is what `engine.python_text` writes, and what a person writes in its place: arguments in any order, calls in
calls, variables for literals, comments, functions of node types imported by their names. Everything else (`for`, `if`,
`import os`) is a problem with its line and column. A statement that cannot be read does not hide the problems of the
next; what it would have defined is taken to be there.
"""

from __future__ import annotations

import ast
import warnings
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from typing import Any

from engine.builder import Builder, Handle, Loop, Wire, handle_of
from engine.errors import InvalidWorkflow, Problem
from engine.node import Node
from engine.python_values import Imported, Scope, Subgraph, Unknown, Unread, Values, opened
from engine.workflow import Workflow

LONGEST = 1 << 20  # characters of a program
MOST_PROBLEMS = 50
MOST_BLOCKS = 40  # blocks in blocks


@dataclass(frozen=True)
class Place:
    """A piece of the text: lines from 1, columns from 1, `end_column` behind the last character."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class Finding:
    """A problem and its place."""

    problem: Problem
    place: Place

    def __str__(self) -> str:
        return f"line {self.place.line}, column {self.place.column}: {self.problem}"


@dataclass
class NodePlace:
    """Where a node stands, and where its inputs do."""

    place: Place
    inputs: dict[str, Place] = field(default_factory=dict)


@dataclass
class Reading:
    """What was read: a document, or the problems because of which there is none. `places`: the nodes of the program
    itself, not those of its subgraphs."""

    document: dict[str, Any] | None
    problems: list[Finding]
    places: dict[str, NodePlace]

    def workflow(self) -> Workflow:
        """The workflow. Raises `InvalidWorkflow` with every problem, each with its line and column."""
        if self.document is None:
            raise InvalidWorkflow(
                Problem(
                    f"line {one.place.line}, column {one.place.column}: {one.problem.message}",
                    one.problem.node,
                    one.problem.input,
                    one.problem.expected,
                    one.problem.got,
                    one.problem.nearest,
                )
                for one in self.problems
            )
        return Workflow(self.document)


def read(text: str, nodes: Mapping[tuple[str, str], Imported] | None = None) -> Reading:
    """Read a program. `nodes`: the functions that it may import, by module and name."""
    lines = Lines(text)
    if len(text) > LONGEST:
        problem = Problem("the program is too long", expected=f"at most {LONGEST} characters", got=str(len(text)))
        return Reading(None, [Finding(problem, Place(1, 1, 1, 1))], {})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError as error:
        return Reading(None, [_unparsed(error, lines)], {})
    except (RecursionError, MemoryError):
        return Reading(None, [Finding(Problem("the program is nested too deeply"), Place(1, 1, 1, 1))], {})
    except ValueError as error:  # NUL, half characters
        return Reading(None, [Finding(Problem(f"not text that Python reads: {error}"[:200]), Place(1, 1, 1, 1))], {})
    reader = _Reader(lines, nodes or {}, {"print": print, "vars": vars}, 0, [])
    try:
        workflow = reader.body(tree.body)
    except RecursionError:
        return Reading(None, [Finding(Problem("the program is nested too deeply"), Place(1, 1, 1, 1))], {})
    if not reader.problems and workflow is None:
        end = max(1, len(lines))
        problem = Problem("the program makes no workflow", expected="print(w.build(vars()).dumps()) at its end")
        reader.problems.append(Finding(problem, Place(end, 1, end, 1)))
    found = None if reader.problems or workflow is None else workflow.data
    problems = sorted(reader.problems, key=lambda one: (one.place.line, one.place.column))
    return Reading(found, problems[:MOST_PROBLEMS], reader.places())


class Lines:
    """The text by lines: where Python counts bytes, people count characters."""

    def __init__(self, text: str) -> None:
        self._lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._starts: dict[int, list[int]] = {}  # of a line, the byte at which each character begins

    def __len__(self) -> int:
        return len(self._lines)

    def place(self, node: ast.AST) -> Place:
        """Where a piece of syntax stands."""
        line, end = getattr(node, "lineno", 1), getattr(node, "end_lineno", None)
        last = end if isinstance(end, int) else line
        column = self._column(line, getattr(node, "col_offset", 0))
        return Place(line, column, last, self._column(last, getattr(node, "end_col_offset", None) or 0))

    def _column(self, line: int, offset: int) -> int:
        if not 1 <= line <= len(self._lines):
            return 1
        text = self._lines[line - 1]
        if text.isascii():
            return min(offset, len(text)) + 1
        if line not in self._starts:
            sizes = (len(c.encode(errors="surrogatepass")) for c in text)
            self._starts[line] = list(accumulate(sizes, initial=0))
        return min(bisect_left(self._starts[line], offset), len(text)) + 1


class _Reader:
    """The statements of the program, or of a subgraph's function."""

    def __init__(
        self,
        lines: Lines,
        nodes: Mapping[tuple[str, str], Imported],
        scope: Scope,
        depth: int,
        problems: list[Finding],
    ) -> None:
        self.lines, self.nodes, self.scope, self.depth = lines, nodes, scope, depth
        self.problems = problems
        self._calls: list[tuple[Handle, ast.AST, ast.Call]] = []
        self._statement: ast.AST | None = None
        self._values = Values(scope, self._made)

    def body(self, statements: Sequence[ast.stmt], *, function: bool = False) -> Workflow | None:
        """The workflow that the statements build, or None."""
        for statement in statements:
            if function and isinstance(statement, ast.Return) and statement is statements[-1]:
                self._guarded(statement, partial(self._returned, statement))
            else:
                self._read(statement)
        return self._values.built

    def places(self) -> dict[str, NodePlace]:
        """Where each node stands. Those that were named in the end only."""
        made = {}
        for handle, statement, call in self._calls:
            if handle.name:
                inputs = {one.arg: self.lines.place(one.value) for one in call.keywords if one.arg is not None}
                made[handle.name] = NodePlace(self.lines.place(statement), inputs)
        return made

    def _made(self, wire: Wire, call: ast.Call) -> None:
        handle = handle_of(wire)
        if handle is not None:
            self._calls.append((handle, self._statement or call, call))

    def _guarded(self, statement: ast.stmt, do: Callable[[], None]) -> None:
        """Do it; what cannot be read is kept as a problem, and its variables are taken to be there."""
        outer, self._statement = self._statement, statement
        try:
            do()
        except Unread as error:
            self._wrong(error.problem, error.at)
            self._assumed(statement)
        finally:
            self._statement = outer

    def _wrong(self, problem: Problem, at: ast.AST) -> None:
        """Keep a problem, at the node that it names, if that is known."""
        self._values.broken = True
        handle = handle_of(self.scope.get(problem.node or ""))
        for made, statement, call in self._calls:
            if handle is made or (made.name and made.name == problem.node):
                argument = next((one.value for one in call.keywords if one.arg == problem.input), None)
                at = argument or statement
        self.problems.append(Finding(problem, self.lines.place(at)))

    def _assumed(self, statement: ast.stmt) -> None:
        for target in statement.targets if isinstance(statement, ast.Assign) else ():
            if isinstance(target, ast.Name):
                self.scope[target.id] = Unknown()

    def _read(self, statement: ast.stmt) -> None:
        if len(self.problems) >= MOST_PROBLEMS:
            return
        match statement:
            case ast.With():
                self._with(statement)
            case ast.FunctionDef():
                self._guarded(statement, lambda: self._function(statement))
            case _:
                self._guarded(statement, lambda: self._simple(statement))

    def _simple(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Pass() | ast.Expr(value=ast.Constant(value=str())):
                return
            case ast.Expr(value=ast.Call() as call):
                self._values.call(call)
            case ast.Assign(targets=[*targets], value=value):
                found = self._values.read(value)
                if isinstance(value, ast.Call) and found is None:
                    raise Unread(value, Problem("this gives nothing to assign"))
                for target in targets:
                    self._assign(target, found)
            case ast.ImportFrom():
                self._import(statement)
            case _:
                word = _statement_word(statement)
                raise Unread(statement, Problem(f"{word} cannot stand in a workflow's program"))

    def _assign(self, target: ast.expr, value: Any) -> None:
        if not isinstance(target, ast.Name):
            raise Unread(target, Problem("a value goes to a variable", expected="name = …"))
        if target.id in ("Builder", "print", "vars"):
            raise Unread(target, Problem(f"{target.id!r} is needed as it is", expected="another name"))
        self.scope[target.id] = value

    def _import(self, statement: ast.ImportFrom) -> None:
        module = statement.module or ""
        for alias in statement.names:
            name = alias.asname or alias.name
            if module == "__future__" and alias.name == "annotations":
                continue
            if (module, alias.name) == ("engine.builder", "Builder") and alias.asname is None:
                self.scope["Builder"] = Builder
            elif (module, alias.name) in self.nodes and not statement.level:
                self.scope[name] = self.nodes[module, alias.name]
            else:
                expected = "from engine.builder import Builder, or the function of a node type"
                got = f"{module}.{alias.name}"[:80]
                raise Unread(statement, Problem("nothing else can be imported here", expected=expected, got=got))

    def _function(self, statement: ast.FunctionDef) -> None:
        """A function that makes a subgraph, read where it stands."""
        arguments = statement.args
        if statement.decorator_list or any(
            [arguments.args, arguments.posonlyargs, arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        ):
            raise Unread(statement, Problem("a function makes a subgraph, and takes nothing", expected="def name():"))
        if self.depth >= MOST_BLOCKS:
            raise Unread(statement, Problem("nested too deeply"))
        own, kinds = ("Builder", "print", "vars"), (Subgraph, Node)
        outside = {name: value for name, value in self.scope.items() if name in own or isinstance(value, kinds)}
        inner = _Reader(self.lines, self.nodes, outside, self.depth + 1, self.problems)
        workflow = inner.body(statement.body, function=True)
        self._values.broken |= bool(self.problems)
        if not self.problems and (workflow is None or not isinstance(statement.body[-1], ast.Return)):
            raise Unread(statement, Problem("the function gives no workflow", expected="return w.build(vars())"))
        self.scope[statement.name] = Subgraph(workflow or Workflow({"nodes": {}}))

    def _returned(self, statement: ast.Return) -> None:
        value = None if statement.value is None else self._values.read(statement.value)
        if not isinstance(value, Workflow):
            raise Unread(
                statement, Problem("a subgraph's function gives a workflow", expected="return w.build(vars())")
            )
        self._values.built = value

    def _with(self, statement: ast.With) -> None:
        """A loop and its body."""
        if len(statement.items) != 1 or self.depth >= MOST_BLOCKS:
            self._wrong(Problem("one loop per block, and not too many in each other"), statement)
            return
        before, item = len(self.problems), statement.items[0]
        entered: list[tuple[Any, Loop]] = []

        def enter() -> None:
            call, manager = item.context_expr, opened(self._values, item.context_expr)
            if isinstance(manager, Unknown) or not isinstance(call, ast.Call):
                return
            try:
                loop = manager.__enter__()
            except InvalidWorkflow as error:
                raise Unread(call, error.problems[0]) from None
            entered.append((manager, loop))
            if item.optional_vars is not None:
                self._assign(item.optional_vars, loop)
            handle = handle_of(loop)
            if handle is not None:
                self._calls.append((handle, _head(statement), call))

        self._guarded(statement, enter)
        if not entered and isinstance(item.optional_vars, ast.Name):
            self.scope[item.optional_vars.id] = Unknown()
        self.depth += 1
        for inner in statement.body:
            self._read(inner)
        self.depth -= 1
        for manager, _ in entered:
            try:
                manager.__exit__(None, None, None)
            except InvalidWorkflow as error:
                if len(self.problems) == before:
                    self._wrong(error.problems[0], item.context_expr)


def _head(statement: ast.With) -> ast.AST:
    """The line of a `with`, without its block."""
    item = statement.items[0]
    last = item.optional_vars or item.context_expr
    head = ast.Pass()
    head.lineno, head.col_offset = statement.lineno, statement.col_offset
    head.end_lineno, head.end_col_offset = last.end_lineno, last.end_col_offset
    return head


def _statement_word(statement: ast.stmt) -> str:
    """What a person calls a statement."""
    names: dict[type[ast.stmt], str] = {
        ast.Import: "import",
        ast.AsyncFunctionDef: "async",
        ast.ClassDef: "a class",
        ast.AugAssign: "+=",
        ast.AnnAssign: "a variable with a type",
        ast.Delete: "del",
        ast.Return: "return",
        ast.Expr: "an expression by itself",
    }
    return names.get(type(statement), type(statement).__name__.lower())


def _unparsed(error: SyntaxError, lines: Lines) -> Finding:
    line = min(max(error.lineno or 1, 1), len(lines))
    column = max(error.offset or 1, 1)
    end = error.end_lineno or line
    last = (error.end_offset or column) if end >= line else column
    place = Place(line, column, max(min(end, len(lines)), line), max(last, 1))
    return Finding(Problem(f"not Python: {error.msg}"[:300]), place)
