"""What a connection test found: who we are, and what this identity may not read, at what cost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.details.sections import Code, notice, pairs, section
from gui.jobs.job import JobView
from gui.moments import plural
from gui.parts.layouts import clear, column

_SHOWN = 40


class IdentityPanel(QWidget):
    """Filled from the result of an `account.test` job."""

    def __init__(self) -> None:
        super().__init__()
        self._box: QVBoxLayout = column(space=10)
        self.setLayout(self._box)

    def wipe(self) -> None:
        """Show nothing."""
        clear(self._box)

    def wait(self, text: str) -> None:
        """A test runs."""
        self.say(text, "notice")

    def say(self, text: str, look: str) -> None:
        """One sentence alone."""
        self.wipe()
        self._box.addWidget(notice(text, look))

    def show_job(self, job: JobView) -> None:
        """How a test ended."""
        if job.state != "done":
            words = f"{job.error} {job.next_step}".strip() or f"The test was {job.state}."
            self.say(words, "notice-fail")
            return
        self.wipe()
        for part in identity_parts(job.result):
            if isinstance(part, QWidget):
                self._box.addWidget(part)
            else:
                self._box.addLayout(part)


def identity_parts(found: Mapping[str, Any]) -> list[QWidget | QVBoxLayout]:
    """Widgets for `CallerIdentity` and its permission report."""
    alias = f" ({found['alias']})" if found.get("alias") else ""
    parts: list[QWidget | QVBoxLayout] = [notice(f"You are {found.get('arn', '')}", "notice-ok")]
    if found.get("is_root"):
        parts.append(
            notice("This is the account's root user. Make a read-only user or role for scanning.", "notice-warn")
        )
    lines = [
        ("Account", f"{found.get('account', '')}{alias}", ""),
        ("Signed in at", f"{found.get('region', '')}, {found.get('milliseconds', 0)} ms", ""),
    ]
    if found.get("endpoint_url"):
        lines.append(("Endpoint", str(found["endpoint_url"]), "mono"))
    parts.append(pairs(lines))
    report = found.get("permissions")
    if isinstance(report, Mapping):
        parts.extend(permission_parts(report))
    return parts


def permission_parts(report: Mapping[str, Any]) -> list[QWidget | QVBoxLayout]:
    """What the enabled rules need: the policy, and what of it is lacking."""
    denied: Sequence[Mapping[str, Any]] = report.get("denied") or ()
    unchecked: Sequence[Mapping[str, Any]] = report.get("unchecked") or ()
    allowed: Sequence[str] = report.get("allowed") or ()
    look = "notice-warn" if denied else "notice-ok"
    parts: list[QWidget | QVBoxLayout] = [notice(str(report.get("sentence") or report.get("note") or ""), look)]
    if denied:
        lines = [(str(one["permission"]), str(one["reason"]), "missing") for one in denied[:_SHOWN]]
        if len(denied) > _SHOWN:
            lines.append(("", f"and {plural(len(denied) - _SHOWN, 'more', 'more')}", "muted"))
        parts.append(section("Lacking", pairs(lines, 210)))
    needed = sorted({*allowed, *(str(one["permission"]) for one in (*denied, *unchecked))})
    if needed:
        text = str(report.get("policy") or policy(needed))
        parts.append(section("Least-privilege policy of the enabled rules", Code(text, "policy")))
    if report.get("terraform"):
        parts.append(section("The same as Terraform", Code(str(report["terraform"]), "Terraform")))
    return parts


def policy(actions: Sequence[str]) -> str:
    """An IAM policy that allows exactly `actions`, as JSON."""
    statement = {"Sid": "VedetteRead", "Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)
