"""The one query bar, its completion, its chips."""

from __future__ import annotations
