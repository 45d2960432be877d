"""What the image is made from: each stage of the Dockerfile is given all that its build reads.

The build itself needs a container tool and half an hour; what goes wrong unseen is a folder that is not copied.
"""

from __future__ import annotations

import tomllib
from pathlib import Path, PurePosixPath

from build_web import EXAMPLES, SCRIPTS, SOURCES

ROOT = Path(__file__).resolve().parents[2]


def copied() -> dict[str, dict[PurePosixPath, PurePosixPath]]:
    """By stage, which paths of the project (with a `/` before them) come to which paths of the image."""
    stages: dict[str, dict[PurePosixPath, PurePosixPath]] = {}
    stage, folder = "", PurePosixPath("/")
    text = (ROOT / "deploy" / "Dockerfile").read_text().replace("\\\n", " ")
    for line in text.splitlines():
        match line.split():
            case ["FROM", _, "AS", name]:
                stage = name
            case ["FROM", _]:
                stage = "last"
            case ["WORKDIR", where]:
                folder = PurePosixPath(where)
            case ["COPY", *sources, target] if not sources[0].startswith("--"):
                into = len(sources) > 1 or target.endswith("/")
                for source in sources:
                    whole = (ROOT / source).is_dir()
                    place = folder / target / Path(source).name if into and not whole else folder / target
                    stages.setdefault(stage, {})[PurePosixPath("/", source)] = place
    return stages


def place_of(path: str, stage: str) -> PurePosixPath | None:
    """Where a path of the project lies in a stage, itself or in a folder that was copied."""
    whole = PurePosixPath("/", path)
    for source, place in copied()[stage].items():
        if whole.is_relative_to(source):
            return place / whole.relative_to(source)
    return None


def test_the_editor_is_built_from_all_of_its_sources() -> None:
    there = [name for name in (*SOURCES, *SCRIPTS, EXAMPLES) if (ROOT / "web" / name).exists()]
    assert "../workflows" in there
    for name in there:
        path = (ROOT / "web" / name).resolve().relative_to(ROOT).as_posix()
        assert place_of(path, "editor") == PurePosixPath("/app", path), path


def test_the_package_is_made_from_all_that_a_wheel_holds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    hook = project["tool"]["hatch"]["build"]["hooks"]["custom"]["path"]
    files = ["pyproject.toml", hook, project["project"]["readme"], *project["project"]["license-files"]]
    for path in [*wheel["packages"], *wheel["force-include"], *files]:
        assert place_of(path, "package") == PurePosixPath("/app", path), path


def test_nothing_that_is_copied_is_ignored_or_missing() -> None:
    ignored = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().split()
    for stage in copied().values():
        for source in stage:
            name = source.relative_to("/").as_posix()
            assert (ROOT / name).exists(), name
            assert name not in ignored, name
