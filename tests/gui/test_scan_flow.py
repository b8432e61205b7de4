"""First run to first finding, by the console alone: add an account, test it, scan it, read what is wrong, print it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gui import moments
from gui.window import ConsoleWindow

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
def window(tmp_path: Path, opened: Callable[..., ConsoleWindow]) -> ConsoleWindow:
    moments.freeze(None)
    return opened(tmp_path / "first.vedette")


def test_from_nothing_to_a_report(window: ConsoleWindow, emulator: Any, home: Path, tmp_path: Path, qtbot: Any) -> None:
    emulator.client("s3").create_bucket(
        Bucket="acme-logs", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    folder = home / ".aws"
    folder.mkdir()
    (folder / "credentials").write_text("[audit]\naws_access_key_id = test\naws_secret_access_key = test\n")
    window.go("accounts")
    page: Any = window.page
    qtbot.waitUntil(lambda: page.states.currentWidget() is page.welcome, timeout=20_000)
    QTest.keyClick(page.welcome.cloud, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.form.groups[0].profile.profile() == "audit", timeout=30_000)
    page.form.endpoint.setText(emulator.url)
    page.form.regions.setText("eu-west-1")
    page.form.test.click()
    qtbot.waitUntil(page.form.test.isEnabled, timeout=90_000)
    assert not page.form.problem.isVisible(), page.form.problem.text()
    page.form.scan.click()
    remaining: list[str] = []
    services: set[str] = set()

    def moved(job: Any) -> None:
        if job.kind == "scan":
            remaining.append(job.remaining())
            services.update(name for name, _, _ in job.parts)

    page.console.jobs.moved.connect(moved)
    qtbot.waitUntil(lambda: any(job.kind == "scan" for job in window.board.all()), timeout=30_000)
    qtbot.waitUntil(lambda: not window.board.active(), timeout=150_000)
    scan = next(job for job in window.board.all() if job.kind == "scan")
    assert scan.state == "done", scan
    assert any("left" in words for words in remaining)
    assert {"s3", "ec2", "iam"} <= services
    window.go("findings", "status:fail service:s3")
    findings: Any = window.page
    qtbot.waitUntil(lambda: findings.model.rowCount() > 0, timeout=20_000)
    findings.open_details()
    qtbot.waitUntil(lambda: bool(findings.details.title.text()))
    window.go("overview")
    overview: Any = window.page
    qtbot.waitUntil(lambda: overview.states.currentWidget() is overview.content, timeout=20_000)
    assert "Scanned" in window.topbar.age.text()
    window.go("reports")
    reports: Any = window.page
    qtbot.waitUntil(lambda: len(reports.form.accounts) == 1, timeout=20_000)
    reports.form.path.setText(str(tmp_path / "report.pdf"))
    reports.form.ask()
    qtbot.waitUntil(lambda: reports.model.rowCount() == 1, timeout=60_000)
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    QTest.keyClick(reports.view, Qt.Key.Key_V)
    qtbot.waitUntil(lambda: any("as they were written" in one for one in window.toasts.texts()), timeout=30_000)
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.4 another")
    QTest.keyClick(reports.view, Qt.Key.Key_V)
    qtbot.waitUntil(lambda: any("was changed after" in one for one in window.toasts.texts()), timeout=30_000)
