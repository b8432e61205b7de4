"""The way in: a connection that reads a workspace as it stood at a moment.

The copy behind it is one private file (0600, in a folder of its own) that loses its name as soon as it can be read, so
that nothing of it is left however this process ends.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from backend.engine.rules import enabled_digest
from backend.past import copying, decisions, ids, labels, moment, note, plan, seed
from backend.past.replay import Progress, Replay
from backend.workspace.damage import explain
from backend.workspace.file import open_reader

_PREFIX = "vedette-past-"


@contextmanager
def opened(
    workspace: Path, as_of: str, *, progress: Progress | None = None, keep_ids: bool = False
) -> Iterator[sqlite3.Connection]:
    """A read-only connection to the workspace as of a day, a time or a scan (`moment.parse`), judged by today's rules.

    `keep_ids` gives findings the ids they have at present (negative ones to those that have none), for who shows ids.
    `progress` may raise to stop. `note.read` of the connection tells what it rests on. `UserError` for a moment that
    cannot be shown.
    """
    say = progress or (lambda done, total, text: None)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_place()))
    path = folder / "past.vedette"
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        with _explained(path):
            _make(workspace, path, as_of, say, keep_ids)
            conn = open_reader(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    with closing(conn):
        yield conn


def _make(workspace: Path, path: Path, as_of: str, say: Progress, keep_ids: bool) -> None:
    with (
        closing(open_reader(workspace)) as source,
        closing(sqlite3.connect(path, isolation_level=None)) as past,
    ):
        copying.prepare(past)
        say(0, 0, "Reading what was stored by then")
        with copying.attached(source, path):
            chosen = plan.make(source, moment.parse(source, as_of, int(time.time())))
            copying.copy(source, chosen)
        with _snapshot(source):
            labels.put(source, past, chosen)
            decided = decisions.load(source, chosen)
            for account in chosen.accounts:
                if account.seeded:
                    known = seed.seed(source, past, account)
                    decided = [one for one in decided if one[1].uuid not in known]
        replay = Replay(past, path, chosen, say)
        replay.run(decided)
        with _snapshot(source):
            if keep_ids:
                ids.keep(source, past)
            ids.comments(source, past, chosen.moment.at)
            note.write(past, _note(source, past, chosen, replay))
        # No -wal beside it: the file is about to lose its name.
        past.execute("PRAGMA journal_mode = DELETE")


@contextmanager
def _snapshot(conn: sqlite3.Connection) -> Iterator[None]:
    """One read transaction, but none while rules are evaluated: that can take a minute, and the -wal would grow."""
    conn.execute("BEGIN")
    try:
        yield
    finally:
        conn.execute("ROLLBACK")


def _note(source: sqlite3.Connection, past: sqlite3.Connection, chosen: plan.Plan, replay: Replay) -> note.Note:
    clouds = [account.cloud_id for account in chosen.accounts]
    marks = ",".join("?" * len(clouds))
    reread, reread_at = 0, 0
    for account in chosen.accounts:
        count, last = source.execute(
            "SELECT count(DISTINCT resource), max(at) FROM api_call_outcome"
            " WHERE scan = ? AND resource <> '' AND at > ?",
            (account.used.id, max(chosen.moment.at, account.used.at)),
        ).fetchone()
        reread, reread_at = reread + count, max(reread_at, last or 0)
    deleted = source.execute(
        f"SELECT DISTINCT rule FROM finding WHERE account IN ({marks}) AND first_seen <= ?"
        " AND rule NOT IN (SELECT id FROM rule) ORDER BY 1",
        (*clouds, chosen.moment.at),
    )
    return note.Note(
        at=chosen.moment.at,
        scan=chosen.moment.scan,
        evidence_at=max(account.used.at for account in chosen.accounts),
        rules_sha256=enabled_digest(past),
        judged=tuple(scan.id for scan in chosen.replayed),
        from_history=tuple(account.name for account in chosen.accounts if account.seeded),
        unfinished=chosen.unfinished,
        retired=chosen.retired,
        without_scan=chosen.without_scan,
        deleted_rules=tuple(row[0] for row in deleted),
        failed_rules=tuple(sorted(replay.failed)),
        reread=reread,
        reread_at=reread_at,
        unfit=replay.unfit,
    )


def _place() -> str | None:
    """On a disk: /tmp may be memory. Clears away what a killed process left there."""
    chosen = None if os.environ.get("TMPDIR") or not os.access("/var/tmp", os.W_OK) else "/var/tmp"  # noqa: S108
    for left in Path(chosen or tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError, ValueError):
            owner = int(left.name.removeprefix(_PREFIX).split("-")[0])
            if (
                left.lstat().st_uid == os.getuid()
                and not Path(f"/proc/{owner}").exists()
                and Path("/proc/self").exists()
            ):
                shutil.rmtree(left, ignore_errors=True)
    return chosen


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        told = explain(error, path)
        if told is None:
            raise
        raise told from error
