"""Since the last scan: +3 failing, −12 fixed, 2 gone."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton

from gui.channel import door
from gui.moments import ago, count, plural
from gui.parts.layouts import button, row
from gui.text import ElidedLabel, label


class SinceStrip(QFrame):
    """`chosen` carries the query behind a number."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "card")
        self.setAccessibleName("Since the last scan")
        self.when = label("Since the last scan", "strong")
        self.failing = self._number("delta-bad")
        self.fixed = self._number("delta-good")
        self.gone = self._number("delta")
        self.changed = self._number("delta")
        self.warning = ElidedLabel(look="warn")
        self._queries: dict[QPushButton, str] = {}
        inner = row(self.when, 8, self.failing, self.fixed, self.gone, self.changed, space=8)
        inner.addWidget(self.warning, 1)
        inner.setContentsMargins(16, 9, 16, 9)
        self.setLayout(inner)

    def _number(self, look: str) -> QPushButton:
        made = button("", look)
        made.clicked.connect(lambda: self.chosen.emit(self._queries[made]))
        return made

    def show_overview(self, found: door.overview.Overview) -> None:
        """Show the difference between the two last scans, and what is amiss with the data."""
        diff = found.since_last
        newest = max((scan.started_at for scan in found.recent_scans), default=None)
        first = "First scan" if diff.first else "Since the last scan"
        self.when.setText(f"{first}, {ago(newest)}" if newest is not None else first)
        scans = " OR ".join(str(one) for one in diff.after)
        within = f"scan:({scans})" if len(diff.after) > 1 else f"scan:{scans}" if scans else ""
        failing, fixed, gone, changed = diff.counts
        for made, number, text, query in (
            (self.failing, failing, f"+{count(failing)} failing", f"{within} status:fail"),
            (self.fixed, fixed, f"−{count(fixed)} fixed", f"{within} status:pass"),
            (self.gone, gone, f"{count(gone)} gone", f"{within} presence:gone"),
            (self.changed, changed, f"{count(changed)} otherwise", within),
        ):
            made.setText(text)
            made.setAccessibleName(f"{text} since the last scan")
            made.setEnabled(bool(number and within))
            made.setVisible(not diff.first and (made is not self.changed or bool(number)))
            self._queries[made] = query.strip()
        self.warning.show_text(" · ".join(_warnings(found)))


def _warnings(found: door.overview.Overview) -> list[str]:
    said: list[str] = []
    if found.never_scanned:
        names = ", ".join(found.never_scanned[:3])
        said.append(f"Never scanned: {names}{' …' if len(found.never_scanned) > 3 else ''}")
    old = [row.name for row in found.accounts if row.old and row.done is not None]
    if old:
        said.append(f"{plural(len(old), 'account')} not scanned for over a week")
    if found.reopened:
        said.append(f"{count(found.reopened)} reopened")
    if found.expiring_mutes:
        said.append(f"{plural(found.expiring_mutes, 'mute')} end within a week")
    return said
