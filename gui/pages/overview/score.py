"""The score with its coverage: how good, and how much of it rests on evidence."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout

from gui.channel import door
from gui.charts.gauge import Gauge
from gui.charts.meter import Meter
from gui.moments import count, percent, plural
from gui.parts.layouts import button, column, row
from gui.text import label

Score = door.score.Score


class ScoreCard(QFrame):
    """Gauge at the left, coverage and the four counts beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "card")
        self.setAccessibleName("Score and coverage")
        self.gauge = Gauge()
        self.coverage = label("", "title")
        self.meter = Meter("Coverage", "ok")
        self.failed, self.passed = label(), label("", "muted")
        self.unknown = button("", "link")
        self.muted = label("", "muted")
        self.stale = label("", "warn", wrap=True)
        self.stale.hide()
        about = label("of all checks rest on evidence", "faint")
        right = column(
            label("Coverage", "overline"), self.coverage, self.meter, about, 4,
            self.failed, self.passed, self.unknown, self.muted, self.stale, None, space=3,
        )  # fmt: skip
        inner: QVBoxLayout = column(label("Score", "title"), row(self.gauge, right, space=14), None, space=6, margin=16)
        self.setLayout(inner)

    def show_score(self, score: Score, stale: int) -> None:
        """Show a score; `stale` failures could not be confirmed by the last scan."""
        self.gauge.show_score(score.value)
        share = score.coverage
        self.coverage.setText(percent(share))
        role = "ok" if share is not None and share >= 0.95 else "warn"
        self.meter.show_share(share, role)
        tally = score.tally
        self.failed.setText(f"{count(tally.failed)} failing")
        self.passed.setText(f"{count(tally.passed)} passing")
        self.unknown.setText(f"{count(tally.unknown)} could not be evaluated")
        self.unknown.setAccessibleName(self.unknown.text())
        self.unknown.setVisible(bool(tally.unknown))
        self.muted.setText(f"{count(tally.muted)} muted")
        self.muted.setVisible(bool(tally.muted))
        self.stale.setText(f"{plural(stale, 'failure')} not confirmed by the last scan")
        self.stale.setVisible(bool(stale))
