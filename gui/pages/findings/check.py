"""*Check again*: one finding's resource read anew and judged; the outcome is said in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gui.console import Console
from gui.details.prose import readable
from gui.toasts import Toast

PATIENCE = 120.0  # seconds; it may wait for an MFA code
_JUDGED = {
    "pass": ("passes now", "notice-ok"),
    "fail": ("still fails", "notice-warn"),
    "unknown": ("could not be evaluated", "notice-warn"),
}


def outcome(name: str, found: Mapping[str, Any]) -> tuple[str, str]:
    """The sentence and look for what `finding.check_again` answered: passes, still fails, could not be read, gone."""
    if found.get("outcome") == "gone" or found.get("presence") == "gone":
        return f"{name} is gone: there is nothing left to fix.", "notice-ok"
    if found.get("outcome") == "unreadable":
        return f"{name} could not be read, so its finding stays as it was.{_lacking(found)}", "notice-warn"
    words, look = _JUDGED[str(found["status"])]
    more = _lacking(found) if found["status"] == "unknown" else ""
    return f"{name} {words}: {readable(str(found.get('reason', '')))}{more}", look


def _lacking(found: Mapping[str, Any]) -> str:
    """What would have to be allowed, for the calls that were denied."""
    missing = found.get("missing") or ()
    permissions = sorted({name for one in missing for name in one.get("permissions") or ()})
    if permissions:
        return f" It needs {', '.join(permissions[:4])}{' …' if len(permissions) > 4 else ''}."
    failed = sorted({f"{one['operation']} {one.get('code') or one['outcome']}" for one in missing})
    return f" {', '.join(failed[:3])}." if failed else ""


class CheckAgain:
    """One checking; a second press while it runs does nothing."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._running: dict[int, Toast] = {}

    def start(self, finding: int, name: str) -> None:
        """Begin with one finding."""
        if finding in self._running:
            return
        said = f"Checking {name} again: reading only what it rests on…"
        self._running[finding] = self._console.toasts.say(said, stays=True)

        def done(found: dict[str, Any]) -> None:
            self._running.pop(finding).end()
            text, look = outcome(name, found)
            self._console.toasts.say(text, look=look)

        def failed(error: Exception) -> None:
            self._running.pop(finding).end()
            self._console.toasts.error(error)

        self._console.link.call("finding.check_again", {"finding": finding}, done, failed, timeout=PATIENCE)
