"""The bridge between `backend.client` and Qt: pushes as signals, calls and page reads off the GUI thread."""

from __future__ import annotations
