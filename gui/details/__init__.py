"""The details pane at the right of a list, and the sections it is filled with."""

from __future__ import annotations
