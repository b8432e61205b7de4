"""Long work of the engine, shown: progress, what remains, cancel, retry."""

from __future__ import annotations
