"""IAM's credential report: how every user signs in, in one call instead of five for each user.

AWS makes a report when asked, which takes seconds, and then hands out that one for four hours: its age is a column.
"""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.inventory.aws.api import Api
from backend.inventory.aws.services.iam_tables import REPORT
from backend.inventory.collector import GLOBAL, Answer
from backend.inventory.outcome import CallFailed, Outcome
from backend.inventory.table import NEVER

GENERATE = "iam.GenerateCredentialReport"
ROOT_USER = "<root_account>"
_NOT_READY = ("ReportInProgress", "ReportNotPresent", "ReportExpired")
_PAUSES = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 5.0, 10.0, 10.0, 15.0, 15.0, 20.0)  # 90 seconds; large accounts need some 20
_NEVER = ("N/A", "no_information")


@dataclass(frozen=True)
class Report:
    """Lines of a report by user name, as AWS wrote them, and when it did."""

    lines: Mapping[str, Mapping[str, str]]
    made_at: float | None


def fetch_report(api: Api) -> Generator[CallFailed, None, Report | None]:
    """Ask for a report, wait until it is made, read it. Yields the failures; None when there is no reading it.

    Where asking for a new one is denied, one that somebody else made within four hours will do.

    Raises:
        CallFailed: the scan was cancelled.
    """
    pauses: tuple[float, ...] = _PAUSES
    try:
        api.call(GENERATE, GLOBAL)
    except CallFailed as failed:
        _unless_cancelled(failed)
        yield failed
        pauses = ()  # none is in the making
    last: CallFailed | None = None
    for pause in (*pauses, None):
        try:
            return read_report(api.call(REPORT, GLOBAL))
        except CallFailed as failed:
            _unless_cancelled(failed)
            last = failed
            if failed.code not in _NOT_READY or pause is None:
                break
        api.pause(REPORT, pause)
    if last is not None:
        yield last
    return None


def read_report(answer: Answer) -> Report:
    """The answer of GetCredentialReport, parsed."""
    content = answer.get("Content", b"")
    written = content.decode("utf-8", "replace") if isinstance(content, bytes) else str(content)
    lines: dict[str, Mapping[str, str]] = {}
    with contextlib.suppress(csv.Error):  # what comes after a garbled line stays unknown
        for line in csv.DictReader(io.StringIO(written, newline=None)):
            known = {str(key): value for key, value in line.items() if isinstance(value, str) and key is not None}
            if known.get("user"):
                lines[known["user"]] = known
    made = answer.get("GeneratedTime")
    return Report(lines, made.timestamp() if made else None)


def credentials_of(report: Report, user: str) -> dict[str, Any] | None:
    """What the report says of a user, as columns; None when it has no line for him (he is newer than the report)."""
    line = report.lines.get(user)
    if line is None:
        return None
    found: dict[str, Any] = {
        "credentials_as_of": report.made_at,
        "password_last_used_at": _moment(line.get("password_last_used")),
        "mfa_active": _flag(line.get("mfa_active")),
        "signing_certificate_active": _either(_flag(line.get("cert_1_active")), _flag(line.get("cert_2_active"))),
    }
    for number in (1, 2):
        found[f"access_key_{number}_active"] = _flag(line.get(f"access_key_{number}_active"))
        found[f"access_key_{number}_created_at"] = _moment(line.get(f"access_key_{number}_last_rotated"))
        found[f"access_key_{number}_last_used_at"] = _moment(line.get(f"access_key_{number}_last_used_date"))
    if user == ROOT_USER:
        found["created_at"] = _moment(line.get("user_creation_time"))
    else:
        found["password_enabled"] = _flag(line.get("password_enabled"))
        found["password_changed_at"] = _moment(line.get("password_last_changed"))
    return found


def _unless_cancelled(failed: CallFailed) -> None:
    if failed.outcome is Outcome.CANCELLED:
        raise failed


def _flag(written: str | None) -> bool | None:
    """TRUE and FALSE in any case; 'not_supported' and what is missing say nothing."""
    return {"true": True, "false": False}.get((written or "").lower())


def _either(first: bool | None, second: bool | None) -> bool | None:
    if first or second:
        return True
    return None if first is None or second is None else False


def _moment(written: str | None) -> float | None:
    """Epoch seconds; what never happened is infinitely long ago; 'not_supported' says nothing."""
    if written in _NEVER:
        return -NEVER
    try:
        return datetime.fromisoformat(written or "").timestamp()
    except ValueError:
        return None
