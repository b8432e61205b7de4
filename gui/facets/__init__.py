"""The facet panel at the left of a list."""

from __future__ import annotations
