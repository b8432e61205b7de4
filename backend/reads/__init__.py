"""Page queries of the console and the command line: plain functions over a read-only connection.

Each returns frozen dataclasses, ends its read transaction before it returns, and is written to be answered from
an index where a list may be long. The parts are loaded when first named: `reads.findings.page(…)`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backend.reads import (
        accounts,
        findings,
        frameworks,
        inventory,
        keyset,
        overview,
        reports,
        rules,
        scans,
        score,
        visible,
    )

__all__ = [
    "accounts",
    "findings",
    "frameworks",
    "inventory",
    "keyset",
    "overview",
    "reports",
    "rules",
    "scans",
    "score",
    "visible",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return import_module(f"backend.reads.{name}")
    raise AttributeError(name)
