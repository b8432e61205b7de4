"""The Reports page."""

from __future__ import annotations
