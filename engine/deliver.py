"""Artifacts become files of the person: named by a template, written durably, never over another file."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from engine.context import resolve_within
from engine.errors import LoomError
from engine.record import SIGNATURE, embed
from engine.values import Artifact

FIELD = re.compile(r"\{([a-z]+)\}")
UNFIT = re.compile(r"[^\w .()+,=@-]", re.UNICODE)
NUMBER = re.compile(r".-[0-9]{4}\Z")
MAX_NUMBER = 1_000_000


@dataclass(frozen=True)
class Delivered:
    """A delivered file: the node that made it, where it is, `sha256:…` of its bytes."""

    node: str
    path: Path
    digest: str


def artifacts_in(values: Any) -> Iterator[Artifact]:
    """The artifacts among a node's outputs, in order."""
    stack = [values]
    while stack:
        top = stack.pop()
        if isinstance(top, Artifact):
            yield top
        elif isinstance(top, (list, tuple)):
            stack.extend(reversed(top))


def template_of(file: str) -> tuple[str, str]:
    """Template and suffix for a file that was delivered elsewhere: its name here, and a number that is free here."""
    path = Path(UNFIT.sub("_", file))
    return (f"{path.stem[:-5]}-{{n}}" if NUMBER.search(path.stem) else path.stem), path.suffix


def deliver(
    artifact: Artifact, node: str, folder: Path, fields: Mapping[str, str], record: Mapping[str, Any] | None
) -> Delivered:
    """Write an artifact into `folder`. Raises `LoomError` if that fails, `OutsideRoot` for a name that leaves it.

    The template's fields are `{name}`, `{node}`, what `fields` has, and `{n}`: the first number that is free, four
    digits. A template without `{n}` gets one when the name is taken.
    """
    data = artifact.data
    if record is not None and data.startswith(SIGNATURE):
        data = embed(data, record)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=".loom-", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            Path(temporary).chmod(0o644)
            path = _publish(Path(temporary), folder, artifact, {**fields, "node": node})
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        raise LoomError(f"cannot write to {folder}: {error.strerror or error}") from error
    return Delivered(node, path, f"sha256:{sha256(data).hexdigest()}")


def _publish(temporary: Path, folder: Path, artifact: Artifact, fields: Mapping[str, str]) -> Path:
    """Link the file to the first free name: a link fails where a file is, so nothing is ever overwritten."""
    template = artifact.name if "{n}" in artifact.name else artifact.name + "-{n}"
    number = 0 if template != artifact.name else 1
    if number == 1:
        number = _next_number(folder, template, artifact.suffix, fields)
    while number < MAX_NUMBER:
        shape = artifact.name if number == 0 else template
        name = _fill(shape, {**fields, "n": f"{number:04d}"}) + artifact.suffix
        path = resolve_within(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _claim(temporary, path)
            return folder / name
        except FileExistsError:
            number += 1
    raise LoomError(f"no free name for {template!r} in {folder}")


def _claim(temporary: Path, path: Path) -> None:
    """Give the file its name, or raise `FileExistsError`."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: reserve the name, then move onto our own empty file
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        temporary.replace(path)


def _next_number(folder: Path, template: str, suffix: str, fields: Mapping[str, str]) -> int:
    """One more than the highest number in use."""
    before, _, after = _fill(template.replace("{n}", "\0"), fields).rpartition("/")[2].partition("\0")
    pattern = re.compile(re.escape(before) + r"([0-9]{1,6})" + re.escape(after + suffix))
    parent = (folder / _fill(template.replace("{n}", "0"), fields)).parent
    taken = [int(m.group(1)) for f in (parent.iterdir() if parent.is_dir() else ()) if (m := pattern.fullmatch(f.name))]
    return max(taken, default=0) + 1


def _fill(template: str, fields: Mapping[str, str]) -> str:
    """The template with its fields; what no file name should have becomes `_`. A slash of the template is a folder."""

    def field(match: re.Match[str]) -> str:
        if match.group(1) not in fields:
            known = ", ".join(f"{{{name}}}" for name in sorted(fields))
            raise LoomError(f"the name template has an unknown field {match.group(0)} (there are {known}, {{n}})")
        return UNFIT.sub("_", fields[match.group(1)])[:120]

    return FIELD.sub(field, template)
