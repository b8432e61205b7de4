"""Reads of findings: lists, groups, facets, bars and the details of one."""

from __future__ import annotations

from backend.reads.findings.detail import FindingDetail, detail
from backend.reads.findings.facets import Facet, FacetValue, facets, panel, values
from backend.reads.findings.groups import GroupRow, Groups, groups
from backend.reads.findings.histogram import Bar, Histogram, histogram
from backend.reads.findings.paging import SORTS, WORST_FIRST, Page, count_upto, ids, page, rows, where
from backend.reads.findings.row import FindingRow
from backend.reads.keyset import Key, Sort
from backend.workspace.filter import Filter

__all__ = [
    "SORTS",
    "WORST_FIRST",
    "Bar",
    "Facet",
    "FacetValue",
    "Filter",
    "FindingDetail",
    "FindingRow",
    "GroupRow",
    "Groups",
    "Histogram",
    "Key",
    "Page",
    "Sort",
    "count_upto",
    "detail",
    "facets",
    "groups",
    "histogram",
    "ids",
    "page",
    "panel",
    "rows",
    "values",
    "where",
]
