"""Reads of scans: the list, what changed between two, and what could not be evaluated."""

from __future__ import annotations

from backend.reads.scans.diff import Change, ScanDiff, diff, since_last
from backend.reads.scans.gaps import BadCall, NotEvaluated, bad_calls, not_evaluated, permissions_lacking
from backend.reads.scans.listing import ScanRow, latest, rows, scan

__all__ = [
    "BadCall",
    "Change",
    "NotEvaluated",
    "ScanDiff",
    "ScanRow",
    "bad_calls",
    "diff",
    "latest",
    "not_evaluated",
    "permissions_lacking",
    "rows",
    "scan",
    "since_last",
]
