"""The Accounts page."""

from __future__ import annotations
