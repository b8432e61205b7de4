"""Everything the console takes from the backend, in one place: the client, the page reads, the query language."""

from __future__ import annotations

from backend.reads import findings
from backend.workspace.filter import FINDINGS, FilterError
from backend.workspace.filter import edit as query_edit
from backend.workspace.filter.complete import Completion, Suggestion, complete
from backend.workspace.filter.tokens import problem, spans

__all__ = [
    "FINDINGS",
    "Completion",
    "FilterError",
    "Suggestion",
    "complete",
    "findings",
    "problem",
    "query_edit",
    "spans",
]
