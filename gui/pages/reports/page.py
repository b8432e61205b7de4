"""Reports."""

from __future__ import annotations

from gui.console import Page


class ReportsPage(Page):
    """Reports."""

    id = "reports"
    title = "Reports"
    icon = "reports"
    shortcut = "G, R"
