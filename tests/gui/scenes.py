"""What the pictures show: one line for each page and state."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gui.window import ConsoleWindow

Scene = Callable[[ConsoleWindow, Any, Callable[..., None]], None]


def dress(path: Path) -> None:
    """Give the filled workspace titles and a history as a real one has."""
    connection = sqlite3.connect(path)
    titles = (
        "S3 bucket blocks all public access", "IAM user has MFA for console access", "EBS volume is encrypted at rest",
        "Security group does not open SSH to the internet", "KMS key rotates every year", "Lambda function URL requires IAM",
        "RDS instance is not publicly reachable", "SQS queue policy grants no access to everyone",
        "S3 bucket has versioning with MFA delete", "Access key is rotated within 90 days",
    )  # fmt: skip
    for number, (rule,) in enumerate(connection.execute("SELECT id FROM rule ORDER BY id").fetchall()):
        tail = "" if number < len(titles) else f", part {number // len(titles) + 1}"
        connection.execute("UPDATE rule SET title = ? WHERE id = ?", (titles[number % len(titles)] + tail, rule))
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


SCENES: tuple[tuple[str, str, Scene], ...] = (
    ("overview", "full", overview),
    ("overview-empty", "new", overview),
    ("findings", "full", findings),
    ("findings-details", "full", findings_details),
)
