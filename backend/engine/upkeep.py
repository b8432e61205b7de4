"""What the engine does by itself: mark interrupted scans, resume them, end mutes that expire, lock an idle vault."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.engine.server import Engine

log = logging.getLogger(__name__)

LONGEST_SLEEP = 600.0  # seconds: a machine that slept has a wall clock ahead of our timers


class Upkeep:
    """Timers over the workspace."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self) -> None:
        """At the engine's start."""

    def interrupted(self) -> list[int]:
        """Ids of scans that can be resumed."""
        return []
