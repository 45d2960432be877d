"""The node types of this process: registered explicitly, from installed packages, or from the user's folder.

A package announces itself by the entry-point group `latent_loom.nodes`; the entry point leads to a module whose
`MODULES` lists the modules to register, and whose `WARM`, if there is one, those that its nodes import when they run. A
package or file that fails to import never stops the start: it is kept in `failures` with its error. Two types of one
name are an error.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from engine.code import CodeDigests
from engine.errors import LoomError
from engine.node import Conversion, Look, Node
from engine.relation import bare, fits
from engine.spec import Literals, LookSpec, NodeSpec, conversion_types, look_spec, spec_of
from engine.workflow import LOOP, TYPE

GROUP = "latent_loom.nodes"
USER_PACKAGE = "loom_user"


class DuplicateType(LoomError):
    """Two node types of one name."""


@dataclass(frozen=True)
class Failure:
    """A package or file that could not be registered, and why."""

    source: str
    error: str


@dataclass(frozen=True)
class Converter:
    """A declared conversion with its types."""

    conversion: Conversion[Any]
    source: Any
    target: Any


class _FreshLoader(importlib.machinery.SourceFileLoader):
    """Compiles what it reads. Bytecode kept from before may be stale for a file that is edited twice in a second."""

    text = ""

    def get_code(self, fullname: str) -> CodeType:
        """The code of the file as it is now; `text` is what it was made from."""
        data = self.get_data(self.path)
        self.text = importlib.util.decode_source(data)
        code: CodeType = self.source_to_code(data, self.path)
        return code


class Registry:
    """Node types by name, conversions, and what could not be loaded."""

    def __init__(self) -> None:
        self.specs: dict[str, NodeSpec] = {}
        self.converters: list[Converter] = []
        self.looks: list[LookSpec] = []
        self.failures: list[Failure] = []
        self.packages: set[str] = {"engine"}
        self.warm: list[str] = []
        self.literals = Literals()
        self.code = CodeDigests()
        self._pairs: dict[tuple[Any, Any], Converter | None] = {}

    @classmethod
    def installed(cls, user_folder: Path | None = None) -> Registry:
        """All that is installed, plus the user's folder of node files."""
        registry = cls()
        for point in entry_points(group=GROUP):
            registry._guarded(point.value, lambda name=point.value: registry.add_package(name))
        if user_folder is not None and user_folder.is_dir():
            for file in sorted(user_folder.glob("*.py")):
                registry._guarded(str(file), lambda file=file: registry.add_file(file))
        return registry

    def _guarded(self, source: str, load: Any) -> None:
        specs, converters, looks = dict(self.specs), list(self.converters), list(self.looks)
        try:
            load()
        except (Exception, SystemExit) as error:  # a user's package may raise anything; the start goes on
            self.specs, self.converters, self.looks = specs, converters, looks
            self.failures.append(Failure(source, f"{type(error).__name__}: {error}"))

    def add_package(self, name: str) -> None:
        """Register a package: the modules that its `MODULES` lists, or the module itself."""
        package = importlib.import_module(name)
        self.warm.extend(getattr(package, "WARM", ()))
        for module in getattr(package, "MODULES", None) or (name,):
            self.add_module(importlib.import_module(module))

    def add_file(self, file: Path) -> None:
        """Register a Python file of the user's folder, as module `loom_user.<stem>`."""
        if USER_PACKAGE not in sys.modules:
            sys.modules[USER_PACKAGE] = ModuleType(USER_PACKAGE)
        name = f"{USER_PACKAGE}.{file.stem}"
        loader = _FreshLoader(name, str(file))
        made = importlib.util.spec_from_file_location(name, file, loader=loader)
        if made is None:
            raise ImportError(f"{file} is no Python file")
        module = importlib.util.module_from_spec(made)
        sys.modules[name] = module
        loader.exec_module(module)
        self.code.read(file, loader.text)
        self.add_module(module)

    def add_module(self, module: ModuleType) -> None:
        """Register the node types, conversions and looks that a module defines."""
        self.packages.add(module.__name__.split(".")[0])
        for value in list(vars(module).values()):
            if isinstance(value, Node) and value.__module__ == module.__name__:
                self.add(value)
            elif isinstance(value, Conversion) and value.__module__ == module.__name__:
                self.add_conversion(value)
            elif isinstance(value, Look) and value.__module__ == module.__name__:
                self.add_look(value)

    def add(self, node: Node[Any, Any]) -> None:
        """Register one node type. Raises `DuplicateType`, or `TypeError` for an unusable name or signature."""
        if not TYPE.fullmatch(f"{node.name}@{node.version}") or node.name == LOOP:
            raise TypeError(f"{node.name!r} is not a name for a node type: package.name in lower case, not {LOOP}")
        if node.name in self.specs and self.specs[node.name].node is not node:
            other = self.specs[node.name].node
            raise DuplicateType(f"{node.name} is defined in {other.__module__} and in {node.__module__}")
        self.packages.add(node.__module__.split(".")[0])
        self.specs[node.name] = spec_of(node)

    def add_conversion(self, conversion: Conversion[Any]) -> None:
        """Register a declared conversion."""
        self.converters.append(Converter(conversion, *conversion_types(conversion)))
        self._pairs.clear()

    def add_look(self, look: Look) -> None:
        """Register a declared look."""
        self.looks.append(look_spec(look))

    def converter(self, source: Any, target: Any) -> Converter | None:
        """The declared conversion that leads from one type to another, or None."""
        pair = (bare(source), bare(target))
        if pair not in self._pairs:
            self._pairs[pair] = next(
                (c for c in self.converters if fits(source, c.source, {}) and fits(c.target, target, {})), None
            )
        return self._pairs[pair]

    def look(self, annotation: Any) -> tuple[LookSpec, Converter | None] | None:
        """How a value of a type is seen, behind a conversion if there must be one; None if it is not."""
        for one in self.looks:
            if fits(annotation, one.value, {}):
                return one, None
        for one in self.looks:
            converter = self.converter(annotation, one.value)
            if converter is not None:
                return one, converter
        return None

    def literal_converters(self, target: Any) -> list[Converter]:
        """The conversions by which a literal may become a `target` (a seed, or a list of seeds, an `Rng`)."""
        return [
            c for c in self.converters if fits(c.target, target, {}) and self.literals.adapter(c.source) is not None
        ]

    @property
    def functions(self) -> Mapping[tuple[str, str], Node[Any, Any]]:
        """The functions of the node types by module and name, as a program imports them."""
        return {(one.node.__module__, one.node.__name__): one.node for one in self.specs.values()}

    @property
    def classes(self) -> Mapping[str, type]:
        """Value classes by "module.qualname", for rebuilding stored values: only of registered, imported packages."""
        return _Classes(self.packages)


class _Classes(Mapping[str, type]):
    """Classes of the registered packages, found by name in what is already imported; nothing is imported."""

    def __init__(self, packages: set[str]) -> None:
        self._packages = packages

    def __getitem__(self, name: str) -> type:
        parts = name.split(".")
        if parts[0] in self._packages:
            for cut in range(len(parts) - 1, 0, -1):
                found: Any = sys.modules.get(".".join(parts[:cut]))
                if found is None:
                    continue
                for part in parts[cut:]:
                    found = getattr(found, part, None)
                if isinstance(found, type):
                    return found
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
