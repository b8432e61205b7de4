"""The pages of the rail, in its order. Adding one is adding its folder and an entry here.

A page is loaded and built when it is first shown: the window is there before any of them, and opening one is quick.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gui.console import Page


@dataclass(frozen=True, slots=True)
class PageEntry:
    """What the rail and the registry need of a page that may not be built yet; `load` imports its class."""

    id: str
    title: str
    icon: str
    shortcut: str
    load: Callable[[], type[Page]]


def _overview() -> type[Page]:
    from gui.pages.overview.page import OverviewPage

    return OverviewPage


def _findings() -> type[Page]:
    from gui.pages.findings.page import FindingsPage

    return FindingsPage


def _reports() -> type[Page]:
    from gui.pages.reports.page import ReportsPage

    return ReportsPage


def _accounts() -> type[Page]:
    from gui.pages.accounts.page import AccountsPage

    return AccountsPage


PAGES: tuple[PageEntry, ...] = (
    PageEntry("overview", "Overview", "overview", "G, O", _overview),
    PageEntry("findings", "Findings", "findings", "G, F", _findings),
    PageEntry("reports", "Reports", "reports", "G, R", _reports),
    PageEntry("accounts", "Accounts", "accounts", "G, A", _accounts),
)
