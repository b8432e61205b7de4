"""The Findings page."""

from __future__ import annotations
