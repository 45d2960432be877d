"""Other users of a server: each has what is theirs, shares what they share, and takes turns with the others."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from engine.cli import main
from engine.errors import InvalidInput
from engine.registry import Registry
from server.app import DECLARED
from server.queue.line import Line
from server.queue.live import Live
from server.users.tokens import Tokens
from server.users.under_way import LOOK
from tests.engine.kit import doc, link
from tests.server.kit import TOKEN, Client, in_loop, served
from tests.server.test_assets import picture

API = "/api/v1"
FILE = {"Content-Type": "application/octet-stream"}
VALUE = doc(a=("t.make", {"value": 3.0}), save=("serve.file", {"a": link("a"), "text": "of alice"}))


class As:
    """The server as a user sees it."""

    def __init__(self, client: Client, token: str) -> None:
        self.client, self.token = client, token

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and body of an answer."""
        said = {"Authorization": f"Bearer {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        status, found, _ = await self.client.ask(method, API + path, body, headers=said)
        return status, found

    async def get(self, path: str) -> Any:
        """The JSON of an address that is there."""
        status, found = await self.ask("GET", path)
        assert status == 200, (path, found)
        return found

    async def run(self, document: Any, **more: Any) -> Any:
        """A run that has ended."""
        status, made = await self.ask("POST", "/runs", {"workflow": document, **more})
        assert status == 201, made
        return await self.ended(made["id"])

    async def ended(self, run: str) -> Any:
        """The run, once it has ended."""
        while (shown := await self.get(f"/runs/{run}"))["status"] in ("queued", "running"):
            await asyncio.sleep(0.02)
        return shown

    async def live(self, name: str, client: str = "tab") -> aiohttp.ClientWebSocketResponse:
        """The socket of a document."""
        address = f"{self.client.url}{API}/workflows/{name}/live?client={client}"
        return await self.client.session.ws_connect(address, headers={"Authorization": f"Bearer {self.token}"})


def users(client: Client) -> tuple[As, As, As]:
    """Alice, Bob, and the owner."""
    tokens = Tokens(client.home / "tokens.json")
    return As(client, tokens.add("alice")), As(client, tokens.add("bob")), As(client, TOKEN)


def test_a_token_is_shown_once_kept_as_a_hash_and_taken_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOM_HOME", str(tmp_path))
    path = tmp_path / "tokens.json"
    assert main(["token", "add", "alice"]) == 0
    token = capsys.readouterr().out.strip()
    assert main(["token", "add", "bob", "--json"]) == 0
    other = json.loads(capsys.readouterr().out)["token"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert token not in path.read_text()
    assert [name for name in tmp_path.iterdir() if name != path] == []
    tokens = Tokens(path)
    for given, user in ((token, "alice"), (other, "bob")):
        found = tokens.user(given)
        assert found is not None
        assert (found.name, found.is_owner) == (user, False)
    for wrong in ("", token[:-1], token + "x", token.swapcase(), "\udcff"):
        assert tokens.user(wrong) is None
    assert main(["token", "list"]) == 0
    shown = capsys.readouterr().out
    assert ("alice" in shown, "bob" in shown, token in shown) == (True, True, False)
    assert main(["token", "revoke", "alice"]) == 0
    assert tokens.user(token) is None  # the same object, as of a running server
    assert tokens.user(other) is not None
    assert main(["token", "revoke", "alice"]) == 2
    for bad in ("owner", "A", "a.b", "../x", "", "a" * 33, "con"):
        assert main(["token", "add", bad]) == 2, bad
    path.chmod(0o644)
    with pytest.raises(InvalidInput, match="read by others"):
        Tokens(path).user(other)


@in_loop
async def test_every_route_that_names_an_id_hides_what_is_anothers(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        alice, bob, owner = users(client)
        made = await alice.run(VALUE)
        digest = made["artifacts"][0]["digest"]
        batch = (await alice.run(VALUE, sets=[{"a.value": 1}, {"a.value": 2}]))["batch"]
        status, upload = await alice.ask("POST", "/assets?name=face.png", picture(), **FILE)
        assert (status, upload["owner"]) == (201, "alice")
        assert (await alice.ask("PUT", "/workflows/mine", VALUE, If_None_Match="*"))[0] == 201
        before = await state(alice)
        edit = {"client": "x", "edits": [{"id": "1", "operations": [{"op": "remove_node", "node": "save"}]}]}
        bodies: Mapping[tuple[str, str], tuple[Any, dict[str, str]]] = {
            ("POST", "/runs/{id}/move"): ({"after": made["id"]}, {}),
            ("PUT", "/gallery/{digest}/favourite"): ({"favourite": True}, {}),
            ("PUT", "/workflows/{name}"): (VALUE, {"If-Match": '"1"'}),
            ("POST", "/workflows/{name}/import"): (json.dumps(VALUE).encode(), FILE),
            ("POST", "/workflows/{name}/restore"): ({"revision": 1}, {}),
            ("POST", "/workflows/{name}/operations"): (edit, {}),
            ("PUT", "/workflows/{name}/shares"): ({"shares": {"bob": "edit"}}, {}),
        }
        seen = 0
        for one in DECLARED:
            if "{" not in one.path:
                continue
            for file in (digest, upload["digest"]) if "{digest}" in one.path else ("",):
                run = batch if one.path.startswith("/batches") else made["id"]
                path = one.path.replace("{id}", run).replace("{digest}", file).replace("{n}", "1")
                path = path.replace("{name}", "alice.mine") + ("?from=0" if one.path.endswith("/diff") else "")
                body, headers = bodies.get((one.method, one.path), ({}, {}))
                status, found = await bob.ask(one.method, path, body, **headers)
                assert status == 404, (one.method, path, status, found)
                assert "alice" not in str(found).replace("alice.mine", ""), found
                seen += 1
        assert seen >= 25
        for body in ({"workflow": "alice.mine"}, {"workflow": "mine"}):
            for path in ("/runs", "/plan", "/why"):
                assert (await bob.ask("POST", path, body))[0] == 404, (path, body)
        assert await state(alice) == before
        assert await state(bob) == {"runs": [], "assets": [], "pictures": [], "workflows": [], "events": []}
        seen_by_owner = await state(owner)
        for kind, mine in before.items():
            assert {json.dumps(one, sort_keys=True) for one in mine} <= {
                json.dumps(one, sort_keys=True) for one in seen_by_owner[kind]
            }, kind


async def state(user: As) -> dict[str, Any]:
    """All that a user sees, by lists; what is called differently by others goes by its content."""
    return {
        "runs": [one["id"] for one in (await user.get("/runs"))["runs"]],
        "assets": [one["digest"] for one in (await user.get("/assets"))["assets"]],
        "pictures": [[one["digest"], one["favourite"]] for one in (await user.get("/gallery"))["pictures"]],
        "workflows": [one["revision"] for one in (await user.get("/workflows"))["workflows"]],
        "events": [one["id"] for one in (await user.get("/events"))["events"]],
    }


@in_loop
async def test_what_is_the_owners_alone_is_refused_to_others(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        alice, _, owner = users(client)
        for one in DECLARED:
            if one.users or one.public:
                continue
            assert (await alice.ask(one.method, one.path, {}))[0] == 403, one.path
        closed = {one.path for one in DECLARED if not (one.users or one.public)}
        assert closed == {"/queue/pause", "/queue/resume", "/models/scan", "/metrics"}
        assert (await owner.ask("GET", "/metrics"))[0] == 200
        assert (await alice.ask("GET", "/none"))[0] == 404


@in_loop
async def test_a_run_reads_the_uploads_of_its_user_alone(tmp_path: Path) -> None:
    def images(file: str) -> dict[str, Any]:
        return doc(load=("image.load@1", {"file": file}), save=("image.save@1", {"image": link("load")}))

    async with served(tmp_path, lambda: Registry.installed(tmp_path / "nodes")) as client:
        alice, bob, owner = users(client)
        _, mine = await alice.ask("POST", "/assets", picture(colour="#010203"), **FILE)
        _, same = await bob.ask("POST", "/assets", picture(colour="#c80909"), **FILE)
        (tmp_path / "inputs").mkdir(exist_ok=True)
        (tmp_path / "inputs" / "secret.png").write_bytes(picture(colour="#070707"))
        assert (await alice.run(images(mine["input"])))["status"] == "done"
        stranger = tmp_path / "users" / "alice" / "inputs" / mine["input"]
        assert stranger.is_file()
        for name in (f"../../alice/inputs/{mine['input']}", str(stranger)):
            assert (await bob.ask("POST", "/runs", {"workflow": images(name)}))[0] == 400, name
            status, planned = await bob.ask("POST", "/plan", {"workflow": images(name)})
            assert (status, planned["nodes"], len(planned["problems"])) == (200, {}, 1), name
        for name in (mine["input"], "secret.png"):
            shown = await bob.run(images(name))
            assert (shown["status"], shown["artifacts"]) == ("failed", []), name
            assert "secret.png" not in (shown["error"] or "").replace("'secret.png'", "")
        assert (await bob.run(images(same["input"])))["status"] == "done"
        assert (await owner.run(images("secret.png")))["status"] == "done"
        made = (await owner.get("/runs?limit=200"))["runs"]
        folders = {one["owner"]: one["artifacts"] for one in made if one["artifacts"]}
        assert set(folders) == {"alice", "bob", "owner"}
        assert list((tmp_path / "output" / "users" / "alice").iterdir())
        assert (await owner.ask("GET", f"/artifacts/{mine['digest']}"))[0] == 200


@in_loop
async def test_why_and_the_queue_tell_nothing_of_others(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        alice, bob, owner = users(client)
        assert (await alice.run(VALUE))["status"] == "done"
        told = (await bob.ask("POST", "/why", {"workflow": VALUE, "set": {"a.value": 4.0}}))[1]["reasons"]
        assert told["a"] == "will run: never ran"
        told = (await alice.ask("POST", "/why", {"workflow": VALUE, "set": {"a.value": 4.0}}))[1]["reasons"]
        assert told["a"] == "will run: value 3.0 → 4.0"
        assert (await owner.ask("POST", "/queue/pause", {}))[0] == 200
        _, waiting = await alice.ask("POST", "/runs", {"workflow": VALUE, "set": {"a.value": 9.0}, "key": "k"})
        _, other = await bob.ask("POST", "/runs", {"workflow": VALUE, "set": {"a.value": 8.0}, "key": "k"})
        assert other["id"] != waiting["id"]  # a key is a user's own
        assert (other["owner"], waiting["owner"]) == ("bob", "alice")
        for user, run in ((alice, waiting), (bob, other)):
            queue = await user.get("/queue")
            assert (queue["order"], queue["waiting"]) == ([run["id"]], 2)
        assert (await owner.get("/queue"))["order"] == [other["id"], waiting["id"]]  # alice had a turn before
        for move in ({"before": waiting["id"]}, {"after": waiting["id"]}):
            assert (await bob.ask("POST", f"/runs/{other['id']}/move", move))[0] == 404
            assert (await owner.ask("POST", f"/runs/{other['id']}/move", move))[0] == 409
        assert (await owner.ask("POST", f"/runs/{waiting['id']}/cancel", {}))[1]["status"] == "cancelled"


@in_loop
async def test_the_same_bytes_are_two_pictures_and_one_can_go(tmp_path: Path) -> None:
    paint = doc(
        mask=("mask.ellipse@1", {"width": 16, "height": 16, "left": 2, "top": 2, "right": 14, "bottom": 14}),
        picture=("mask.to_image@1", {"mask": link("mask")}),
        save=("image.save@1", {"image": link("picture")}),
    )
    async with served(tmp_path, lambda: Registry.installed(tmp_path / "nodes")) as client:
        alice, bob, owner = users(client)
        digests = {(await user.run(paint))["artifacts"][0]["digest"] for user in (alice, bob)}
        (digest,) = digests
        assert (await alice.ask("PUT", f"/gallery/{digest}/favourite", {"favourite": True}))[0] == 200
        assert [one["favourite"] for one in (await bob.get("/gallery"))["pictures"]] == [False]
        assert [one["favourite"] for one in (await alice.get("/gallery"))["pictures"]] == [True]
        assert {one["owner"] for one in (await owner.get("/gallery"))["pictures"]} == {"alice", "bob"}
        assert (await alice.ask("DELETE", f"/gallery/{digest}", {}))[0] == 200
        assert (await alice.get("/gallery"))["total"] == 0
        assert (await bob.ask("GET", f"/artifacts/{digest}"))[0] == 200
        assert (await bob.get("/gallery"))["total"] == 1


@in_loop
async def test_a_document_is_shared_by_name_to_view_or_to_edit(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        alice, bob, owner = users(client)
        for user in (alice, bob, owner):  # everybody has a `mine`
            assert (await user.ask("PUT", "/workflows/mine", VALUE, If_None_Match="*"))[0] == 201
        assert (await alice.ask("PUT", "/workflows/bob.new", VALUE, If_None_Match="*"))[0] == 404
        assert (await owner.ask("PUT", "/workflows/bob.new", VALUE, If_None_Match="*"))[0] == 404
        share = "/workflows/mine/shares"
        assert (await alice.ask("PUT", share, {"shares": {"nobody": "edit"}}))[0] == 400
        assert (await alice.ask("PUT", share, {"shares": {"bob": "own"}}))[0] == 400
        status, told = await alice.ask("PUT", share, {"shares": {"bob": "view"}})
        assert (status, told) == (200, {"name": "mine", "owner": "alice", "shares": {"bob": "view"}})
        names = [(one["name"], one["owner"], one["right"]) for one in (await bob.get("/workflows"))["workflows"]]
        assert sorted(names) == [("alice.mine", "alice", "view"), ("mine", "bob", "own")]
        assert len((await owner.get("/workflows"))["workflows"]) == 3
        assert (await bob.get("/workflows/alice.mine")) == VALUE
        assert (await bob.run("alice.mine"))["owner"] == "bob"
        set_value = {"op": "set_input", "node": "a", "input": "value", "value": 5.0}
        edit = {"client": "tab", "edits": [{"id": "1", "operations": [set_value]}]}
        for method, path, body, headers in (
            ("POST", "operations", edit, {}),
            ("POST", "restore", {"revision": 1}, {}),
            ("PUT", "shares", {"shares": {"bob": "edit"}}, {}),
            ("GET", "shares", None, {}),
        ):
            assert (await bob.ask(method, f"/workflows/alice.mine/{path}", body, **headers))[0] == 403, path
        assert (await bob.ask("PUT", "/workflows/alice.mine", VALUE, If_Match='"1"'))[0] == 403
        assert (await bob.ask("DELETE", "/workflows/alice.mine", {}))[0] == 403
        socket = await bob.live("alice.mine")
        hello = json.loads((await socket.receive()).data)
        assert (hello["type"], hello["client"]) == ("hello", "bob~tab")
        await socket.send_json({"type": "ops", "id": "1", "operations": [set_value]})
        assert await said(socket, "refused")
        assert (await alice.ask("PUT", share, {"shares": {"bob": "edit"}}))[0] == 200
        await gone(socket)  # what it is shared for is another by now: come back
        socket = await bob.live("alice.mine")
        await socket.send_json({"type": "ops", "id": "1", "operations": [set_value]})
        assert (await said(socket, "ack"))["revision"] == 2
        assert (await alice.ask("POST", "/workflows/mine/operations", edit))[1]["results"][0]["revision"] == 3
        history = (await alice.get("/workflows/mine/history"))["history"]
        assert [one["client"] for one in history] == ["tab", "bob~tab", "http"]
        assert (await alice.ask("PUT", share, {"shares": {}}))[0] == 200
        await gone(socket)
        assert (await bob.ask("GET", "/workflows/alice.mine"))[0] == 404
        assert (await bob.get("/workflows/mine")) == VALUE
        await asyncio.sleep(0.7)
        assert json.loads((tmp_path / "workflows" / "alice" / "mine.json").read_text())["nodes"]["a"]["inputs"] == {
            "value": 5.0
        }


async def said(socket: aiohttp.ClientWebSocketResponse, kind: str) -> Any:
    """The next message of a kind."""
    while True:
        found = json.loads((await asyncio.wait_for(socket.receive(), 20)).data)
        for one in found if isinstance(found, list) else [found]:
            if one["type"] == kind:
                return one


async def gone(socket: aiohttp.ClientWebSocketResponse) -> None:
    """Returns when the server has closed it."""
    while (await asyncio.wait_for(socket.receive(), 20)).type is aiohttp.WSMsgType.TEXT:
        pass
    assert socket.closed


@in_loop
async def test_events_are_those_of_own_runs_and_end_with_the_token(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        alice, bob, _ = users(client)
        mine = await alice.run(VALUE)
        address = f"{client.url}{API}/events?previews=true"
        socket = await client.session.ws_connect(address, headers={"Authorization": f"Bearer {bob.token}"})
        _, other = await alice.ask("POST", "/runs", {"workflow": VALUE, "set": {"a.value": 2.5}})
        _, his = await bob.ask("POST", "/runs", {"workflow": VALUE, "set": {"a.value": 1.5}})
        got: list[Any] = []
        while not got or got[-1]["event"] != "RunDone":
            got.append(json.loads((await asyncio.wait_for(socket.receive(), 20)).data))
        assert {one["run"] for one in got} == {his["id"]}
        assert {one["run"] for one in (await alice.get("/events"))["events"]} == {mine["id"], other["id"]}
        Tokens(client.home / "tokens.json").revoke("bob")
        assert (await bob.ask("GET", "/runs"))[0] == 401
        await gone(socket)


@in_loop
async def test_who_loses_the_last_token_loses_the_runs_that_have_not_ended(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        alice, bob, owner = users(client)
        tokens = Tokens(client.home / "tokens.json")
        runs: dict[str, str] = {}
        for name, who, seconds in (("running", alice, 30.0), ("his", bob, 0.05), ("waiting", alice, 30.0)):
            document = doc(
                a=("t.make", {"value": 3.0}),
                b=("serve.hold", {"a": link("a"), "seconds": seconds}),
                save=("serve.file", {"a": link("b"), "text": name}),
            )
            status, made = await who.ask("POST", "/runs", {"workflow": document})
            assert status == 201, made
            runs[name] = made["id"]
        while (await owner.get(f"/runs/{runs['running']}"))["status"] != "running":
            await asyncio.sleep(0.02)
        second = tokens.add("alice")
        (first, *_) = [token.id for token in tokens.all() if token.user == "alice"]
        tokens.revoke(first)
        assert (await alice.ask("GET", "/runs"))[0] == 401
        await asyncio.sleep(2.5 * LOOK)
        other = As(client, second)
        assert (await other.get(f"/runs/{runs['running']}"))["status"] == "running", "alice still has a token"
        assert (await other.get(f"/runs/{runs['waiting']}"))["status"] == "queued"
        events = await client.session.ws_connect(
            f"{client.url}{API}/events", headers={"Authorization": f"Bearer {second}"}
        )
        tokens.revoke("alice")
        await asyncio.wait_for(gone(events), 5)
        async with asyncio.timeout(10):
            assert (await owner.ended(runs["running"]))["status"] == "cancelled"
            assert (await owner.ended(runs["waiting"]))["status"] == "cancelled"
            assert (await bob.ended(runs["his"]))["status"] == "done"


@in_loop
async def test_a_damaged_file_of_tokens_stops_no_run(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        alice, _, owner = users(client)
        document = doc(a=("t.make", {}), b=("serve.hold", {"a": link("a"), "seconds": 4.0 * LOOK}))
        _, made = await alice.ask("POST", "/runs", {"workflow": document, "targets": ["b"]})
        (client.home / "tokens.json").write_text("{")
        assert (await owner.ended(made["id"]))["status"] == "done"


@in_loop
async def test_a_session_is_of_the_user_whose_token_it_was_made_with(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        alice, _, owner = users(client)
        mine = await alice.run(VALUE)
        other = await owner.run(VALUE)
        headers = {"Authorization": f"Bearer {alice.token}"}
        _, begun, answered = await client.ask("POST", f"{API}/session", {}, headers=headers)
        cookie = answered["Set-Cookie"].partition(";")[0]
        for session in (cookie, cookie[: cookie.rindex(".")], f"{cookie[:-8]}00000000"):
            said = {"Cookie": session, "X-Loom-Session": begun["key"]}
            status, found, _ = await client.ask("GET", f"{API}/runs", headers=said, token=False)
            assert status == (200 if session == cookie else 401), session
            if status == 200:
                assert [one["id"] for one in found["runs"]] == [mine["id"]]
                path = f"{API}/runs/{other['id']}"
                assert (await client.ask("GET", path, headers=said, token=False))[0] == 404
        Tokens(client.home / "tokens.json").revoke("alice")
        said = {"Cookie": cookie, "X-Loom-Session": begun["key"]}
        assert (await client.ask("GET", f"{API}/runs", headers=said, token=False))[0] == 401


def waiting(run: str, owner: str, client: str = "local", priority: int = 0) -> Live:
    """A run that waits."""
    return Live(run, owner, client, "w", priority, float(run[1:]), "", {}, None, None, 0.0)


def test_users_take_turns_whatever_they_say() -> None:
    line = Line()
    for i in range(6):
        line.add(waiting(f"a{i}", "alice", f"program-{i % 3}", priority=100))
    line.add(waiting("b7", "bob"))
    line.add(waiting("b8", "bob", priority=-100))
    line.add(waiting("o9", "owner"))
    order = [one.id for one in line.in_order(100)]
    assert order == ["a0", "b7", "o9", "a1", "b8", "a2", "a3", "a4", "a5"]
    assert [one.id for one in iter(line.pick, None)] == order
    assert len(line) == 0
