"""Home, settings, and the user's files by name."""

from __future__ import annotations

import hashlib
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.cache import Cache
from engine.context import Files
from engine.errors import LoomError, NodeError
from engine.files import BUILT_IN, UserFiles
from engine.home import GIB, Home, memory_bytes


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.find(tmp_path / "home")


@pytest.fixture
def cache(home: Home) -> Iterator[Cache]:
    with Cache(home=home.path, classes={}, ram_bytes=0, disk_bytes=1 << 20, on_warning=print) as cache:
        yield cache


@pytest.fixture
def extra(tmp_path: Path) -> Path:
    return tmp_path / "extra"


@pytest.fixture
def user(home: Home, cache: Cache, extra: Path) -> UserFiles:
    return UserFiles(home=home, cache=cache, models=[extra], inputs=[extra], built_in=None)


def write(path: Path, text: str = "x", age: float = 100.0) -> Path:
    """A file that was last changed a while ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (time.time() - age,) * 2)
    return path


# names


def test_files_are_found_in_every_root_the_users_own_first(user: UserFiles, home: Home, extra: Path) -> None:
    write(home.models / "shapes" / "model_index.json")
    write(extra / "shapes" / "model_index.json")
    write(extra / "old" / "sd15.safetensors")
    write(home.inputs / "cat.png")
    write(extra / "dog.png")
    files: Files = user
    assert files.model("shapes") == home.models / "shapes"
    assert files.model("old/sd15.safetensors") == extra / "old" / "sd15.safetensors"
    assert files.input("cat.png") == home.inputs / "cat.png"
    assert files.input("dog.png") == extra / "dog.png"
    assert files.models() == ["old/sd15.safetensors", "shapes"]


def test_models_are_folders_with_a_configuration_and_safetensors_files(user: UserFiles, home: Home) -> None:
    write(home.models / "sd" / "model_index.json")
    write(home.models / "sd" / "unet" / "config.json")
    write(home.models / "sd" / "unet" / "weights.safetensors")
    write(home.models / "nets" / "canny" / "config.json")
    write(home.models / "nets" / "notes.txt")
    write(home.models / "flat.safetensors")
    write(home.models / "pickle.ckpt")
    write(home.models / ".hidden" / "config.json")
    assert user.models() == ["flat.safetensors", "nets/canny", "sd"]
    assert user.model("sd/unet").name == "unet", "a part can be named as well"


def test_what_is_not_there_is_answered_with_what_comes_closest(user: UserFiles, home: Home) -> None:
    write(home.models / "shapes" / "config.json")
    write(home.inputs / "photos" / "cat.png")
    with pytest.raises(NodeError, match=re.escape("there is no model 'shaeps' (did you mean 'shapes'?)")):
        user.model("shaeps")
    with pytest.raises(NodeError, match=re.escape("no model 'zzz'; there are: shapes")):
        user.model("zzz")
    with pytest.raises(NodeError, match=re.escape("no input file 'photo/cat.png' (did you mean 'photos/cat.png'?)")):
        user.input("photo/cat.png")
    with pytest.raises(NodeError, match="no input file 'photos'"):
        user.input("photos")


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/hostname", "a/../../secret", "link", "linked/secret", "nul\0", "..", "a/../../home"]
)
def test_no_name_leads_out_of_its_root(user: UserFiles, home: Home, tmp_path: Path, name: str) -> None:
    write(tmp_path / "secret")
    write(home.inputs / "a" / "b")
    (home.inputs / "link").symlink_to(tmp_path / "secret")
    (home.inputs / "linked").symlink_to(tmp_path)
    (home.models).symlink_to(home.inputs)
    for look in (user.input, user.model):
        with pytest.raises(NodeError):
            look(name)


@pytest.mark.parametrize("name", ["", ".", "a/.."])
def test_a_root_itself_is_no_file(user: UserFiles, home: Home, name: str) -> None:
    write(home.models / "a" / "config.json")
    with pytest.raises(NodeError):
        user.model(name)


def test_the_files_of_a_folder_are_those_of_the_first_root_that_has_it(
    user: UserFiles, home: Home, extra: Path
) -> None:
    for path in (home.inputs / "set" / "b.png", home.inputs / "set" / "a" / "c.png", extra / "set" / "d.png"):
        write(path)
    write(home.inputs / "set" / ".hidden")
    assert user.within("set") == ["set/a/c.png", "set/b.png"] == user.within("set/")
    assert [user.input(name) for name in user.within("set/a")] == [(home.inputs / "set" / "a" / "c.png").resolve()]
    with pytest.raises(NodeError, match="did you mean 'set'"):
        user.within("sets")
    with pytest.raises(NodeError, match="is a file, expected a folder"):
        user.within("set/b.png")
    for name in ("..", "set/../..", "/", ""):
        with pytest.raises(NodeError):
            user.within(name)


def test_links_within_a_root_are_followed(user: UserFiles, home: Home) -> None:
    write(home.models / "blobs" / "abc")
    (home.models / "sd.safetensors").symlink_to(home.models / "blobs" / "abc")
    assert user.model("sd.safetensors").read_text() == "x"


def test_the_built_in_models_are_found_without_being_named(home: Home, cache: Cache) -> None:
    files = UserFiles(home=home, cache=cache)
    assert BUILT_IN.name == "models"
    assert files.model("shapes") == BUILT_IN / "shapes"


# digests


def test_the_digest_of_a_file_is_that_of_its_bytes(user: UserFiles, extra: Path) -> None:
    path = write(extra / "a.bin", "hello")
    assert user.digest(path) == "sha256:" + hashlib.sha256(b"hello").hexdigest()
    with pytest.raises(NodeError, match="cannot be read"):
        user.digest(extra / "missing")


def test_a_digest_is_computed_once_and_again_after_a_change(user: UserFiles, cache: Cache, extra: Path) -> None:
    path = write(extra / "a.bin", "hello")
    first = user.digest(path)
    stamp = path.stat()
    path.write_text("HELLO")
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert user.digest(path) == first, "same size, time and inode: it was not read again"
    write(path, "HELLO", age=50.0)
    second = user.digest(path)
    assert second != first
    cache.flush()
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    path.unlink()
    write(path, "12345")
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert user.digest(path) not in (first, second), "another inode, or another time"


def test_a_file_that_was_just_written_is_not_trusted_to_stay(user: UserFiles, extra: Path) -> None:
    path = write(extra / "a.bin", "hello", age=0.0)
    stamp = path.stat()
    first = user.digest(path)
    path.write_text("HELLO")
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert user.digest(path) != first


def test_the_digest_of_a_folder_is_that_of_its_names_and_files(user: UserFiles, extra: Path) -> None:
    def folder(name: str, **files: str) -> str:
        for file, text in files.items():
            write(extra / name / file.replace("__", "/"), text)
        return user.digest(extra / name)

    first = folder("a", x="1", sub__y="2")
    assert folder("b", sub__y="2", x="1") == first
    assert folder("c", x="1", sub__z="2") != first, "another name"
    assert folder("d", x="1", sub__y="3") != first, "other bytes"
    assert folder("e", x="2", sub__y="1") != first
    assert folder("f", x="1", sub__y="2", z="") != first
    write(extra / "b" / ".cache" / "lock")
    assert user.digest(extra / "b") == first, "hidden files say nothing about the model"
    write(extra / "b" / "x", "9", age=10.0)
    assert user.digest(extra / "b") != first


def test_links_in_a_folder_count_as_what_they_lead_to(user: UserFiles, extra: Path, tmp_path: Path) -> None:
    write(extra / "blobs" / "1", "weights")
    write(extra / "other" / "unet" / "w", "unet")
    plain, linked = extra / "plain", extra / "linked"
    write(plain / "w", "weights")
    write(plain / "unet" / "w", "unet")
    linked.mkdir()
    (linked / "w").symlink_to(extra / "blobs" / "1")
    (linked / "unet").symlink_to(extra / "other" / "unet")
    (linked / "round").symlink_to(linked)
    assert user.digest(linked) == user.digest(plain)
    write(tmp_path / "secret")
    (linked / "out").symlink_to(tmp_path / "secret")
    with pytest.raises(NodeError, match="leads out"):
        user.digest(linked)


# home and settings


def test_home_is_what_is_given_or_set_or_the_platforms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOM_HOME", str(tmp_path / "set"))
    assert Home.find(tmp_path / "given").path == tmp_path / "given"
    assert Home.find().path == tmp_path / "set"
    monkeypatch.chdir(tmp_path)
    assert Home.find("here").path == tmp_path / "here"
    monkeypatch.setenv("LOOM_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert Home.find().path.name == "latent-loom"
    if sys.platform == "linux":
        assert Home.find().path == tmp_path / ".local" / "share" / "latent-loom"
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
        assert Home.find().path == tmp_path / "data" / "latent-loom"
    home = Home(tmp_path)
    assert [home.models, home.inputs, home.nodes] == [tmp_path / name for name in ("models", "inputs", "nodes")]


def test_without_a_file_everything_has_a_default(home: Home, tmp_path: Path) -> None:
    settings = home.settings(tmp_path)
    assert (settings.models, settings.inputs, settings.model_bytes) == ((), (), None)
    assert settings.disk_bytes == 20 * GIB
    assert 0 < settings.ram_bytes <= memory_bytes() // 4


def test_both_files_count_and_the_nearer_one_more(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write(home.path / "loom.toml", 'models = ["~/m", "/abs"]\n[cache]\nram = "1 GiB"\ndisk = "2GB"\n')
    work = tmp_path / "work"
    write(work / "loom.toml", 'models = ["m"]\ninputs = ["."]\n[cache]\nram = 5000\n[weights]\nmemory = "3 MiB"\n')
    settings = home.settings(work)
    assert settings.models == (tmp_path / "m", Path("/abs"), work / "m")
    assert settings.inputs == (work,)
    assert (settings.ram_bytes, settings.disk_bytes, settings.model_bytes) == (5000, 2 * 10**9, 3 << 20)
    assert home.settings(home.path).models == (tmp_path / "m", Path("/abs")), "one file is not read twice"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('model = ["a"]', "model: there is no such setting (did you mean 'models'?)"),
        ('[cache]\nrum = "1GiB"', "cache.rum: there is no such setting (did you mean 'ram'?)"),
        ('[cache]\nram = "much"', "cache.ram: could not parse value and unit from byte string, got 'much'"),
        ('models = "a"', "models: input should be a valid tuple, got 'a'"),
        ("cache = 3", "cache: "),
        ("models = [", "loom.toml: "),
        ("zzz = 1\nyyy = 2", "zzz: there is no such setting; yyy: there is no such setting"),
    ],
)
def test_a_wrong_setting_is_named(home: Home, tmp_path: Path, text: str, says: str) -> None:
    path = write(tmp_path / "loom.toml", text)
    with pytest.raises(LoomError, match=re.escape(says)) as caught:
        home.settings(tmp_path)
    assert str(caught.value).startswith(str(path))


def test_a_settings_file_that_cannot_be_read_is_named(home: Home, tmp_path: Path) -> None:
    (tmp_path / "loom.toml").mkdir()
    with pytest.raises(LoomError, match=r"loom\.toml"):
        home.settings(tmp_path)
    (tmp_path / "loom.toml").rmdir()
    (tmp_path / "loom.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(LoomError, match=r"loom\.toml"):
        home.settings(tmp_path)
