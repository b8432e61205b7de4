"""The pages of the rail, in its order. Adding one is adding its folder and a line here."""

from __future__ import annotations

from gui.console import Page
from gui.pages.accounts.page import AccountsPage
from gui.pages.findings.page import FindingsPage
from gui.pages.overview.page import OverviewPage
from gui.pages.reports.page import ReportsPage

PAGES: tuple[type[Page], ...] = (OverviewPage, FindingsPage, ReportsPage, AccountsPage)
