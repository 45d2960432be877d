"""The library as the engine sees it."""

import subprocess
import sys

import pytest

import nodes
from engine.registry import Registry


@pytest.fixture(scope="module")
def registry():
    registry = Registry()
    registry.add_package("nodes")
    return registry


def test_modules_are_listed_once_and_in_order():
    assert list(nodes.MODULES) == sorted(set(nodes.MODULES))


def test_every_node_says_what_it_is_for(registry):
    assert [s.name for s in registry.specs.values() if not s.title.strip()] == []


def test_every_widget_has_a_schema(registry):
    for spec in registry.specs.values():
        for input in spec.inputs.values():
            schema = registry.literals.schema(input.annotation)
            assert schema is not None or not input.widget, f"{spec.name}.{input.name}"


def test_every_node_has_a_code_digest(registry):
    for spec in registry.specs.values():
        assert registry.code.of_node(spec.node)


def test_listing_the_library_imports_nothing_heavy():
    code = (
        "import sys; from engine.registry import Registry; r = Registry(); r.add_package('nodes'); "
        "print(sorted({'torch', 'numpy', 'PIL', 'diffusers', 'transformers', 'safetensors'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
