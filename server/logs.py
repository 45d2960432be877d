"""Logs: lines for people, or one JSON object a line (`loom serve --log json`).

For people only warnings are written, as plain sentences, to the error stream. As JSON everything is, with what a record
was given beside its sentence: {"time": …, "level": "info", "message": "run 0f3a: done", "run": "0f3a", "status": …}.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        found: dict[str, Any] = {
            "time": round(record.created, 3),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        found |= {name: value for name, value in vars(record).items() if name not in OWN}
        if record.exc_info:
            found["traceback"] = self.formatException(record.exc_info)
        return json.dumps(found, default=str)


def set_up(style: str) -> None:
    """Write the logs of the product to the error stream."""
    logger = logging.getLogger("loom")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if style == "json" else logging.Formatter("%(message)s"))
    logger.handlers = [handler]
    logger.setLevel(logging.INFO if style == "json" else logging.WARNING)
    logger.propagate = False
