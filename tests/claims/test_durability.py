"""What was stored survives: a kill at any moment, a flipped byte, another process, a full disk, an emptied cache.

The runs are real processes of the `loom` command line on a home of their own. Most are forked off a process that has
the libraries imported (`tests.claims.press`); a few are started as a person starts them.
"""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch

from engine import store
from engine.events import Numbered, StepDone
from tests import documents as plain
from tests.claims import documents
from tests.claims.press import Child, Press
from tests.claims.studio import SOAK, Studio
from tests.oracles import COMMON, DDIM, DPMPP_2M, EULER, Solver

pytestmark = pytest.mark.usefixtures("one_thread")

KILLS = 300 if SOAK else 30
LONG = 50
SDE = next(solver for solver in COMMON if solver.name == "dpmpp_2m_sde")


class Site:
    """A folder with homes, workflows and outputs, over one folder of models."""

    def __init__(self, folder: Path, models: Path, press: Press) -> None:
        self.folder, self.models, self.press = folder, models, press
        self._homes = 0

    def home(self, disk: str = "1 GB") -> Path:
        """A fresh home that knows the models."""
        self._homes += 1
        home = self.folder / f"home-{self._homes}"
        home.mkdir()
        (home / "loom.toml").write_text(f"models = [{json.dumps(str(self.models))}]\n[cache]\ndisk = {disk!r}\n")
        return home

    def workflow(self, name: str, solver: Solver, steps: int = 12, seed: Any = 7) -> Path:
        """A text-to-image workflow file that saves its picture."""
        document = documents.with_save(plain.text_to_image(solver, seed=seed)) | {"name": name}
        document["nodes"]["schedule"]["inputs"]["steps"] = steps
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(document))
        return path

    def run(self, file: Path | str, home: Path, *more: object) -> tuple[object, ...]:
        """The arguments of `loom run`."""
        return ("run", file, "--home", home, "--json", *COMMON_OPTIONS, "--output", home / "output", *more)

    def picture(self, file: Path, home: Path, *more: object) -> bytes:
        """The bytes of the picture that `loom run` saves."""
        return saved(self.press.done(*self.run(file, home, *more)))

    def cached(self, file: Path, home: Path) -> int:
        """How many steps of `sample` the next run will find stored."""
        with Studio(home, self.models) as studio:
            return studio.plan(file)["sample"].steps_cached


COMMON_OPTIONS = ("--device", "cpu", "--threads", 1)


def saved(child: Child) -> bytes:
    """The bytes of the one picture that a run says it has made."""
    (artifact,) = child.json()["artifacts"]
    return Path(artifact["path"]).read_bytes()


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Press]:
    with Press(tmp_path_factory.mktemp("press")) as made:
        yield made


@pytest.fixture
def site(tmp_path: Path, tiny_models: Path, press: Press) -> Site:
    return Site(tmp_path, tiny_models, press)


def loom(arguments: Sequence[object], **options: Any) -> subprocess.Popen[str]:
    """The command line, started as a person starts it."""
    command = [sys.executable, "-m", "engine.cli", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


class TestKill:
    @pytest.mark.timeout(3600 if SOAK else 300)
    def test_a_run_that_is_killed_again_and_again_goes_on_from_its_last_stored_step(self, site: Site, press: Press):
        file = site.workflow("long", DPMPP_2M, LONG)
        begin = time.monotonic()
        whole = site.picture(file, site.home())
        seconds = time.monotonic() - begin
        rng, kills, late, grew, home, stored = random.Random(5), 0, 0, 0, site.home(), 0
        while kills < KILLS:
            child = press.start(*site.run(file, home))
            if kills % 2:  # at any moment from its first line to its last
                time.sleep(rng.uniform(0, 1.1 * seconds))
            else:  # once it has stored something, whatever else this machine does
                wait_for_rows(home, rows(home) + 1, 2 * seconds)
                time.sleep(rng.uniform(0, seconds / 3))
            status = child.kill()
            assert status in (0, -signal.SIGKILL), child.said
            if status == 0:  # done before the kill: what it found stored is what the kills before had left
                frame = child.json()["nodes"]["sample"]
                assert (frame["steps_run"], frame["steps_cached"]) == (LONG - stored, stored)
                assert saved(child) == whole
                home, stored, late = site.home(), 0, late + 1
                continue
            kills += 1
            assert not [line for line in child.said if line.startswith("loom:")], child.said
            now = site.cached(file, home)
            assert now >= stored, "a step that was stored is gone"
            grew += now > stored
            stored = now
        print(f"{kills} kills; {grew} of them left more steps stored than before; {late} runs were done before theirs")
        assert grew > KILLS // 6, "the kills came too early to say anything"
        child = press.done(*site.run(file, home))
        assert child.json()["nodes"]["sample"]["steps_cached"] == stored
        assert saved(child) == whole

    def test_a_command_of_its_own_is_killed(self, site: Site):
        """As above, without the fork."""
        file, home = site.workflow("long", DPMPP_2M, LONG), site.home()
        whole = site.picture(file, site.home())
        process = loom(site.run(file, home))
        wait_for_rows(home, 5, 60)
        process.send_signal(signal.SIGKILL)
        _, err = process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert "loom:" not in err, err
        assert site.cached(file, home) > 0
        assert site.picture(file, home) == whole

    @pytest.mark.parametrize("solver", [SDE, EULER, DDIM], ids=lambda s: s.name)
    def test_a_run_goes_on_in_a_new_process(self, site: Site, solver: Solver):
        file, home = site.workflow("short", solver), site.home()
        whole = site.picture(file, site.home())
        part = site.press.done(*site.run(file, home, "--set", "schedule.steps=12", "--target", "save")).json()
        assert part["nodes"]["sample"]["steps_run"] == 12
        again = site.press.done(*site.run(file, home))
        assert saved(again) == whole
        assert {name: n["steps_run"] for name, n in again.json()["nodes"].items() if n["steps_run"]} == {}


class Spot(NamedTuple):
    """A place where a stored value lies: a file, or the row with this key."""

    kind: str
    place: Path | bytes


class TestDamage:
    @pytest.mark.parametrize("inline", [0, 1 << 30], ids=["files", "rows"])
    def test_a_flipped_bit_in_any_stored_value_is_a_miss(
        self, tiny_models: Path, studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inline: int
    ):
        """Edits that nobody made before read every kind of stored result: conditionings, any state, picture files."""
        monkeypatch.setattr(store, "INLINE", inline)  # all tensors and byte strings in files, or all in rows
        document = documents.with_save(plain.text_to_image(SDE, seed=71))
        rng, noticed, turn = random.Random(3), set(), 0
        with Studio(tmp_path, tiny_models, ram="0 B") as damaged:
            damaged.watch_model()
            whole = artifacts(damaged, document)
            assert damaged.cache.flush()
            spots = stored(tmp_path, in_files=not inline)
            kinds = {spot.kind for spot in spots}
            assert kinds >= {"State", "Conditioning", "Artifact"}
            if not SOAK:
                spots = [spot for kind in sorted(kinds) for spot in sample(rng, spots, kind, 4)]
            for turn, spot in enumerate(spots):
                scales = [documents.scale_until(k, 6, after=2 + turn / 64) for k in range(1, 6)]
                edits = [document, with_kept_latent(document, f"latent {turn}")]
                edits += [documents.with_scale(document, scale) for scale in scales]
                broken = flip(tmp_path, spot.place, rng)
                for edit in edits:
                    assert artifacts(damaged, edit) == artifacts(studio, edit), spot
                assert damaged.cache.flush()
                noticed |= {spot.kind} if content(tmp_path, spot.place) != broken else set()
            assert noticed >= {"State", "Conditioning", "Artifact"}, f"{kinds - noticed} was never read"
            for spot in stored(tmp_path, in_files=not inline):
                flip(tmp_path, spot.place, rng)
            damaged.calls["unet"].clear()
            assert artifacts(damaged, document) == whole
            assert len(damaged.calls["unet"]) == 6
            assert damaged._warned == []

    def test_a_file_that_is_cut_or_gone_is_a_miss(
        self, tiny_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(store, "INLINE", 0)
        document = documents.with_save(plain.text_to_image(DPMPP_2M))
        with Studio(tmp_path, tiny_models, ram="0 B") as studio:
            studio.watch_model()
            wanted = artifacts(studio, document)
            for damage in (Path.unlink, cut, empty):
                assert studio.cache.flush()
                for file in tmp_path.glob("cache/*/blobs/*/*"):
                    damage(file)
                studio.calls["unet"].clear()
                assert artifacts(studio, document) == wanted
                assert len(studio.calls["unet"]) == 6


class TestSharing:
    @pytest.mark.parametrize("turn", range(20 if SOAK else 2))
    def test_two_processes_run_the_same(self, site: Site, turn: int):
        file, home = site.workflow("same", DPMPP_2M, 20, seed=turn), site.home()
        whole = site.picture(file, site.home())
        children = [site.press.start(*site.run(file, home)) for _ in range(2)]
        assert [child.wait() for child in children] == [0, 0], [child.said for child in children]
        assert [saved(child) for child in children] == [whole, whole]
        assert site.cached(file, home) == 20

    @pytest.mark.parametrize("turn", range(20 if SOAK else 2))
    def test_two_processes_run_different_things_while_one_evicts(self, site: Site, turn: int, tmp_path: Path):
        files = [site.workflow("one", DPMPP_2M, 20, seed=turn), site.workflow("two", SDE, 20, seed=turn)]
        whole = [site.picture(file, site.home()) for file in files]
        home = site.home()
        narrow = tmp_path / "narrow"
        narrow.mkdir()
        (narrow / "loom.toml").write_text('[cache]\ndisk = "40 KB"\n')
        for _ in range(3):
            children = [
                site.press.start(*site.run(files[0], home), cwd=tmp_path),
                site.press.start(*site.run(files[1], home), cwd=narrow),
            ]
            assert [child.wait() for child in children] == [0, 0], [child.said for child in children]
            assert [saved(child) for child in children] == whole
        assert site.picture(files[0], home) == whole[0]

    def test_the_cache_is_emptied_during_a_run(self, site: Site, tiny_models: Path):
        document = plain.text_to_image(SDE)
        home = site.home()
        with Studio(home, tiny_models) as studio:
            wanted = studio.go(document, reuse=False)["sample.state"].latent
            emptied = []

            def empty(event: Numbered) -> None:
                if isinstance(event.event, StepDone) and event.event.index in (1, 3):
                    emptied.append(event.event.index)
                    if event.event.index == 1:
                        site.press.done("cache", "clear", "--home", home)
                    else:
                        studio.cache.clear()

            studio.cache.clear()
            for _ in range(2):
                assert torch.equal(studio.go(document, on_event=empty)["sample.state"].latent, wanted)
            assert set(emptied) == {1, 3}
            assert studio._warned == []
        with Studio(home, tiny_models) as studio:
            assert torch.equal(studio.go(document)["sample.state"].latent, wanted)


class TestFullDisk:
    def test_a_limit_on_files_leaves_the_run_uncached(self, site: Site):
        file, home = site.workflow("w", DPMPP_2M), site.home()
        whole = site.picture(file, site.home())
        child = site.press.start(*site.run(file, home), limit=24 << 10)
        assert child.wait() == 0, child.said
        assert [line for line in child.said if "nothing more is cached on disk" in line], child.said
        (artifact,) = json.loads(child.said[-1])["artifacts"]
        assert Path(artifact["path"]).read_bytes() == whole
        assert site.picture(file, home) == whole  # and with room again all is as ever

    @pytest.mark.parametrize("size", ["16k", "96k"] if SOAK else ["96k"])
    def test_a_full_disk_leaves_the_run_uncached(self, site: Site, size: str):
        file, home = site.workflow("w", DPMPP_2M), site.home()
        whole = site.picture(file, site.home())
        (home / "cache").mkdir()
        mount = f"mount -t tmpfs -o size={size} none {home}/cache && "
        alone = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
        if shutil.which("unshare") is None or subprocess.run([*alone, mount + "true"], capture_output=True).returncode:
            pytest.skip("this system lets nobody mount a small disk")
        command = [sys.executable, "-m", "engine.cli", *map(str, site.run(file, home))]
        ended = subprocess.run([*alone, mount + 'exec "$@"', "sh", *command], capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
        assert ended.stderr.count("nothing more is cached on disk") == 1, ended.stderr
        (artifact,) = json.loads(ended.stdout.splitlines()[-1])["artifacts"]
        assert Path(artifact["path"]).read_bytes() == whole

    def test_without_a_cache_nothing_is_written(self, site: Site, tmp_path: Path):
        file, home = site.workflow("w", DPMPP_2M), site.home()
        before = listing(home)
        child = site.press.done(*site.run(file, home, "--no-cache", "--output", tmp_path / "out"))
        assert listing(home) == before
        whole = site.picture(file, home)
        assert saved(child) == whole
        before = listing(home)
        again = site.press.done(*site.run(file, home, "--no-cache", "--output", tmp_path / "out"))
        assert again.json()["nodes"]["sample"]["steps_run"] == 12
        assert listing(home) == before
        assert saved(again) == whole

    def test_a_home_that_cannot_be_written_to(self, site: Site):
        """A file lies where the cache's folder should be."""
        file, home = site.workflow("w", DPMPP_2M), site.home()
        (home / "cache").write_text("not a folder")
        child = site.press.start(*site.run(file, home))
        assert child.wait() == 0, child.said
        assert sum("nothing more is cached on disk" in line for line in child.said) == 1, child.said


class TestPictures:
    def test_equal_runs_give_equal_files(self, site: Site):
        file = site.workflow("w", SDE)
        first, second = site.home(), site.home()
        assert site.picture(file, first) == site.picture(file, second) == site.picture(file, first)

    def test_a_picture_repeats_itself_elsewhere(self, site: Site, tiny_models: Path, tmp_path: Path):
        file = site.workflow("w", SDE, seed="random")
        child = site.press.done(*site.run(file, site.home()))
        (artifact,) = child.json()["artifacts"]
        elsewhere = tmp_path / "elsewhere"
        shutil.copytree(tiny_models / "sd", elsewhere / "models" / "sd")
        (again,) = site.press.done(*site.run(artifact["path"], elsewhere)).json()["artifacts"]
        assert Path(again["path"]).read_bytes() == Path(artifact["path"]).read_bytes()
        assert again["digest"] == artifact["digest"]
        other = site.press.done(*site.run(file, site.home())).json()["artifacts"][0]
        assert other["digest"] != artifact["digest"], "a random seed is drawn anew"

    def test_random_seeds_in_subgraphs_are_repeated_too(self, site: Site):
        """Each use of a subgraph draws its own; the picture's record holds them all."""
        file = site.folder / "w.json"
        file.write_text(json.dumps(documents.with_random_starts(plain.text_to_image(DDIM))))
        made = files_of(site.press.done(*site.run(file, site.home())))
        assert made["save"] != made["save_bare"]
        for name in made:
            path = site.folder / f"{name}.png"
            path.write_bytes(made[name])
            assert files_of(site.press.done(*site.run(path, site.home()))) == made


def files_of(child: Child) -> dict[str, bytes]:
    """The bytes of the files that a run says it has made, by node."""
    return {artifact["node"]: Path(artifact["path"]).read_bytes() for artifact in child.json()["artifacts"]}


def artifacts(studio: Studio, document: dict[str, Any]) -> list[bytes]:
    """The files that a document makes."""
    return studio.go(document, *[name for name in ("save", "keep") if name in document["nodes"]]).artifacts


def with_kept_latent(document: dict[str, Any], name: str) -> dict[str, Any]:
    """A document that saves its latent, too."""
    keep = {"type": "latent.save@1", "inputs": {"latent": plain.link("sample.state"), "name": name}}
    return document | {"nodes": document["nodes"] | {"keep": keep}}


def table(home: Path) -> sqlite3.Connection:
    """The cache's index."""
    (index,) = home.glob("cache/*/index*.sqlite")
    return sqlite3.connect(index)


def stored(home: Path, *, in_files: bool) -> list[Spot]:
    """Where stored values lie, by the type of value."""
    with contextlib.closing(table(home)) as db:
        rows = db.execute("SELECT key, tree, parts FROM action ORDER BY key").fetchall()
    if not in_files:
        return [Spot(kind_of(tree), key) for key, tree, _ in rows]
    files = sorted(home.glob("cache/*/blobs/*/*"))
    found = {file: kind_of(tree) for file in files for _, tree, parts in rows if bytes.fromhex(file.name) in parts}
    return [Spot(kind, file) for file, kind in found.items()]


def kind_of(tree: bytes) -> str:
    """The first class named in a stored value's tree."""
    kinds = ("State", "Conditioning", "Artifact", "Image", "Latent")
    return next((kind for kind in kinds if f'.{kind}"' in tree.decode()), "other")


def sample(rng: random.Random, spots: list[Spot], kind: str, count: int) -> list[Spot]:
    """Some of the spots of a kind."""
    those = [spot for spot in spots if spot.kind == kind]
    return rng.sample(those, min(count, len(those)))


def content(home: Path, place: Path | bytes) -> bytes | None:
    """The bytes at a spot; None if they are gone."""
    if isinstance(place, Path):
        return place.read_bytes() if place.exists() else None
    with contextlib.closing(table(home)) as db:
        found: tuple[bytes] | None = db.execute("SELECT parts FROM action WHERE key = ?", (place,)).fetchone()
    return None if found is None else found[0]


def flip(home: Path, place: Path | bytes, rng: random.Random) -> bytes | None:
    """Change one bit at a spot. Returns what is there then."""
    found = content(home, place)
    if found is None:  # dropped with another damaged value
        return None
    data = bytearray(found)
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    if isinstance(place, Path):
        place.write_bytes(data)
    else:
        with contextlib.closing(table(home)) as db, db:
            db.execute("UPDATE action SET parts = ? WHERE key = ?", (bytes(data), place))
    return bytes(data)


def cut(file: Path) -> None:
    """Take the last byte of a file away."""
    file.write_bytes(file.read_bytes()[:-1])


def empty(file: Path) -> None:
    """Take everything away."""
    file.write_bytes(b"")


def wait_for_rows(home: Path, count: int, seconds: float) -> None:
    """Wait until the index holds so many values, but not for ever."""
    deadline = time.monotonic() + seconds
    while rows(home) < count and time.monotonic() < deadline:
        time.sleep(0.01)


def rows(home: Path) -> int:
    """How many values the index holds; 0 before there is one."""
    with contextlib.suppress(ValueError, sqlite3.Error), contextlib.closing(table(home)) as db:
        return int(db.execute("SELECT COUNT(*) FROM action").fetchone()[0])
    return 0


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file below a folder with its size and time of change."""
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }
