"""Small real node types for tests of the engine: numbers instead of pictures, and a log of what ran."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import Field

from engine.cache import Cache
from engine.context import INJECTED, Context
from engine.errors import NodeError
from engine.events import EventLog, Numbered
from engine.node import Lazy, Many, Node, conversion, look, node
from engine.plan import NodeReport
from engine.recall import Recollection
from engine.registry import Registry
from engine.run import Outcome, Runner, Settings
from engine.validate import build
from engine.values import Alias, Artifact, Content

T = TypeVar("T")


@dataclass(frozen=True)
class Thing:
    """Stands for a tensor: known only in a run, keyed by how it was made."""

    value: float


class Two(NamedTuple):
    """Two outputs."""

    first: Thing
    second: Thing


RAN: list[str] = []


@node("t.make")
def make(*, value: Annotated[float, Field(ge=-100, le=100)] = 1.0) -> Thing:
    """A thing from a number."""
    RAN.append(f"make {value:g}")
    return Thing(value)


@node("t.add")
def add(a: Thing, b: Thing, *, plus: float = 0.0) -> Thing:
    """The sum of two things."""
    RAN.append(f"add {a.value:g}+{b.value:g}+{plus:g}")
    return Thing(a.value + b.value + plus)


@node("t.inc")
def inc(a: Thing, *, by: float = 1.0) -> Thing:
    """A thing and a number."""
    RAN.append(f"inc {a.value:g}+{by:g}")
    return Thing(a.value + by)


@node("t.walk")
def walk(a: Thing, *, by: float = 1.0) -> Thing:
    """A thing and a number; it shows where ten steps would lead."""
    RAN.append(f"walk {a.value:g}+{by:g}")
    return Thing(a.value + by)


@walk.view("aim", "aim ×10")
def _aim(a: Thing, by: float) -> Thing:
    if by < 0:
        raise NodeError("there is nothing to see of the way back")
    return Thing(a.value + 10 * by)


@look("thing")
def see_thing(thing: Thing) -> Artifact:
    """The value as a picture: a PNG's signature and a number."""
    return Artifact(b"\x89PNG\r\n\x1a\n" + f"{thing.value:g}".encode(), ".png")


@node("t.total")
def total(many: Many[Thing]) -> Thing:
    """The sum of any number of things."""
    RAN.append(f"total {len(many)}")
    return Thing(sum(m.value for m in many))


@node("t.sum_list")
def sum_list(items: list[Thing]) -> Thing:
    """The sum of a list."""
    return Thing(sum(m.value for m in items))


@node("t.split")
def split(a: Thing) -> Two:
    """Two halves."""
    RAN.append("split")
    return Two(Thing(a.value / 2), Thing(a.value / 2))


@node("t.score")
def score(a: Thing) -> float:
    """A number that only a run can give."""
    RAN.append(f"score {a.value:g}")
    return a.value


@node("t.above", plan=True)
def above(value: float, *, limit: float = 0.0) -> bool:
    """True above a limit."""
    return value > limit


@node("t.plus", plan=True)
def plus(a: float, b: float) -> float:
    """A plan-time sum."""
    return a + b


@node("t.upto", plan=True)
def upto(*, n: int = 3) -> list[int]:
    """0 … n − 1."""
    return list(range(n))


@node("t.since", plan=True)
def since(index: int, *, at: int = 0) -> bool:
    """True from a step on."""
    return index >= at


@node("t.until", plan=True)
def until(index: int, *, last: int = 0) -> bool:
    """True at the last step."""
    return index == last


@dataclass(frozen=True)
class Note(Content):
    """A small value that is keyed by what it holds."""

    text: str


@node("t.note")
def note(*, text: str = "") -> Note:
    """A text without regard of case: two literals may give one note."""
    RAN.append(f"note {text}")
    return Note(text.lower())


@node("t.read")
def read(note: Note, *, times: int = 1) -> Thing:
    """The length of a note."""
    RAN.append(f"read {note.text}")
    return Thing(len(note.text) * times)


@node("t.file", sink=True)
def file(a: Thing, *, name: str = "{name}-{n}") -> tuple[Artifact, ...]:
    """A file that holds the value."""
    RAN.append(f"file {a.value:g}")
    return (Artifact(f"{a.value:g}".encode(), ".txt", name),)


@node("t.clock", pure=False)
def clock() -> Thing:
    """Something else each time."""
    RAN.append("clock")
    return Thing(0)


@node("t.things")
def things() -> list[Thing]:
    """A list that only a run can give."""
    return [Thing(1), Thing(2)]


WEATHER = {"today": "rain"}


@node("t.weather", pure=False)
def weather(*, day: str = "today") -> Thing:
    """What the world outside says."""
    RAN.append("weather")
    return Thing(len(WEATHER[day]))


@weather.fingerprint
def _weather(day: str) -> str:
    return WEATHER[day]


@node("t.switch")
def switch(on: bool, yes: Lazy[T], no: Lazy[T]) -> T:
    """One of two."""
    return yes if on else no


@switch.reduce
def _(on: bool) -> Alias:
    return Alias("yes" if on else "no")


@node("t.mix")
def mix(low: Lazy[Thing], high: Thing, *, scale: float = 2.0) -> Thing:
    """low + scale · (high − low); a scale of 1 is `high`."""
    RAN.append(f"mix {scale:g}")
    return Thing(low.value + scale * (high.value - low.value))


@mix.reduce
def _(scale: float) -> Alias | None:
    return Alias("high") if scale == 1 else None


@node("t.eval", stack=("text",))
def evaluate(state: Thing, text: Thing, *, index: int = 0) -> Thing:
    """Stands for a model call."""
    RAN.append("eval 1")
    return Thing(state.value * 0.5 + text.value)


@evaluate.batched
def _(calls: Any) -> list[Thing]:
    RAN.append(f"eval {len(calls)}")
    return [Thing(c["state"].value * 0.5 + c["text"].value) for c in calls]


@node("t.fail")
def fail(a: Thing) -> Thing:
    """Raises."""
    raise RuntimeError("broken on purpose")


@node("t.device")
def device(a: Thing, *, ctx: Context = INJECTED) -> str:
    """Asks the context."""
    ctx.progress(1, 2)
    return ctx.device


@conversion
def thing_from_number(value: float) -> Thing:
    """A number where a thing is asked for."""
    return Thing(value)


NODES: list[Node[Any, Any]] = [
    make,
    add,
    inc,
    walk,
    total,
    sum_list,
    split,
    score,
    above,
    plus,
    upto,
    switch,
    mix,
    evaluate,
    fail,
    device,
    since,
    until,
    note,
    things,
    read,
    file,
    clock,
    weather,
]


def registry() -> Registry:
    """A registry of the nodes above."""
    made = Registry()
    for one in NODES:
        made.add(one)
    made.add_conversion(thing_from_number)
    made.add_look(see_thing)
    return made


class Bench:
    """Runs documents against one cache and says what ran."""

    def __init__(self, cache: Cache | None = None) -> None:
        self.registry = registry()
        self.cache = cache or Cache(
            home=None, classes=self.registry.classes, ram_bytes=1 << 30, disk_bytes=0, on_warning=print
        )
        self.recall = Recollection(self.cache, self.registry.classes)
        self.pool = ThreadPoolExecutor(2)
        self.cancelled = threading.Event()
        self.events: list[Numbered] = []

    def runner(self, document: dict[str, Any], reuse: bool = True) -> Runner:
        """A runner of a document."""
        graph = build(document, self.registry)
        log = EventLog("test", self.events.append)
        context = Context(cancelled=self.cancelled.is_set)
        settings = Settings(self.cache, self.recall, context, b"n" * 32, b"o" * 32, self.pool, 1, reuse)
        return Runner(graph, settings, log, self.cancelled)

    def run(self, document: dict[str, Any], *targets: str, reuse: bool = True) -> Outcome:
        """Run a document; `RAN` then holds what ran in it."""
        RAN.clear()
        runner = self.runner(document, reuse)
        return runner.run(list(targets) or runner.graph.targets())

    def value(self, document: dict[str, Any], target: str) -> Any:
        """The first output of a target."""
        return self.run(document, target).values[target][0]

    def reports(self, document: dict[str, Any], *targets: str) -> dict[str, NodeReport]:
        """What a plan says."""
        runner = self.runner(document)
        plan = runner.plan(list(targets) or runner.graph.targets())
        return runner.reports(plan, plan.running())

    def status(self, document: dict[str, Any], *targets: str) -> dict[str, str]:
        """What a plan says, in a word for each node."""
        return {name: r.status for name, r in self.reports(document, *targets).items()}


def doc(**nodes: Any) -> dict[str, Any]:
    """A document of nodes: name=("type", {inputs}) or a dict."""
    made = {}
    for name, body in nodes.items():
        made[name] = body if isinstance(body, dict) else {"type": body[0], "inputs": body[1]}
    return {"format": 1, "nodes": made}


def loop(over: Any, /, collect: Any = None, until: Any = None, **carry: tuple[Any, Any]) -> dict[str, Any]:
    """A frame: name=(first, next) for what is carried."""
    body: dict[str, Any] = {"type": "flow.loop", "inputs": {"over": over}}
    body["carry"] = {name: {"first": first, "next": after} for name, (first, after) in carry.items()}
    return body | ({"collect": collect} if collect else {}) | ({"until": until} if until else {})


def inside(frame: str, type: str, inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A node in a frame."""
    return {"type": type, "in": frame, "inputs": inputs, **more}


def link(text: str) -> dict[str, str]:
    """A link."""
    return {"from": text}
