"""The loss curve of a run: kept as JSON, drawn as PNG."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

from PIL import Image


class Curve:
    """Means of every figure over windows of `window` steps."""

    def __init__(self, window: int = 20) -> None:
        self.window = window
        self.points: list[dict[str, float]] = []
        self._open: list[dict[str, float]] = []

    def add(self, step: int, figures: dict[str, float]) -> None:
        """Take one step's figures; a full window becomes one point of the curve."""
        self._open.append(figures)
        if len(self._open) == self.window:
            means = {name: sum(f[name] for f in self._open) / self.window for name in figures}
            self.points.append({"step": step, **means})
            self._open = []

    def save(self, stem: Path, title: str) -> None:
        """Write `<stem>.json` and `<stem>.png`."""
        stem.with_suffix(".json").write_text(json.dumps(self.points, indent=0))
        if self.points:
            self._plot(stem.with_suffix(".png"), title)

    def restore(self, stem: Path, until: int) -> None:
        """Read the points back, up to the step that the checkpoint was taken at."""
        path = stem.with_suffix(".json")
        saved = json.loads(path.read_text()) if path.exists() else []
        self.points = [point for point in saved if point["step"] <= until]

    def _plot(self, path: Path, title: str) -> None:
        """One line for each figure, logarithmic upwards."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7, 4), layout="constrained")
        axes = figure.subplots()
        for name in self.points[0]:
            if name != "step":
                axes.plot([p["step"] for p in self.points], [p[name] for p in self.points], label=name, linewidth=1)
        axes.set(title=title, xlabel="step", yscale="log")
        axes.grid(alpha=0.3)
        axes.legend()
        buffer = BytesIO()
        figure.savefig(buffer, dpi=90)
        with Image.open(buffer) as drawn:  # few colours: a quarter of the bytes
            drawn.convert("RGB").quantize(32, dither=Image.Dither.NONE).save(path, optimize=True)
