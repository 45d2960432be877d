"""A digest of what a node's code does.

The key of a result holds the code that made it: an edit of a function body invalidates, an edit of a comment or a
docstring does not. The digest covers the function (with its `.reduce`, `.batched` and fingerprint bodies) and,
transitively, every function, class and constant it names in its own top-level package (`nodes`, or a user's package).
The engine's own code counts by `ABI`, one number that is raised when results would change.

A constant counts by its value; one that can change while the program runs (a list, a dict) or that has no canonical
bytes (a compiled pattern) by the statement that makes it. Module files are parsed once each; functions are found in the
tree by their line.
"""

from __future__ import annotations

import ast
import dataclasses
import enum
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from engine.digest import Key, digest, encode
from engine.errors import Unencodable
from engine.node import Conversion, Node

ABI = 1
DECLARING = (
    "node",
    "conversion",
    "look",
    "reduce",
    "batched",
    "fingerprint",
    "migrate",
    "view",
)  # decorators that are no code
FIXED = (bool, int, float, complex, str, bytes, type(None), tuple, frozenset)
Trees = dict[tuple[str, int], ast.AST]


class CodeDigests:
    """Digests of functions, remembered per function."""

    def __init__(self) -> None:
        self._trees: dict[str, Trees] = {}
        self._digests: dict[object, Key] = {}

    def read(self, file: Path, source: str) -> None:
        """Take `source` for what a file holds: it may be edited after it was imported."""
        self._trees[str(file)] = _index(source)

    def of_node(self, node: Node[Any, Any]) -> Key:
        """The code digest of a node type."""
        parts = [node.fn, node.reducer, node.batch_fn, node.fingerprinter]
        return self.of(*(part for part in parts if part is not None))

    def of(self, *functions: Callable[..., Any]) -> Key:
        """The digest of functions and of all they reach in their package."""
        if functions not in self._digests:
            texts: dict[str, bytes] = {}
            for function in functions:
                self._reach(function, texts, str(function.__module__).split(".")[0])
            self._digests[functions] = digest(str(ABI).encode(), *(texts[name] for name in sorted(texts)))
        return self._digests[functions]

    def _reach(self, found: Any, texts: dict[str, bytes], package: str) -> None:
        """Add `found` and what it names to `texts`, without recursion limits (an explicit stack)."""
        stack = [found]
        while stack:
            target = stack.pop()
            if isinstance(target, Node):
                stack += [f for f in (target.fn, target.reducer, target.batch_fn) if f is not None]
                continue
            target = inspect.unwrap(target.fn if isinstance(target, Conversion) else target)
            name = f"{target.__module__}.{target.__qualname__}"
            unique = target.__qualname__.rpartition(".")[2] not in ("_", "<lambda>")  # others share their name
            if name in texts and unique:
                continue
            tree = self._tree_of(target)
            if tree is None:
                continue
            text = ast.dump(tree, annotate_fields=False)
            label = name if unique else f"{name}:{digest(text.encode()).hex()}"
            if label in texts:
                continue
            texts[label] = text.encode()
            uses = [(target.__module__, *used) for used in (*_names(tree, target.__module__), *_captured(target))]
            while uses:
                home, name, used = uses.pop()
                if _first_party(used, package):
                    stack.append(used)
                elif not isinstance(used, (ModuleType, type)) and not callable(used):
                    uses += self._constant(home, name, used, texts)

    def _constant(self, module: str, name: str, value: object, texts: dict[str, bytes]) -> list[tuple[str, str, Any]]:
        """Add a constant to `texts`; returns what the statement that makes it names, with its module."""
        label = f"{module}:{name}"
        if label in texts:
            return []
        try:
            if isinstance(value, FIXED) or dataclasses.is_dataclass(value) or isinstance(value, enum.Enum):
                texts[label] = encode(value)
                return []
        except Unencodable:
            pass
        for _ in range(8):  # from one import to the next, to where the value is made
            base, _, name = name.rpartition(".")
            if base:
                module = getattr(vars(sys.modules.get(module, sys)).get(base), "__name__", "")
            trees = self._trees_of(module)
            tree = trees.get((f"={name}", 0))
            if not isinstance(tree, ast.ImportFrom):
                if tree is None:
                    return []  # what a library made; its version is in the numerics
                texts[label] = ast.dump(tree, annotate_fields=False).encode()
                return [(module, *used) for used in _names(tree, module)]
            package = getattr(sys.modules.get(module), "__package__", None)
            module = importlib.util.resolve_name("." * tree.level + (tree.module or ""), package)
            name = next((alias.name for alias in tree.names if (alias.asname or alias.name) == name), name)
        return []

    def _tree_of(self, target: Any) -> ast.AST | None:
        trees = self._trees_of(target.__module__)
        if isinstance(target, FunctionType):
            return trees.get(("line", target.__code__.co_firstlineno))
        return trees.get((target.__qualname__, 0))

    def _trees_of(self, module: str) -> Trees:
        file = getattr(sys.modules.get(module), "__file__", None)
        if file is None or not file.endswith(".py"):
            return {}
        if file not in self._trees:
            self._trees[file] = _index(Path(file).read_text(encoding="utf-8"))
        return self._trees[file]


def _index(source: str) -> Trees:
    """Functions of a file by their first line (decorators included), classes by qualified name, names of the module
    (as "=name") by what makes them; docstrings removed."""
    found: Trees = {}

    def visit(parent: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(parent):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                first = min([child.lineno, *(d.lineno for d in child.decorator_list)])
                key = (prefix + child.name, 0) if isinstance(child, ast.ClassDef) else ("line", first)
                found[key] = child
                visit(child, f"{prefix}{child.name}.")
                _strip(child)
            elif isinstance(child, ast.Lambda):
                found.setdefault(("line", child.lineno), child)
                visit(child, prefix)
            else:
                visit(child, prefix)

    tree = ast.parse(source)
    visit(tree, "")
    for statement in ast.walk(tree):
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                found.setdefault((f"={alias.asname or alias.name}", 0), statement)
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        for name in (part for target in targets for part in ast.walk(target)):
            if isinstance(name, ast.Name):
                found[f"={name.id}", 0] = statement
    return found


def _strip(tree: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
    """Remove docstring and declarations: what a node declares about itself enters keys where it matters."""
    tree.decorator_list = [d for d in tree.decorator_list if not _declares(d)]
    first = tree.body[0] if tree.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        tree.body = tree.body[1:] or [ast.Pass()]


def _declares(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
    return name in DECLARING


def _captured(target: Any) -> Iterator[tuple[str, Any]]:
    """What a function that was made in a function took with it."""
    cells = target.__closure__ or () if isinstance(target, FunctionType) else ()
    for name, cell in zip(target.__code__.co_freevars if cells else (), cells, strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not filled yet
            continue


def _names(tree: ast.AST, module: str) -> Iterator[tuple[str, Any]]:
    """What the names (and `module.name`s) of a tree refer to, by the module's own namespace."""
    space = vars(sys.modules[module]) if module in sys.modules else {}
    for part in ast.walk(tree):
        if isinstance(part, ast.Name) and part.id in space:
            yield part.id, space[part.id]
        elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            base = space.get(part.value.id)
            if type(base) is ModuleType and part.attr in vars(base):
                yield f"{part.value.id}.{part.attr}", vars(base)[part.attr]


def _first_party(found: Any, package: str) -> bool:
    """True for functions, classes, nodes and conversions of a package. Modules are not asked: one may be lazy."""
    if isinstance(found, (Node, Conversion)):
        return str(found.__module__).split(".")[0] == package
    if isinstance(found, ModuleType) or not (isinstance(found, (FunctionType, type)) or hasattr(found, "__wrapped__")):
        return False
    home = getattr(found, "__module__", None)
    return isinstance(home, str) and home.split(".")[0] == package and hasattr(found, "__qualname__")
