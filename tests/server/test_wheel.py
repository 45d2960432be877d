"""The package as it is installed: it carries the editor, and its server sends it. How the editor gets there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import time
import urllib.request
import venv
import zipfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def build_web() -> ModuleType:
    """The build hook, which is in no package."""
    spec = spec_from_file_location("build_web", ROOT / "build_web.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BUILD_WEB = build_web()
CAN_BUILD = BUILD_WEB.Editor(ROOT).is_current() or shutil.which("npm") is not None or "CI" in os.environ


def built(kind: str, folder: Path) -> Path:
    """The wheel or sdist of the project."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (found,) = folder.iterdir()
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.mark.skipif(not CAN_BUILD, reason="the editor is not built, and there is no npm to build it")
def test_the_wheel_carries_the_editor_and_no_more_of_it_than_a_browser_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        index = archive.read("server/static/index.html").decode()
    asked = re.findall(r'(?:src|href)="/(assets/[^"]+)"', index)
    assert any(name.endswith(".js") for name in asked)
    assert {f"server/static/{name}" for name in asked} <= set(names)
    assert not [name for name in names if name.endswith((".map", ".ts", ".tsx")) or "node_modules" in name]
    assert any(name.endswith(".js.br") for name in names)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", index)  # the policy allows none of these


@pytest.mark.skipif(not CAN_BUILD, reason="the editor is not built, and there is no npm to build it")
def test_the_sdist_carries_the_build_so_that_nobody_needs_node(tmp_path: Path) -> None:
    with tarfile.open(built("sdist", tmp_path / "out")) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
        archive.extractall(tmp_path / "source", filter="data")
    assert {"server/static/index.html", "build_web.py", "web/package-lock.json"} <= names
    assert not [name for name in names if name.endswith(".map") or "node_modules" in name]
    (unpacked,) = (tmp_path / "source").iterdir()
    assert BUILD_WEB.Editor(unpacked).is_current()


@pytest.mark.skipif(not CAN_BUILD, reason="the editor is not built, and there is no npm to build it")
def test_an_installed_package_serves_the_editor(wheel: Path, tmp_path: Path) -> None:
    place = tmp_path / "installed"
    venv.create(place, with_pip=False)
    scripts = place / ("Scripts" if os.name == "nt" else "bin")
    python = str(scripts / "python")
    command = [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", "-q", str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    (packages,) = place.rglob("site-packages")
    (packages / "shared.pth").write_text(sysconfig.get_path("purelib") + "\n")  # what it depends on
    origin = [python, "-c", "import server; print(server.__file__)"]
    where = subprocess.run(
        origin,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(place)
    with subprocess.Popen(
        [str(scripts / "loom"), "serve", "--port", "0", "--home", str(tmp_path / "home"), "--device", "cpu"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"Latent Loom is at (\S+)", process.stdout.readline())
            assert found is not None
            url = found.group(1)
            with urllib.request.urlopen(url, timeout=30) as answer:
                page, policy = answer.read().decode(), answer.headers["Content-Security-Policy"]
            assert "script-src 'self'" in policy
            with zipfile.ZipFile(wheel) as archive:
                assert page == archive.read("server/static/index.html").decode()
                (script,) = re.findall(r'<script[^>]* src="/([^"]+)"', page)
                with urllib.request.urlopen(url + script, timeout=30) as answer:
                    assert answer.read() == archive.read(f"server/static/{script}")
                    assert "immutable" in answer.headers["Cache-Control"]
        finally:
            process.terminate()


def sources(root: Path) -> Any:
    """An editor whose sources are one file."""
    (root / "web" / "src").mkdir(parents=True)
    for name in ("package.json", "package-lock.json", "src/main.ts"):
        (root / "web" / name).write_text("{}")
    return BUILD_WEB.Editor(root)


def test_a_build_is_current_as_long_as_its_sources_are_the_same(tmp_path: Path) -> None:
    editor = sources(tmp_path)
    assert not editor.is_current()
    editor.static.mkdir(parents=True)
    (editor.static / "index.html").write_text("built")
    assert not editor.is_current()  # of which sources, nobody knows
    editor.stamp.write_text(editor.digest())
    assert editor.is_current()
    time.sleep(0.01)
    (tmp_path / "web" / "src" / "main.ts").touch()
    (tmp_path / "web" / "src" / "main.test.ts").write_text("a test")
    assert editor.is_current()
    (tmp_path / "web" / "src" / "main.ts").write_text("changed")
    assert not editor.is_current()
    shutil.rmtree(tmp_path / "web")
    assert editor.is_current()  # a tree that carries the build alone


def test_without_npm_it_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BUILD_WEB.NotBuilt, match=r"Node\.js .* with npm"):
        sources(tmp_path / "sources").build()
    with pytest.raises(BUILD_WEB.NotBuilt, match="neither the sources"):
        BUILD_WEB.Editor(tmp_path / "nothing").build()


class App:
    """What hatchling gives a hook to speak with."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def display_warning(self, text: str) -> None:
        self.warnings.append(text)

    def abort(self, text: str) -> None:
        raise SystemExit(text)


def test_an_editable_installation_goes_on_without_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("LOOM_WITHOUT_EDITOR", raising=False)
    sources(tmp_path)
    app = App()
    hook = BUILD_WEB.EditorHook(str(tmp_path), {}, None, None, str(tmp_path), "wheel", app)
    hook.initialize("editable", {})
    assert app.warnings == ["the editor is not built, or from other sources: make web"]
    with pytest.raises(SystemExit, match="npm"):
        hook.initialize("standard", {})
    monkeypatch.setenv("LOOM_WITHOUT_EDITOR", "1")
    hook.initialize("standard", {})
    assert "no editor" in app.warnings[-1]
