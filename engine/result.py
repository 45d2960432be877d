"""What a run gave: per node what happened, the files, and the values as Python objects."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.deliver import Delivered
from engine.errors import LoomError, nearest
from engine.graph import SINK, Graph
from engine.plan import NodeReport

if TYPE_CHECKING:
    from PIL import Image

STATUS = {"run": "ran", "cached": "cached", "skipped": "skipped", "unknown": "skipped"}


@dataclass
class Result:
    """A run that came to its end. `result["image"]` is a target's first output, `result["image.mask"]` a named one."""

    run: str
    seconds: float
    nodes: dict[str, NodeReport]
    files: list[Delivered]
    values: dict[str, tuple[Any, ...]] = field(repr=False)
    graph: Graph = field(repr=False)
    record: dict[str, Any] = field(repr=False)
    artifacts: list[bytes] = field(repr=False)
    status: str = "done"

    def __getitem__(self, name: str) -> Any:
        node, _, output = name.partition(".")
        key = next((k for k in self.values if k == node or k.endswith(f".{SINK}{node}")), None)
        if key is None:
            raise LoomError(f"{node!r} was no target of this run (did you mean {nearest(node, self.values)!r}?)")
        found = self.values[key]
        if not output:
            return found[0]
        outputs = (
            [o.name for o in self.graph.nodes[node].spec.outputs]
            if node in self.graph.nodes
            else list(self.graph.frames[node].outputs)
        )
        if output not in outputs:
            raise LoomError(f"{node!r} has no output {output!r} ({', '.join(outputs)})")
        return found[outputs.index(output)]

    @property
    def pictures(self) -> list[Image.Image]:
        """The picture files of the run, as PIL images."""
        from PIL import Image, UnidentifiedImageError

        found: list[Image.Image] = []
        for data in self.artifacts:
            try:
                found.append(Image.open(io.BytesIO(data)))
            except UnidentifiedImageError:
                continue
        return found

    def steps_run(self, frame: str) -> int:
        """How many steps of a frame were computed."""
        return self.nodes[frame].steps_run

    def json(self) -> dict[str, Any]:
        """The run as `loom run --json` prints it."""
        return {
            "run": self.run,
            "status": self.status,
            "seconds": round(self.seconds, 4),
            "nodes": {
                name: {"status": STATUS[r.status], "steps_run": r.steps_run, "steps_cached": r.steps_cached}
                for name, r in self.nodes.items()
            },
            "artifacts": [{"node": f.node, "path": str(f.path), "digest": f.digest} for f in self.files],
        }

    def _repr_png_(self) -> bytes | None:
        """A notebook shows the first picture."""
        return next((data for data in self.artifacts if data.startswith(b"\x89PNG")), None)
