"""A workflow document as a Python program in the builder's own words, which gives the same document when it runs.

    from engine.builder import Builder

    w = Builder("mine")

    model = w.add("model.load@1", model="shapes")
    with w.loop(over=schedule, state=noise) as sample:
        ...
        sample.next(state=solve)

    print(w.build(vars()).dumps(), end="")

A node's variable is its name; a name that Python cannot have as a variable is said by `named`. Nodes stand in the order
of the document as far as Python allows: what a node reads stands above it, what is in a loop stands in its block. What
has no word of its own (unknown keys, a loop half made, a link that leads nowhere) stands there raw, so that nothing is
lost. Not written are `ui`, and empty `inputs`, `carry`, `collect`: `engine.python_onto` puts the first back.
"""

from __future__ import annotations

import json
import keyword
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.builder import SPECIAL
from engine.errors import InvalidWorkflow, Problem
from engine.workflow import FORMAT, LOOP, NAME, as_link

WIDTH = 88
OWN = frozenset({"w", "vars", "print"})  # names that the program needs for itself
METHODS = frozenset({"next", "collect", "until"})
UNSAID = ("inputs", "carry", "collect")  # empty ones say nothing
MOST_NESTED = 16  # subgraphs in subgraphs, blocks in blocks; Python itself ends at 20

Json = Mapping[str, Any]


def program(document: Json) -> str:
    """The program that makes a document. Raises `InvalidWorkflow` for what has not the shape of one."""
    check_shape(document)
    body = "\n".join(_Writer(document, frozenset(), 0).lines())
    return f'from engine.builder import Builder\n\n{body}\n\nprint(w.build(vars()).dumps(), end="")\n'


def said(document: Json) -> dict[str, Any]:
    """What of a document its program says: all but `ui` and what is empty."""
    made = {key: value for key, value in document.items() if key not in ("ui", "nodes") and value != {}}
    made["format"] = FORMAT
    if made.get("name", "") is None:
        del made["name"]
    made["nodes"] = {
        name: {key: value for key, value in body.items() if _speaks(key, value)}
        for name, body in document["nodes"].items()
    }
    if isinstance(made.get("interface"), dict):
        made["interface"] = {key: value for key, value in made["interface"].items() if value != {}}
        if not made["interface"]:
            del made["interface"]
    if made.get("subgraphs", ...) is None:
        del made["subgraphs"]
    if isinstance(made.get("subgraphs"), dict):
        made["subgraphs"] = {name: said(one) for name, one in made["subgraphs"].items()}
    return made


def check_shape(document: Any, depth: int = 0) -> None:
    """Raise `InvalidWorkflow` for what is no document of nodes that can be written."""
    if not isinstance(document, Mapping) or not isinstance(document.get("nodes"), Mapping):
        raise InvalidWorkflow([Problem("a workflow has nodes", None, "nodes", "an object")])
    number = document.get("format", FORMAT)
    if number != FORMAT or type(number) is not int:
        raise InvalidWorkflow([Problem("a format that this version does not know", None, "format", str(FORMAT))])
    problems = []
    for name, body in document["nodes"].items():
        if not isinstance(name, str) or not NAME.match(name):
            problems.append(Problem("not a name for a node", str(name)[:80]))
        elif not isinstance(body, Mapping) or not isinstance(body.get("type"), str):
            problems.append(Problem("a node is an object with a type", name))
        elif any(not isinstance(body.get(key) or {}, Mapping) for key in UNSAID):
            problems.append(Problem("inputs, carry and collect are objects", name))
    subgraphs = document.get("subgraphs") or {}
    if not isinstance(subgraphs, Mapping) or (subgraphs and depth >= MOST_NESTED):
        problems.append(Problem("subgraphs are an object of workflows, and are not nested too deeply"))
    if problems:
        raise InvalidWorkflow(problems)
    for inner in subgraphs.values():
        check_shape(inner, depth + 1)


class _Writer:
    """One document: the program's own, or that of a subgraph in its function."""

    def __init__(self, document: Json, outside: frozenset[str], depth: int) -> None:
        self.nodes: Json = document["nodes"]
        self.document, self.outside, self.depth = document, outside, depth
        self.subgraphs = {name: "subgraph_" + _plain_name(name) for name in document.get("subgraphs") or {}}
        self.functions = _distinct(self.subgraphs)
        self.names = self._variables()
        self.defined: set[str] = set()
        self.members: dict[str | None, list[str]] = {}
        for name in self.nodes:
            self.members.setdefault(self._frame(name), []).append(name)

    def lines(self) -> Iterator[str]:
        """The program without its first and last line."""
        for name, inner in (self.document.get("subgraphs") or {}).items():
            yield f"def {self.functions[name]}():"
            yield from _indented(_Writer(inner, self.outside, self.depth + 1).lines())
            yield "    return w.build(vars())"
            yield ""
            yield ""
        interface, known = self._interface()
        yield from self._builder(known)
        for name, function in self.functions.items():
            yield f"w.subgraph({text(name)}, {function}())"
        yield ""
        yield from self._block(None)
        if interface:
            yield ""
            yield from interface

    def _builder(self, known: bool) -> Iterator[str]:
        skipped = {"nodes", "ui", "format", "subgraphs", "name", *(["interface"] if known else [])}
        keys = {key: value for key, value in self.document.items() if key not in skipped and value != {}}
        name = self.document.get("name")
        named = [constant(name)]
        yield from _call("w = Builder(", [*named, *_keywords((key, constant(value)) for key, value in keys.items())])

    # names

    def _variables(self) -> dict[str, str]:
        """What each node's variable is called: as the node, where Python allows it."""
        taken = set(OWN) | set(self.functions.values())
        names = {name: name for name in self.nodes if _is_variable(name) and name not in taken}
        taken |= set(names)
        for name in self.nodes:
            if name not in names:
                made = _free(_plain_name(name) + "_", taken)
                names[name] = made
                taken.add(made)
        return names

    def _frame(self, name: str) -> str | None:
        """The loop in whose block a node stands: None where that cannot be."""
        seen, at = {name}, self.nodes[name].get("in")
        frame = at if isinstance(at, str) and self._is_loop(at) else None
        while isinstance(at, str) and self._is_loop(at) and len(seen) <= MOST_NESTED:
            if at in seen:
                return None
            seen.add(at)
            at = self.nodes[at].get("in")
        return frame if len(seen) <= MOST_NESTED else None

    def _is_loop(self, name: str) -> bool:
        return name in self.nodes and self.nodes[name]["type"].partition("@")[0] == LOOP

    # nodes

    def _block(self, frame: str | None) -> Iterator[str]:
        """What stands in a loop, or outside of all."""
        for name in self._ordered(frame):
            if self._is_loop(name):
                yield from self._loop(name)
            else:
                yield from self._node(name)
            self.defined.add(name)

    def _ordered(self, frame: str | None) -> list[str]:
        """The nodes of a block: what one of them reads, itself or by what is in it, comes before it."""
        here = self.members.get(frame, [])
        home = {inner: name for name in here for inner in self._within(name)}
        needs = {
            name: [
                home[source]
                for inner in self._within(name)
                for source in _sources(self.nodes[inner])
                if home.get(source, name) != name
            ]
            for name in here
        }
        order: dict[str, None] = {}
        for name in here:
            stack, under_way = [(name, iter(needs[name]))], {name}
            while stack:
                top, rest = stack[-1]
                following = next((one for one in rest if one not in order and one not in under_way), None)
                if following is None:
                    order[top] = None
                    stack.pop()
                else:
                    under_way.add(following)
                    stack.append((following, iter(needs[following])))
        return list(order)

    def _within(self, name: str) -> list[str]:
        found = [name]
        for one in found:
            found += self.members.get(one, []) if self._is_loop(one) else []
        return found

    def _node(self, name: str) -> Iterator[str]:
        body = self.nodes[name]
        inputs = _keywords((key, self._value(value)) for key, value in (body.get("inputs") or {}).items())
        keys = {key: value for key, value in body.items() if key not in ("type", "inputs") and _speaks(key, value)}
        head = self._head(name, keys)
        yield from _call(f"{self.names[name]} = {head}.add(", [text(body["type"]), *inputs])

    def _loop(self, name: str) -> Iterator[str]:
        body, mine = self.nodes[name], self.names[name]
        inputs, carry, collect = (body.get(key) or {} for key in UNSAID)
        keys = {key: value for key, value in body.items() if key not in ("type", *UNSAID)}
        if body["type"] != f"{LOOP}@1":
            keys["type"] = body["type"]
        parts = []
        if set(inputs) == {"over"} and inputs["over"] is not None:
            parts.append(("over", self._value(inputs["over"])))
        elif inputs:
            keys["inputs"] = inputs
        carried = all(isinstance(ends, dict) and set(ends) == {"first", "next"} for ends in carry.values())
        if not carried or "over" in carry:
            keys["carry"], carry = carry, {}
        parts += [(key, self._value(ends["first"])) for key, ends in carry.items()]
        if keys.get("until") is not None:
            del keys["until"]
        head = self._head(name, keys)
        yield from _call(f"with {head}.loop(", _keywords(parts), f") as {mine}:")
        self.defined.add(name)
        inside = list(self._block(name))
        ends = [(key, self._value(ends["next"])) for key, ends in carry.items()]
        if ends:
            inside += _call(f"{mine}.next(", _keywords(ends))
        if collect:
            inside += _call(f"{mine}.collect(", _keywords((k, self._value(v)) for k, v in collect.items()))
        if body.get("until") is not None:
            inside += [f"{mine}.until({self._value(body['until'])})"]
        yield from _indented(inside or ["pass"])

    def _head(self, name: str, keys: Json) -> str:
        """`w`, and what the next node has beside its type: a name that is no variable, keys of the document."""
        head = "w" if self.names[name] == name else f"w.named({text(name)})"
        if self._frame(name) is not None:
            keys = {key: value for key, value in keys.items() if key != "in"}
        if not keys:
            return head
        return f"{head}.having({', '.join(_keywords((key, constant(value)) for key, value in keys.items()))})"

    # values

    def _value(self, value: Any) -> str:
        """A value of an input, as `engine.builder.literal` will read it."""
        link = as_link(value)
        if link is not None:
            return self._wire(value["from"])
        if isinstance(value, list):
            return f"[{', '.join(self._value(one) for one in value)}]"
        if not isinstance(value, dict) or not any(key in value for key in SPECIAL):
            return constant(value)
        inner = value.get("value")
        if set(value) == {"value"} and isinstance(inner, dict) and any(key in inner for key in SPECIAL):
            return constant(inner)
        if "curve" in value and set(value) <= {"curve", "ease"}:
            ease = _keywords([("ease", constant(value["ease"]))] if "ease" in value else [])
            return f"w.curve({', '.join([constant(value['curve']), *ease])})"
        return f"w.raw({constant(value)})"

    def _wire(self, link: str) -> str:
        """A link as an expression; by its name where its node stands further below, or nowhere."""
        node, dot, output = link.partition(".")
        if node not in self.defined:
            return f"w.link({text(link)})"
        return self._part(node, output) if dot else self.names[node]

    def _part(self, node: str, part: str) -> str:
        method = part in METHODS and self._is_loop(node)
        plain = part.isidentifier() and part.isascii() and not keyword.iskeyword(part) and not part.startswith("_")
        return f"{self.names[node]}.{part}" if plain and not method else f"{self.names[node]}[{text(part)}]"

    def _interface(self) -> tuple[list[str], bool]:
        """The interface in the builder's words; False if it has none for it, and it has to stand there raw."""
        interface = self.document.get("interface")
        if not isinstance(interface, dict) or not set(interface) <= {"inputs", "outputs"}:
            return [], "interface" not in self.document
        inputs, outputs = (interface.get(side, {}) for side in ("inputs", "outputs"))
        if not isinstance(inputs, dict) or not isinstance(outputs, dict):
            return [], False
        if not all(isinstance(entry, dict) and "to" in entry for entry in inputs.values()):
            return [], False
        self.defined = set(self.nodes)
        lines: list[str] = []
        for name, entry in inputs.items():
            rest = [(key, constant(value)) for key, value in entry.items() if key not in ("to", "name")]
            if "name" in entry:
                return [], False
            lines += _call("w.input(", [text(name), *_keywords([("to", self._target(entry["to"])), *rest])])
        for name, entry in outputs.items():
            more: list[tuple[str, str]] = []
            if isinstance(entry, dict) and isinstance(entry.get("from"), str):
                more = [(key, constant(value)) for key, value in entry.items() if key != "from"]
                source = self._wire(entry["from"])
            else:
                source = self._value(entry)
            lines += _call("w.output(", [text(name), source, *_keywords(more)])
        self.defined = set()
        return lines, True

    def _target(self, to: Any) -> str:
        if isinstance(to, list):
            return f"[{', '.join(self._target(one) for one in to)}]"
        if isinstance(to, str):
            node, dot, name = to.partition(".")
            if dot and node in self.nodes:
                return self._part(node, name)
        return constant(to)


def text(value: str) -> str:
    """A string as Python writes it, in double quotes."""
    made = json.dumps(value, ensure_ascii=False)
    if made.isprintable():
        return made
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in made)


def constant(value: Any) -> str:
    """JSON as Python writes it."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(constant, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{text(key)}: {constant(one)}' for key, one in value.items())}}}"
    return repr(value)


def _keywords(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Arguments by name; names that Python cannot have there go by `**`."""
    made, odd = [], []
    for name, value in pairs:
        if name.isidentifier() and name.isascii() and not keyword.iskeyword(name):
            made.append(f"{name}={value}")
        else:
            odd.append(f"{text(name)}: {value}")
    return [*made, *([f"**{{{', '.join(odd)}}}"] if odd else [])]


def _call(head: str, parts: list[str], end: str = ")") -> Iterator[str]:
    """A call: on one line if it fits, else with a line per argument."""
    line = head + ", ".join(parts) + end
    if len(line) <= WIDTH or len(parts) < 2:
        yield line
        return
    yield head
    yield from (f"    {part}," for part in parts)
    yield end


def _speaks(key: str, value: Any) -> bool:
    return key not in UNSAID or value not in ({}, None)


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"    {line}" if line else "" for line in lines)


def _is_variable(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("__")


def _plain_name(name: str) -> str:
    """What of a name a variable can have."""
    made = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in name.lower())[:60].lstrip("_")
    return made if made[:1].isalpha() else f"n_{made}"


def _free(name: str, taken: set[str]) -> str:
    made, number = name, 2
    while made in taken:
        made, number = f"{name}{number}", number + 1
    return made


def _distinct(names: Mapping[str, str]) -> dict[str, str]:
    """The same with no value twice."""
    taken: set[str] = set()
    made = {}
    for key, value in names.items():
        made[key] = _free(value, taken)
        taken.add(made[key])
    return made


def _sources(body: Json) -> Iterator[str]:
    """The nodes that a node reads from; by `next` and `collect` only a loop reads."""
    carry = [end for ends in (body.get("carry") or {}).values() if isinstance(ends, dict) for end in ends.values()]
    values = [*(body.get("inputs") or {}).values(), *carry, *(body.get("collect") or {}).values(), body.get("until")]
    for value in values:
        for one in value if isinstance(value, list) else [value]:
            link = as_link(one)
            if link is not None:
                yield link.node
