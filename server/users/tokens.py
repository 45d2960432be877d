"""The tokens of other users: `LOOM_HOME/tokens.json`, readable by the owner alone.

    {"format": 1, "tokens": [{"id": "3f2a…", "user": "alice", "hash": "<sha256>", "created": 1790000000.0}]}

A token is 256 random bits, so its SHA-256 tells nothing of it and needs no salt. It is shown once, when it is made, and
kept nowhere. A running server looks at the file's time and size with every request: a token that was taken back is
refused at the next one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.errors import InvalidInput, LoomError
from server.live.names import is_user
from server.users.user import OWNER_NAME, User

PATIENCE = 5.0  # seconds for another `loom token` to finish
STALE = 30.0  # seconds after which a lock was left by a process that died


class Token(BaseModel):
    """What is kept of a token. `created`: seconds since 1970."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    user: str
    hash: str
    created: float


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int = 1
    tokens: tuple[Token, ...] = ()


class Tokens:
    """The file. Reading is cheap; it is read again when it changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._signature: tuple[int, int, int] | None = None
        self._known: tuple[Token, ...] = ()

    def all(self) -> tuple[Token, ...]:
        """The tokens that are good. Raises `InvalidInput` if the file is no good: then nobody is let in by it."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._signature, self._known = None, ()
            return ()
        signature = (found.st_mtime_ns, found.st_size, found.st_ino)
        if signature != self._signature:
            self._known = self._read(found.st_mode)
            self._signature = signature
        return self._known

    def user(self, given: str) -> User | None:
        """Whose token it is; None if it is none. Every hash is compared, each in constant time."""
        hashed = _hashed(given)
        found = None
        for token in self.all():
            if hmac.compare_digest(hashed, token.hash):
                found = User(token.user, token.id)
        return found

    def of(self, id: str) -> User | None:
        """Who has the token of an id; None if it was taken back."""
        return next((User(token.user, token.id) for token in self.all() if token.id == id), None)

    def users(self) -> list[str]:
        """The names of all other users."""
        return sorted({token.user for token in self.all()})

    def add(self, user: str) -> str:
        """A new token for a user, who may be new. Raises `InvalidInput` for what cannot be a name."""
        if not is_user(user) or user == OWNER_NAME:
            raise InvalidInput(
                f"{user!r} cannot be a user's name: expected 1 to 32 of a-z, 0-9, _ and -, and not {OWNER_NAME!r}"
            )
        token = secrets.token_urlsafe(32)
        made = Token(id=secrets.token_hex(4), user=user, hash=_hashed(token), created=time.time())
        with self._locked():
            self._write((*self.all(), made))
        return token

    def revoke(self, name: str) -> list[Token]:
        """Take back a token by its id, or all of a user; returns them. What the user made stays."""
        with self._locked():
            gone = [token for token in self.all() if name in (token.user, token.id)]
            if gone:
                self._write(tuple(token for token in self.all() if token not in gone))
        return gone

    def _read(self, mode: int) -> tuple[Token, ...]:
        if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
            raise InvalidInput(f"{self._path} can be read by others: chmod 600 it")
        try:
            return _File.model_validate(json.loads(self._path.read_bytes())).tokens
        except (OSError, ValueError, ValidationError) as error:
            raise InvalidInput(f"{self._path} cannot be read: {type(error).__name__}") from None

    def _write(self, tokens: tuple[Token, ...]) -> None:
        text = json.dumps({"format": 1, "tokens": [token.model_dump() for token in tokens]}, indent=1) + "\n"
        temporary = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}")
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path)
        except OSError as error:
            raise LoomError(f"{self._path} cannot be written: {error.strerror or error}") from None
        finally:
            temporary.unlink(missing_ok=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer: two at once would lose what one of them did."""
        lock = self._path.with_name(f".{self._path.name}.lock")
        lock.parent.mkdir(parents=True, exist_ok=True)
        until = time.monotonic() + PATIENCE
        while True:
            try:
                os.close(os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
                break
            except FileExistsError:
                if _age(lock) > STALE:
                    lock.unlink(missing_ok=True)
                elif time.monotonic() > until:
                    raise LoomError(f"{lock} is there: another `loom token` is at work") from None
                else:
                    time.sleep(0.05)
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
