"""Overview: where things stand, what changed since the last scan, what to do first."""

from __future__ import annotations

import sqlite3

from PySide6.QtWidgets import QGridLayout, QStackedWidget, QVBoxLayout, QWidget

from gui.actions.registry import Action
from gui.channel import door
from gui.charts.bars import BarItem, Bars
from gui.charts.trend import Trend
from gui.console import Console, Page
from gui.moments import HOUR, now
from gui.pages.overview.lists import RaiseList, RiskList, ScanList
from gui.pages.overview.score import ScoreCard
from gui.pages.overview.since import SinceStrip
from gui.parts.empty import Empty
from gui.parts.layouts import card, column, scrolled
from gui.theme import tokens

FAILING = "status:fail"


class OverviewPage(Page):
    """Cards over the whole workspace; each number leads to the findings behind it."""

    id = "overview"
    title = "Overview"
    tables = frozenset({"finding", "scan", "score", "account", "rule"})

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self.since = SinceStrip()
        self.score = ScoreCard()
        self.trend = Trend("Score over time")
        self.severity, self.service, self.region = Bars("Severity"), Bars("Service"), Bars("Region")
        self.risks, self.raises, self.scans = RiskList(), RaiseList(), ScanList()
        self.first_run = Empty(
            "accounts",
            "Nothing has been scanned yet",
            "Add a cloud account, look at which permissions it needs, and scan it. The score, what fails and what would"
            " raise it most show here.",
            "Go to Accounts",
        )
        self._lay()
        self._connect()

    def _lay(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(tokens.SPACE_4)
        grid.addWidget(self.score, 0, 0, 1, 2)
        grid.addWidget(card("Score over time", self.trend), 0, 2, 1, 4)
        for at, (name, bars) in enumerate(
            (
                ("Failing by severity", self.severity),
                ("Failing by service", self.service),
                ("Failing by region", self.region),
            )
        ):
            grid.addWidget(card(name, bars), 1, 2 * at, 1, 2)
        grid.addWidget(card("Top risks", self.risks), 2, 0, 1, 3)
        grid.addWidget(card("What would raise the score most", self.raises), 2, 3, 1, 3)
        grid.addWidget(card("Recent scans", self.scans), 3, 0, 1, 6)
        for at in range(6):
            grid.setColumnStretch(at, 1)
        body = column(self.since, grid, None, space=tokens.SPACE_4)
        body.setContentsMargins(20, 16, 20, 20)
        self.content = scrolled(body, "Overview")
        self.states = QStackedWidget()
        self.states.addWidget(QWidget())
        self.states.addWidget(self.content)
        self.states.addWidget(self.first_run)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.states)

    def _connect(self) -> None:
        self.severity.chosen.connect(lambda value: self._show(f"severity:{value} {FAILING}"))
        self.service.chosen.connect(lambda value: self._show(door.query_edit.only(FAILING, "service", value)))
        self.region.chosen.connect(lambda value: self._show(door.query_edit.only(FAILING, "region", value)))
        self.risks.chosen.connect(lambda rule: self._show(f"rule:{rule} {FAILING}"))
        self.raises.chosen.connect(lambda rule: self._show(f"rule:{rule} {FAILING}"))
        self.since.chosen.connect(self._show)
        self.score.unknown.clicked.connect(lambda: self._show("status:unknown"))
        self.scans.chosen.connect(lambda scan: self._show(f"scan:{scan}"))
        if self.first_run.action is not None:
            self.first_run.action.clicked.connect(lambda: self.console.go("accounts", ""))

    def register(self) -> None:
        self.console.actions.add(
            Action("overview.failing", "Show what fails", lambda: self._show(FAILING), "1", "Findings", self.id),
            Action(
                "overview.unknown", "Show what could not be evaluated", lambda: self._show("status:unknown"), "2",
                "Findings", self.id,
            ),
            Action("overview.worst", "Show critical and high", self._worst, "3", "Findings", self.id),
        )  # fmt: skip

    def refresh(self) -> None:
        self.console.link.reader.ask("overview", _load, self._show_overview, self.console.toasts.error)

    def _worst(self) -> None:
        self._show(f"severity:>=high {FAILING}")

    def _show(self, query: str) -> None:
        self.console.go("findings", query)

    def _show_overview(self, found: door.overview.Overview) -> None:
        if not found.recent_scans and not found.score.tally.total:
            self.states.setCurrentWidget(self.first_run)
            return
        self.states.setCurrentWidget(self.content)
        self.since.show_overview(found)
        self.score.show_score(found.score, found.stale)
        self.trend.show_points(_points(found))
        severities = [
            BarItem(one.value, one.label.capitalize(), one.failed, one.value, one.value)
            for one in found.failing_by_severity
        ]
        self.severity.show_items(severities)
        for bars, slices in ((self.service, found.failing_by_service), (self.region, found.failing_by_region)):
            bars.show_items([BarItem(one.value, one.label, one.failed) for one in slices[:5]])
        self.risks.show_groups(found.top_risks[:7])
        self.raises.show_raises(found.raises[:7])
        self.scans.show_scans(found.recent_scans[:6])


def _load(connection: sqlite3.Connection) -> door.overview.Overview:
    return door.overview.load(connection, now=now())


def _points(found: door.overview.Overview) -> list[tuple[int, float]]:
    """One point for each round of scans: other accounts scanned within the same hour belong to the same round."""
    account = {scan.id: scan.cloud_id for scan in found.recent_scans}
    points: list[tuple[int, float]] = []
    scanned: set[str] = set()
    for one in found.trend:
        if one.value is None:
            continue
        name = account.get(one.scan, "")
        if points and one.at - points[-1][0] < HOUR and (not name or name not in scanned):
            points.pop()
        else:
            scanned.clear()
        scanned.add(name)
        points.append((one.at, one.value))
    return points
