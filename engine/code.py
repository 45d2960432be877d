"""A digest of what a node's code does.

The key of a result holds the code that made it: an edit of a function body invalidates, an edit of a comment or a
docstring does not. The digest covers the function (with its `.reduce`, `.batched` and fingerprint bodies) and,
transitively, every function, class and constant it names in its own top-level package (`nodes`, or a user's package).
The engine's own code counts by `ABI`, one number that is raised when results would change.

Module files are parsed once each; functions are found in the tree by their line.
"""

from __future__ import annotations

import ast
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


class CodeDigests:
    """Digests of functions, remembered per function."""

    def __init__(self) -> None:
        self._trees: dict[str, dict[tuple[str, int], ast.AST]] = {}
        self._digests: dict[object, Key] = {}

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
            if name in texts and target.__qualname__ != "_":
                continue
            tree = self._tree_of(target)
            if tree is None:
                continue
            text = ast.dump(tree, annotate_fields=False)
            label = name if target.__qualname__ != "_" else f"{name}:{digest(text.encode()).hex()}"
            texts[label] = text.encode()
            module = sys.modules.get(target.__module__)
            for used_name, used in _names(tree, module):
                if _first_party(used, package):
                    stack.append(used)
                elif module is not None and not isinstance(used, (ModuleType, type)) and not callable(used):
                    _constant(f"{target.__module__}:{used_name}", used, texts)

    def _tree_of(self, target: Any) -> ast.AST | None:
        module = sys.modules.get(target.__module__)
        file = getattr(module, "__file__", None)
        if file is None:
            return None
        if file not in self._trees:
            self._trees[file] = _index(Path(file))
        if isinstance(target, FunctionType):
            return self._trees[file].get(("line", target.__code__.co_firstlineno))
        return self._trees[file].get((target.__qualname__, 0))


def _index(file: Path) -> dict[tuple[str, int], ast.AST]:
    """Functions of a file by their first line (decorators included), classes by qualified name; docstrings removed."""
    found: dict[tuple[str, int], ast.AST] = {}

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

    visit(ast.parse(file.read_text(encoding="utf-8")), "")
    return found


def _strip(tree: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
    """Remove docstring and decorators: what a node declares about itself enters keys where it matters."""
    tree.decorator_list = []
    first = tree.body[0] if tree.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        tree.body = tree.body[1:] or [ast.Pass()]


def _names(tree: ast.AST, module: ModuleType | None) -> Iterator[tuple[str, Any]]:
    """What the names (and `module.name`s) of a tree refer to, by the module's own namespace."""
    space = vars(module) if module is not None else {}
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


def _constant(label: str, value: object, texts: dict[str, bytes]) -> None:
    try:
        texts[label] = encode(value)
    except Unencodable:
        return  # a helper object of a library; its version is in the numerics
