"""`--as-of`: a command that reads the workspace as it stood at an earlier moment."""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from backend.cli.face import Face
from backend.past.note import Note


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the option."""
    parser.add_argument(
        "--as-of",
        default="",
        metavar="MOMENT|SCAN",
        help="as it stood then, by today's rules: 2026-11-01 (its end, UTC), 2026-11-01T14:30Z, or a scan's number",
    )


@contextmanager
def reading(face: Face, as_of: str) -> Iterator[sqlite3.Connection]:
    """A read-only connection to the workspace as it is, or as it stood; the latter says on stderr what it rests on."""
    with face.reading() as conn:
        if not as_of:
            yield conn
            return
    from backend.cli.output import moment, say
    from backend.past import note
    from backend.past.opening import opened

    with opened(face.workspace, as_of, keep_ids=True) as conn:
        past = note.read(conn)
        if past is not None:
            say(
                f"As of {moment(past.at)}, judged by the rules of {past.rules_sha256[:16]}, evidence of"
                f" {moment(past.evidence_at)}."
            )
            _left_out(past)
        yield conn


def now(conn: sqlite3.Connection) -> int | None:
    """What the ages of a query count back from; None: the present."""
    from backend.past import note

    past = note.read(conn)
    return past.at if past is not None else None


def _left_out(past: Note) -> None:
    from backend.cli.output import say

    left = {
        "Scans not done by then": [str(scan) for scan, _, _ in past.unfinished],
        "Accounts without a scan by then": past.without_scan,
        "Accounts removed since": past.retired,
        "Rules deleted since": past.deleted_rules,
        "Rules that failed to run": past.failed_rules,
    }
    for words, names in left.items():
        if names:
            more = f" and {len(names) - 10} more" if len(names) > 10 else ""
            say(f"{words}, left out: {', '.join(names[:10])}{more}.")
    if past.reread:
        say(f"{past.reread} resources were read again after that; what was read then is shown.")
