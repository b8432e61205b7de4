"""Severity, status and state as word + icon + colour, so that no one of the three stands alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """A word with its icon and colour role."""

    word: str
    icon: str
    role: str


SEVERITY = {
    "critical": Mark("Critical", "critical", "critical"),
    "high": Mark("High", "high", "high"),
    "medium": Mark("Medium", "medium", "medium"),
    "low": Mark("Low", "low", "low"),
    "info": Mark("Info", "info", "info"),
}
STATUS = {
    "fail": Mark("Fail", "fail", "fail"),
    "pass": Mark("Pass", "pass", "ok"),
    "unknown": Mark("Unknown", "unknown", "unknown"),
}
STATE = {
    "": Mark("", "list", "faint"),
    "open": Mark("Open", "findings", "muted"),
    "in_progress": Mark("In progress", "progress", "accent"),
    "muted": Mark("Muted", "mute", "muted"),
    "resolved": Mark("Resolved", "check", "ok"),
}
PRESENCE = {
    "present": Mark("Present", "check", "muted"),
    "stale": Mark("Stale: its listing failed", "warning", "warn"),
    "gone": Mark("Gone", "trash", "faint"),
}
