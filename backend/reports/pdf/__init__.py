"""The audit report as a PDF: our own layout on ReportLab's canvas.

Text is drawn as text and never parsed as markup, so nothing a resource is named can change the page. Pages are written
once, in order, with lists streamed from the workspace; what is only known at the end (the number of pages, the page
numbers of the contents) is drawn in form XObjects that the pages refer to from the start.
"""

from __future__ import annotations

from backend.reports.pdf.document import render

__all__ = ["render"]
