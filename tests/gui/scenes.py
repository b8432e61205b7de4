"""What the pictures show: one line for each page and state."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gui.jobs.job import read_job
from gui.window import ConsoleWindow

Scene = Callable[[ConsoleWindow, Any, Callable[..., None]], None]


def dress(path: Path) -> None:
    """Give the filled workspace titles and a history as a real one has."""
    connection = sqlite3.connect(path)
    titles = (
        "S3 bucket blocks all public access", "IAM user has MFA for console access", "EBS volume is encrypted at rest",
        "Security group does not open SSH to the internet", "KMS key rotates every year",
        "Lambda function URL requires IAM", "RDS instance is not publicly reachable",
        "SQS queue policy grants no access to everyone",
        "S3 bucket has versioning with MFA delete", "Access key is rotated within 90 days",
    )  # fmt: skip
    for number, (rule,) in enumerate(connection.execute("SELECT id FROM rule ORDER BY id").fetchall()):
        tail = "" if number < len(titles) else f", part {number // len(titles) + 1}"
        connection.execute("UPDATE rule SET title = ? WHERE id = ?", (titles[number % len(titles)] + tail, rule))
    for number in range(6):
        name = f"/home/analyst/Documents/acme-2025-11-{24 - number}.{('pdf', 'csv', 'ocsf.json')[number % 3]}"
        connection.execute(
            "INSERT INTO report (at, who, format, path, sha256) VALUES (?, 'maria', ?, ?, ?)",
            (1_764_000_000 - number * 86_400, ("pdf", "csv", "ocsf")[number % 3], name, f"{number * 7919:064x}"[::-1]),
        )
    connection.commit()
    connection.close()


def overview(window: ConsoleWindow, engine: Any, settle: Callable[..., None]) -> None:
    window.go("overview")


def findings(window: ConsoleWindow, engine: Any, settle: Callable[..., None]) -> None:
    window.go("findings")
    settle(300)


def findings_details(window: ConsoleWindow, engine: Any, settle: Callable[..., None]) -> None:
    window.go("findings", "status:fail severity:(critical OR high)")
    settle(300)
    page = window.page
    page.view.go(0)  # type: ignore[attr-defined]
    page.toggle_group(page.view.current())  # type: ignore[attr-defined]
    settle(200)
    page.view.go(2)  # type: ignore[attr-defined]
    page.open_details()  # type: ignore[attr-defined]


def findings_flat(window: ConsoleWindow, engine: Any, settle: Callable[..., None]) -> None:
    window.go("findings", "severity:>=high -status:pass")
    page: Any = window.page
    settle(250)
    page.group(False)
    settle(250)
    page.view.go(3)
    page.view.selectAll()
    page.open_details()
    settle(150)
    page.details.step_tab(2)


def findings_error(window: ConsoleWindow, engine: Any, settle: Callable[..., None]) -> None:
    window.go("findings")
    page: Any = window.page
    settle(250)
    page.query.put("status:fail severity:extreme")
    settle(300)


def findings_completion(window: ConsoleWindow, engine: Any, settle: Callable[..., None]) -> None:
    window.go("findings")
    page: Any = window.page
    settle(250)
    page.query.setFocus()
    page.query.edit.insertPlainText(" re")
    settle(300)


def findings_nothing(window: ConsoleWindow, engine: Any, settle: Callable[..., None]) -> None:
    window.go("findings", 'name:"no such thing"')
    settle(300)


def hostile(window: ConsoleWindow, engine: Any, settle: Callable[..., None]) -> None:
    window.go("findings", "service:s3 name:(*script* OR *rtl* OR *quote* OR *bucket* OR *cmd* OR *reboot*)")
    page: Any = window.page
    settle(250)
    page.group(False)
    settle(250)
    page.view.go(2)
    page.open_details()
    settle(200)
    page.details.step_tab(1)


def mute(window: ConsoleWindow, engine: Any, settle: Callable[..., None]) -> None:
    from gui.pages.findings.dialogs import MuteDialog

    findings_details(window, engine, settle)
    settle(300)
    dialog = MuteDialog(12, window)
    dialog.open()


def palette(window: ConsoleWindow, engine: Any, settle: Callable[..., None]) -> None:
    findings(window, engine, settle)
    window.palette_overlay.open_for("findings")
    window.palette_overlay.field.setText("mu")


def sheet(window: ConsoleWindow, engine: Any, settle: Callable[..., None]) -> None:
    findings(window, engine, settle)
    window.sheet.open_for("findings")


def accounts(window: ConsoleWindow, engine: Any, settle: Callable[..., None]) -> None:
    window.go("accounts")
    settle(300)
    for job in JOBS:
        engine.push("job", job=job)
    page: Any = window.page
    page.view.go(0)
    page.open_details()


def jobs(window: ConsoleWindow, engine: Any, settle: Callable[..., None]) -> None:
    window.go("overview")
    settle(200)
    for job in JOBS:
        engine.push("job", job=job)
    settle(200)
    window.topbar.jobs.toggle()
    window.toasts.say("12 findings muted.", action="Undo", run=lambda: None)
    window.toasts.say("prod: the token of profile 'prod' has expired. Run `aws sso login`.", look="notice-fail")


def add_first(window: ConsoleWindow, engine: Any, settle: Callable[..., None]) -> None:
    window.go("accounts")


def add_account(window: ConsoleWindow, engine: Any, settle: Callable[..., None]) -> None:
    engine.answers["profile.list"] = PROFILES
    window.go("accounts")
    page: Any = window.page
    settle(200)
    page.open_form()
    settle(250)
    job = {"id": "9", "kind": "account.test", "state": "done", "title": "Test prod", "result": TESTED}
    page.form.identity.show_job(read_job(job))


def add_role(window: ConsoleWindow, engine: Any, settle: Callable[..., None]) -> None:
    engine.answers["profile.list"] = PROFILES
    window.go("accounts")
    page: Any = window.page
    settle(200)
    page.open_form()
    settle(250)
    page.form.kinds.button(2).click()


def reports(window: ConsoleWindow, engine: Any, settle: Callable[..., None]) -> None:
    window.go("reports")
    settle(300)


PROFILES = [
    {"name": "prod", "kind": "sso", "region": "eu-west-1", "detail": "ReadOnly at https://acme.awsapps.com/start"},
    {"name": "staging", "kind": "role", "region": "", "detail": "arn:aws:iam::444455556666:role/audit from prod"},
    {"name": "legacy", "kind": "keys", "region": "us-east-1", "detail": "access key …7QXA"},
]
TESTED = {
    "arn": "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_ReadOnly_0123456789abcdef/maria@acme.example",
    "account": "111122223333", "alias": "acme-prod", "region": "eu-west-1", "milliseconds": 412, "endpoint_url": "",
    "is_root": False,
    "permissions": {
        "method": "simulated", "note": "",
        "sentence": "2 of 118 permissions are lacking; the rules that need them will answer unknown.",
        "allowed": ["s3:GetBucketAcl", "s3:GetBucketPolicy", "ec2:DescribeInstances", "iam:ListUsers"],
        "denied": [
            {"permission": "kms:GetKeyRotationStatus", "reason": "no statement allows it"},
            {"permission": "secretsmanager:ListSecrets", "reason": "denied by an organization policy"},
        ],
        "unchecked": [],
    },
}  # fmt: skip
JOBS = (
    {
        "id": "1", "kind": "scan", "title": "Scan prod", "state": "running", "done": 214, "total": 642,
        "text": "318 resources read, 92 waiting; still reading ec2, iam, s3, lambda", "started": 1_764_003_500,
        "subject": {"account": 1},
        "parts": {
            "iam": [88, 301], "s3": [60, 184], "ec2": [31, 66], "lambda": [12, 40], "kms": [9, 21], "sqs": [3, 11],
            "rds": [4, 9], "elasticloadbalancing": [2, 5], "cloudtrail": [5, 5], "config": [2, 2], "sns": [8, 8],
        },
    },
    {"id": "2", "kind": "scan", "title": "Scan staging", "state": "queued", "subject": {"account": 2}},
    {
        "id": "3", "kind": "report.build", "title": "Write acme-2025-11-24.pdf", "state": "failed",
        "started": 1_764_003_000, "ended": 1_764_003_020,
        "error": {"message": "There is no room left on /home.", "next_step": "Free some space."},
    },
)  # fmt: skip

SCENES: tuple[tuple[str, str, Scene], ...] = (
    ("overview", "full", overview),
    ("overview-empty", "new", overview),
    ("findings", "full", findings),
    ("findings-details", "full", findings_details),
    ("findings-flat", "full", findings_flat),
    ("findings-error", "full", findings_error),
    ("findings-completion", "full", findings_completion),
    ("findings-nothing", "full", findings_nothing),
    ("findings-hostile", "full", hostile),
    ("findings-mute", "full", mute),
    ("palette", "full", palette),
    ("shortcuts", "full", sheet),
    ("accounts", "full", accounts),
    ("accounts-first", "new", add_first),
    ("accounts-add", "full", add_account),
    ("accounts-role", "full", add_role),
    ("reports", "full", reports),
    ("jobs", "full", jobs),
)
