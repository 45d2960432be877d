"""The server's tables in PostgreSQL: the same steps, nothing lost from start to start, one server at a time.

The whole of tests/server can run there: LOOM_TEST_POSTGRES=1 pytest tests/server.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import InvalidInput, LoomError
from server.database_url import connect, find_url, read_url
from server.queue import lock
from tests.server.kit import in_loop, served
from tests.server.migrated import differences
from tests.server.postgres import Cluster, cluster
from tests.server.test_runs import FILE

HIDDEN = "xyzzy"


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("postgres") / "data") as found:
        yield found


def test_the_steps_lead_to_the_same_tables(postgres: Cluster) -> None:
    assert differences(postgres.database(), postgres.database()) == ([], [])


@in_loop
async def test_what_was_acknowledged_is_there_after_a_restart(postgres: Cluster, tmp_path: Path) -> None:
    database = postgres.database()
    async with served(tmp_path, database=database) as client:
        new = {"If-None-Match": "*"}
        assert (await client.ask("PUT", "/api/v1/workflows/mine", FILE, headers=new))[0] == 201
        run = await client.begin(FILE)
        assert (await client.ended(run))["status"] == "done"
        status, said, _ = await client.ask("GET", "/api/v1/runs/a%00b")
        assert (status, "cannot be kept" in said["detail"]) == (400, True)
    assert not (tmp_path / "server.db").exists()
    async with served(tmp_path, database=database) as client:
        assert [one["name"] for one in (await client.get("/api/v1/workflows"))["workflows"]] == ["mine"]
        assert [one["id"] for one in (await client.get("/api/v1/runs"))["runs"]] == [run]


@in_loop
async def test_a_second_server_is_refused(postgres: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.2)
    database = postgres.database()
    async with served(tmp_path / "one", database=database):
        with pytest.raises(LoomError, match="another server works with this database"):
            async with served(tmp_path / "other", database=database):
                raise AssertionError("two servers with one queue")


def test_a_url_is_found_where_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOOM_DATABASE", raising=False)
    assert find_url(None, {}) is None
    settings = {"database": "postgresql://db/settings"}
    assert str(find_url(None, settings)) == "postgresql+psycopg://db/settings"
    monkeypatch.setenv("LOOM_DATABASE", "postgresql://db/environment")
    assert str(find_url(None, settings)).endswith("/environment")
    assert str(find_url("sqlite:////tmp/option.db", settings)).endswith("/option.db")


@pytest.mark.parametrize("bad", ["", "nonsense", "mysql://me:xyzzy@db/loom", "postgresql://me:xyzzy@db", "sqlite://"])
def test_what_is_no_url_of_a_database_is_refused_without_its_password(bad: str) -> None:
    with pytest.raises(InvalidInput, match="expected a URL such as") as error:
        read_url(bad)
    assert HIDDEN not in str(error.value)


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(LoomError, match="database postgresql") as error:
        connect(read_url(f"postgresql://me:{HIDDEN}@/loom?host={tmp_path}"))
    assert HIDDEN not in str(error.value)
