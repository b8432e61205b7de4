"""The Overview page."""

from __future__ import annotations
