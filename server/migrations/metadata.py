"""All tables of the server, wherever they are defined."""

from __future__ import annotations

import server.assets.tables
import server.live.tables
import server.queue.tables  # noqa: F401  each adds its tables
from server.database import METADATA as METADATA
