"""What a report shall hold, and the facts it will show."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QDateTime, QStandardPaths, Qt, QTime, QTimer, QTimeZone, Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QDateEdit, QFileDialog, QLineEdit, QVBoxLayout, QWidget

from backend.client import UserError
from gui.channel import door
from gui.console import Console
from gui.details.sections import pairs
from gui.moments import ago, count, now, percent, plural, stamp
from gui.parts.layouts import button, card, clear, column, row, scrolled, tool
from gui.text import label, plain

FORMATS = (
    ("pdf", "PDF", "Audit report to print and hand over: cover, score, evidence, remediation, what was not checked."),
    ("csv", "CSV", "One line for each finding. Safe to open in a spreadsheet."),
    ("json", "JSON", "All findings with evidence, for other programs."),
    ("sarif", "SARIF", "For code scanning and review tools."),
    ("ocsf", "OCSF", "Compliance Finding events for a SIEM or data lake."),
)


_SCANS = 2_000  # scans looked at for the days that can be chosen


@dataclass(frozen=True, slots=True)
class Facts:
    """What the workspace holds for a report."""

    frameworks: Sequence[door.frameworks.FrameworkRow]
    accounts: Sequence[door.accounts.AccountRow]
    scans: Sequence[door.scans.ScanRow] = ()  # that are done, newest first


def read_facts(connection: sqlite3.Connection) -> Facts:
    """Frameworks and the accounts that were ever scanned."""
    rows = [row for row in door.accounts.rows(connection, now=now()) if row.done is not None]
    scans = [scan for scan in door.scans.rows(connection, _SCANS) if scan.state == "done" and scan.finished_at]
    return Facts(door.frameworks.rows(connection), rows, scans)


class ReportForm(QWidget):
    """`asked` carries format, path and options of the report to write."""

    asked = Signal(str, str, dict)

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console
        self._facts = Facts((), ())
        self.formats = QButtonGroup(self)
        self.about = label("", "muted", wrap=True)
        self.path = QLineEdit()
        self.organization = QLineEdit()
        self.passed = QCheckBox("Also list what passed")
        self.past = QCheckBox("As it stood at the end of an earlier day (UTC)")
        self.past.setAccessibleName(self.past.text())
        self.day = QDateEdit()
        self.day.setAccessibleName("Day")
        self.day.setDisplayFormat("yyyy-MM-dd")
        self.day.setCalendarPopup(True)
        self.day.hide()
        self.frameworks: dict[str, QCheckBox] = {}
        self.accounts: dict[str, QCheckBox] = {}
        self._framework_box: QVBoxLayout = column(space=2)
        self._account_box: QVBoxLayout = column(space=2)
        self._preview: QVBoxLayout = column(space=6)
        self.problem = label(look="error", wrap=True)
        self.problem.hide()
        self.write = button("Write report", "primary", "reports")
        self._named = ""
        self._lay()
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._show_preview)
        self.past.toggled.connect(self._moment)
        self.day.dateChanged.connect(lambda _: self._moment(self.past.isChecked()))
        self._choose(0)

    def _lay(self) -> None:
        choices = row(space=2)
        for at, (_, words, _about) in enumerate(FORMATS):
            made = button(words, "segment")
            made.setCheckable(True)
            self.formats.addButton(made, at)
            choices.addWidget(made)
        choices.addStretch(1)
        self.formats.idClicked.connect(self._choose)
        browse = tool("folder", "Choose where to write it")
        browse.clicked.connect(self._browse)
        self.path.setAccessibleName("File to write")
        self.organization.setAccessibleName("Organization on the cover")
        self.organization.setPlaceholderText("Printed on the cover")
        self.passed.setAccessibleName(self.passed.text())
        self.write.clicked.connect(self.ask)
        inner = card(
            "New report", choices, self.about,
            label("Frameworks", "overline"), self._framework_box,
            label("Accounts", "overline"), self._account_box,
            label("Moment", "overline"), self.past, self.day,
            label("Organization", "overline"), self.organization, self.passed,
            label("File", "overline"), row(self.path, browse, space=4),
            label("It will show", "overline"), self._preview,
        )  # fmt: skip
        # The button stays in sight, however long the lists are.
        foot = column(self.problem, row(None, self.write), space=6)
        foot.setContentsMargins(0, 10, 0, 0)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(scrolled(column(inner, None), "New report"), 1)
        box.addLayout(foot)

    # -- what is shown -------------------------------------------------------------------------------------------

    def show_facts(self, facts: Facts) -> None:
        """Offer these frameworks and accounts; what was unticked stays so."""
        self._facts = facts
        titles = {one.id: one.title for one in facts.frameworks}
        names = {one.cloud_id: f"{one.name} ({one.cloud_id})" for one in facts.accounts}
        self._ticks(self._framework_box, self.frameworks, titles, "No framework is loaded.")
        self._ticks(self._account_box, self.accounts, names, "No account was scanned yet.")
        self.write.setEnabled(bool(facts.accounts) and not self._console.link.read_only)
        self.write.setToolTip("" if facts.accounts else "Scan an account first")
        self._show_days()
        self._show_preview()

    def _ticks(self, box: QVBoxLayout, made: dict[str, QCheckBox], wanted: dict[str, str], none: str) -> None:
        if list(made) == list(wanted) and box.count():
            return
        unticked = {key for key, tick in made.items() if not tick.isChecked()}
        clear(box)
        made.clear()
        for key, words in wanted.items():
            tick = QCheckBox(plain(words).replace("&", "&&"))
            tick.setAccessibleName(plain(words))
            tick.setChecked(key not in unticked)
            tick.toggled.connect(lambda _: self._soon.start())
            made[key] = tick
            box.addWidget(tick)
        if not wanted:
            box.addWidget(label(none, "muted"))

    def _show_preview(self) -> None:
        clear(self._preview)
        chosen = [one for one in self._facts.accounts if self.accounts[one.cloud_id].isChecked()]
        frameworks = [one for one in self._facts.frameworks if self.frameworks[one.id].isChecked()]
        if not chosen:
            self._preview.addWidget(label("Nothing: no account is chosen.", "warn"))
            return
        if self.past.isChecked():
            self._preview.addWidget(self._past_preview(chosen))
            return
        failing = sum(sum(one.failing) for one in chosen)
        worst = sum(one.failing[4] + one.failing[3] for one in chosen)
        oldest = min(one.done.started_at for one in chosen if one.done is not None)
        coverages = [one.coverage for one in chosen if one.coverage is not None]
        requirements = sum(one.requirements for one in frameworks)
        lines = [
            ("Failing", f"{count(failing)}, of which {count(worst)} critical or high", ""),
            ("Accounts", count(len(chosen)), ""),
            ("Data from", f"{stamp(oldest)} ({ago(oldest)})" + (" at the oldest" if len(chosen) > 1 else ""), ""),
        ]
        if coverages:
            low = min(coverages)
            lowest = " at the lowest" if len(coverages) > 1 else ""
            lines.append(("Coverage", f"{percent(low)}{lowest}", "" if low > 0.9 else "warn"))
        if self.format() == "pdf":
            frame = plural(len(frameworks), "framework")
            lines.append(("Frameworks", f"{frame}, {plural(requirements, 'requirement')}" if frameworks else "all", ""))
        self._preview.addWidget(pairs(lines, 92))

    def _show_days(self) -> None:
        """Only days that are over can be chosen, from the first scan on."""
        yesterday = QDateTime.fromSecsSinceEpoch(now(), QTimeZone.utc()).date().addDays(-1)
        ends = [scan.finished_at for scan in self._facts.scans if scan.finished_at]
        first = QDateTime.fromSecsSinceEpoch(min(ends), QTimeZone.utc()).date() if ends else yesterday
        self.past.setEnabled(first <= yesterday and bool(ends))
        self.past.setToolTip("" if self.past.isEnabled() else "The first scan is not a day old yet")
        if not self.past.isEnabled():
            self.past.setChecked(False)
        self.day.setDateRange(min(first, yesterday), yesterday)

    def _past_preview(self, chosen: Sequence[door.accounts.AccountRow]) -> QWidget:
        end = QDateTime(self.day.date(), QTime(23, 59, 59), QTimeZone.utc()).toSecsSinceEpoch()
        lines = []
        for one in chosen:
            scan = next(
                (
                    scan
                    for scan in self._facts.scans
                    if scan.cloud_id == one.cloud_id and scan.finished_at is not None and scan.finished_at <= end
                ),
                None,
            )
            said = f"scan {scan.id} of {stamp(scan.started_at)}" if scan is not None else "not scanned by then"
            lines.append((one.name, said, "" if scan is not None else "warn"))
        lines.append(("Judged by", "today's rules; decisions and mutes as they were then", "muted"))
        return pairs(lines, 92)

    def format(self) -> str:
        """The chosen format."""
        return FORMATS[max(self.formats.checkedId(), 0)][0]

    def _choose(self, at: int) -> None:
        made = self.formats.button(at)
        if made is not None:
            made.setChecked(True)
        self.about.setText(FORMATS[at][2])
        self._suggest()
        pdf = self.format() == "pdf"
        self.organization.setEnabled(pdf)
        self.passed.setVisible(pdf)
        self._soon.start()

    def _suggest(self) -> None:
        """A file name, unless the analyst wrote one."""
        if self.path.text() in ("", self._named):
            documents = QStandardPaths.StandardLocation.DocumentsLocation
            wanted = Path(QStandardPaths.writableLocation(documents) or Path.home())
            folder = wanted if wanted.is_dir() else Path.home()
            suffix = {"sarif": "sarif.json", "ocsf": "ocsf.json"}.get(self.format(), self.format())
            day = self.day.date().toString("yyyy-MM-dd") if self.past.isChecked() else stamp(now())[:10]
            self._named = str(folder / f"{self._console.workspace.stem}-{day}.{suffix}")
            self.path.setText(self._named)

    def _moment(self, past: bool) -> None:
        self.day.setVisible(past)
        self._suggest()
        self._soon.start()

    def _browse(self) -> None:
        dialog = QFileDialog(self.window(), "Write the report to", self.path.text())
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.fileSelected.connect(self.path.setText)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    # -- what is done --------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Check what is typed, and ask for the report."""
        try:
            path, options = self._wanted()
        except UserError as error:
            self.problem.setText(f"{error.message} {error.next_step}".strip())
            self.problem.show()
            return
        self.problem.hide()
        self.asked.emit(self.format(), str(path), options)

    def _wanted(self) -> tuple[Path, dict[str, Any]]:
        text = self.path.text().strip()
        path = Path(text).expanduser()
        if not text or not path.is_absolute():
            raise UserError("The file has no full path.", "Write it as /folder/name.pdf, or choose a folder.")
        if not path.parent.is_dir():
            raise UserError(f"There is no folder {path.parent}.", "Make it, or choose another.")
        accounts = [key for key, tick in self.accounts.items() if tick.isChecked()]
        if not accounts:
            raise UserError("No account is chosen.", "Tick at least one.")
        frameworks = [key for key, tick in self.frameworks.items() if tick.isChecked()]
        options: dict[str, Any] = {}
        if self.past.isChecked():
            options["as_of"] = self.day.date().toString("yyyy-MM-dd")
        if len(accounts) < len(self.accounts):
            options["accounts"] = accounts
        if frameworks and len(frameworks) < len(self.frameworks):
            options["frameworks"] = frameworks
        if self.format() == "pdf":
            if self.organization.text().strip():
                options["organization"] = self.organization.text().strip()
            if self.passed.isChecked():
                options["passed"] = True
        return path, options
