"""Everything the pages take from the backend, in one place: page reads and the query language."""

from __future__ import annotations

from backend.client import filter as _filter
from backend.client import reads as _reads

accounts = _reads.accounts
findings = _reads.findings
frameworks = _reads.frameworks
overview = _reads.overview
scans = _reads.scans
reports = _reads.reports
rules = _reads.rules
score = _reads.score

FINDINGS = _filter.FINDINGS
FilterError = _filter.FilterError
Completion = _filter.Completion
Suggestion = _filter.Suggestion
complete = _filter.complete
problem = _filter.problem
query_edit = _filter.edit
spans = _filter.spans
