"""What the engine does by itself: read changed rules, resume interrupted scans, end mutes, lock an idle vault."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from backend.engine.loop import Timer
from backend.errors import UserError

if TYPE_CHECKING:
    from backend.engine.server import Engine

log = logging.getLogger(__name__)

LONGEST_SLEEP = 600.0  # seconds: a machine that slept has a wall clock ahead of our timers
VAULT_ROUND = 30.0


class Upkeep:
    """Timers over the workspace."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._mutes: Timer | None = None

    def begin(self) -> None:
        """At the engine's start, before the first client is served."""
        engine = self._engine
        with engine.writer.transaction() as conn:
            # No other engine can be running one: we hold the lock.
            interrupted = conn.execute("UPDATE scan SET state = 'interrupted' WHERE state = 'running'").rowcount
        self.mutes_changed()
        engine.loop.call_later(0, self._prepare)
        if interrupted:
            engine.loop.call_later(0, self._resume)
        engine.loop.call_later(VAULT_ROUND, self._lock_idle)

    def interrupted(self) -> list[int]:
        """Ids of scans that can be resumed and are not: somebody should be asked."""
        resuming = {job.subject.get("scan") for job in self._engine.jobs.active("scan")}
        rows = self._engine.conn.execute(
            "SELECT id FROM scan WHERE state = 'interrupted' AND account IS NOT NULL"
            " AND id = (SELECT max(id) FROM scan AS newer WHERE newer.cloud_id = scan.cloud_id)"
        )
        return [row[0] for row in rows if row[0] not in resuming]

    def mutes_changed(self) -> None:
        """See when the next mute ends."""
        from backend.workspace.triage import next_expiry

        if self._mutes is not None:
            self._mutes.cancel()
            self._mutes = None
        due = next_expiry(self._engine.conn)
        if due is not None:
            wait = min(max(0.0, due - time.time()), LONGEST_SLEEP)
            self._mutes = self._engine.loop.call_later(wait, self._end_mutes)

    def _end_mutes(self) -> None:
        from backend.workspace.triage import expire, next_expiry

        now = int(time.time())
        due = next_expiry(self._engine.conn)
        if due is not None and due <= now:
            with self._engine.writer.transaction() as conn:
                ended = expire(conn, now)
                self._engine.writer.changed("finding", max(ended), triaged=len(ended))
            log.info("%d mutes ended", len(ended))
        self.mutes_changed()

    def _prepare(self) -> None:
        """Tables and rules as this version declares them."""
        from backend.engine.rules import load_rules
        from backend.inventory.store import ensure_tables

        with self._engine.writer.transaction() as conn:
            ensure_tables(conn)
        for problem in load_rules(self._engine, always=False) or ():
            log.warning("rule problem: %s:%s: %s: %s", problem.file, problem.line, problem.rule, problem.message)

    def _resume(self) -> None:
        """Go on with scans that a killed engine left, unless that would ask a person something."""
        from backend.engine.handlers.identity import needs_prompt, read_account
        from backend.engine.verbs.scans import resume_scan

        engine = self._engine
        for scan in self.interrupted():
            account, error = engine.conn.execute("SELECT account, error FROM scan WHERE id = ?", (scan,)).fetchone()
            try:
                silent = engine.vault.opens_silently() and not needs_prompt(engine, read_account(engine, account))
                # One whose worker fell (it says so in its error) may fall again: that is for a person to decide.
                if silent and not error:
                    resume_scan(engine, None, scan)
            except UserError as refused:
                log.warning("scan %d is not resumed: %s", scan, refused)

    def _lock_idle(self) -> None:
        if self._engine.vault.lock_if_idle():
            self._engine.pushes.changed("vault")
        self._engine.loop.call_later(VAULT_ROUND, self._lock_idle)
