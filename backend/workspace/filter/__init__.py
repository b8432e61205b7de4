"""The query language of every list: text -> tree -> parameterised SQL, with completion and colours.

    severity:>=high account:prod -status:muted region:(eu-west-1 OR us-east-1) rule:aws-s3-* changed:7d "free text"

`grammar` says how it reads, `fields` which fields findings have and what is left out unless asked for, `moment` how
times are written (`changed:7d` within the last seven days, `changed:>7d` longer ago, `first_seen:<2026-01-01`),
`complete` and `tokens` serve a query bar, `edit` changes a query by a click.
"""

from __future__ import annotations

from backend.workspace.filter import edit
from backend.workspace.filter.complete import Completion, Suggestion, complete
from backend.workspace.filter.errors import FilterError
from backend.workspace.filter.fields import FINDINGS, Field, FieldKind, FieldSet
from backend.workspace.filter.grammar import parse
from backend.workspace.filter.sql import Filter, to_filter, to_sql
from backend.workspace.filter.tokens import Span, problem, spans
from backend.workspace.filter.tree import And, Not, Or, Query, Term, Text

__all__ = [
    "FINDINGS",
    "And",
    "Completion",
    "Field",
    "FieldKind",
    "FieldSet",
    "Filter",
    "FilterError",
    "Not",
    "Or",
    "Query",
    "Span",
    "Suggestion",
    "Term",
    "Text",
    "complete",
    "edit",
    "parse",
    "problem",
    "spans",
    "to_filter",
    "to_sql",
]
