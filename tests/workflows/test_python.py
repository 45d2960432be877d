"""The example workflows as Python programs: each runs by itself and makes the same document, with the same keys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import Engine
from engine.python_onto import onto
from engine.python_read import read
from engine.python_text import program, said
from engine.workflow import Workflow
from tests.workflows.test_documents import examples

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(home=tmp_path_factory.mktemp("home"), device="cpu", threads=1, disk=False) as made:
        yield made


@examples
def test_the_program_of_an_example_makes_it(file: Path, engine: Engine, tmp_path: Path):
    workflow = Workflow.load(file)
    text = program(workflow.data)
    script = tmp_path / "exported.py"
    script.write_text(text, encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, env=env, check=True)
    made = json.loads(done.stdout)
    assert made == said(workflow.data)
    assert list(made["nodes"]) == list(workflow.nodes)

    found = read(text, engine.registry.functions)
    assert found.document == made
    document, renamed = onto(found.document, workflow.data)
    assert (document, renamed) == (workflow.data, {})

    again = Workflow(made)
    again.folder = workflow.folder
    keys = [engine._plan(one, None)[0].running() for one in (workflow, again)]
    assert keys[0] == keys[1] != set()
