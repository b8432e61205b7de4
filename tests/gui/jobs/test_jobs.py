"""Jobs: truthful remaining counts, cancel, retry, waiting for an end."""

from __future__ import annotations

from typing import Any

from gui.jobs.board import JobBoard
from gui.jobs.job import JobView, read_job
from gui.jobs.services import ServiceBars
from gui.jobs.tray import JobRow, JobsTray

RUNNING = {"id": "1", "kind": "scan", "title": "Scan prod", "state": "running", "done": 214, "total": 642, "started": 0}


def test_what_remains_is_counted_never_estimated() -> None:
    assert read_job(RUNNING).remaining() == "428 of 642 left"
    assert read_job({**RUNNING, "total": 0, "text": "signing in"}).remaining() == "signing in"
    assert read_job({**RUNNING, "state": "queued"}).remaining() == "Waiting for its turn"
    assert read_job({**RUNNING, "cancelling": True}).remaining() == "Stopping…"
    assert read_job({**RUNNING, "done": 700}).remaining() == "0 of 642 left"
    failed = read_job({**RUNNING, "state": "failed", "ended": 20, "error": {"message": "No.", "kind": "bug"}})
    assert failed.outcome() == "Failed after 20 s"
    assert failed.bug


def test_the_board_follows_pushes_and_tells_ends(link: Any, qtbot: Any) -> None:
    made, engine = link
    board = JobBoard(made)
    ends: list[JobView] = []
    board.ended.connect(ends.append)
    engine.push("job", job=RUNNING)
    qtbot.waitUntil(lambda: bool(board.active("scan")))
    waited: list[JobView] = []
    board.when_ended("1", waited.append)
    engine.push("job", job={**RUNNING, "state": "done"})
    qtbot.waitUntil(lambda: bool(ends))
    assert [one.state for one in waited] == ["done"]
    board.when_ended("1", waited.append)
    assert len(waited) == 2
    assert not board.active()


def test_rows_cancel_and_retry(link: Any, qtbot: Any) -> None:
    made, engine = link
    row = JobRow(JobBoard(made))
    row.show_job(read_job(RUNNING))
    assert row.act.accessibleName() == "Cancel Scan prod"
    assert (row.bar.value(), row.bar.maximum()) == (214, 642)
    row.act.click()
    qtbot.waitUntil(lambda: ("job.cancel", {"job": "1"}) in engine.asked)
    error = {"message": "The token has expired.", "next_step": "Sign in again.", "kind": "environment"}
    row.show_job(read_job({**RUNNING, "state": "failed", "error": error}))
    assert row.error.accessibleName() == "The token has expired. Sign in again."
    row.act.click()
    qtbot.waitUntil(lambda: ("job.retry", {"job": "1"}) in engine.asked)
    row.deleteLater()


def test_each_service_says_what_is_left(themed: Any) -> None:
    parts = {"s3": [60, 184], "iam": [88, 301], "sns": [8, 8], "sqs": [0, 0], "bad": [1]}
    job = read_job({**RUNNING, "parts": parts})
    assert job.parts == (("iam", 88, 301), ("s3", 60, 184), ("sns", 8, 8), ("sqs", 0, 0))
    bars = ServiceBars(1)
    bars.resize(400, 40)
    bars.show_job(job)
    assert bars.accessibleName() == "iam 213 left; 1 more service, 1 service done"
    bars.show_job(read_job({**RUNNING, "parts": {"iam": [301, 301]}}))
    assert bars.accessibleName() == "1 service done"
    narrow, wide = bars.heightForWidth(180), bars.heightForWidth(800)
    assert narrow >= wide > 0
    bars.show_job(read_job({**RUNNING, "state": "done", "parts": parts}))
    assert bars.isHidden()
    bars.deleteLater()


def test_the_tray_counts_and_opens(console: Any, qtbot: Any) -> None:
    window, engine = console
    tray: JobsTray = window.topbar.jobs
    assert tray.text() == "Jobs"
    engine.push("job", job=RUNNING)
    qtbot.waitUntil(lambda: tray.text() == "1 running")
    window.registry.run("app.jobs")
    assert tray.panel.isVisible()
    window.registry.run("app.escape")
    assert not tray.panel.isVisible()


def test_a_failed_job_is_told_with_its_reason(console: Any, qtbot: Any) -> None:
    window, engine = console
    engine.push("job", job=RUNNING)
    error = {"message": "No network.", "next_step": "Check the cable.", "kind": "environment"}
    qtbot.waitUntil(lambda: bool(window.board.active()))
    engine.push("job", job={**RUNNING, "state": "failed", "error": error})
    qtbot.waitUntil(lambda: bool(window.toasts.texts()))
    assert window.toasts.texts() == ["Scan prod: No network. Check the cable."]
