"""The audit log: what analysts did, append-only, each row's mac covering the row and the one before.

The chain is HMAC-SHA-256 with a 32-byte key that lies in the vault, so who edits the file by other means (dropping the
triggers that keep the log) can neither change, remove, insert nor reorder rows unseen. The head row counts the rows and
is sealed by the same key, so a cut-off tail is seen too.

What it cannot see by itself: log and head put back together to a state they once had (an older copy of the file) are a
valid older log. `verify` finds that against a head that was kept elsewhere: each report's manifest prints one. And
whoever has the key can write any log.

When the key is lost (a vault that was reset) or is another's (a hand-over, opened by a colleague), the log goes on with
an `audit.restart` row under the new key. It holds a digest of all rows before it: they can no longer be proven, but
what is changed in them afterwards is found.

Encoding of a row: the bytes `vedette audit row 1`, the mac of the row before (32 bytes; zeros before the first), then
id and time as decimal texts, who, action, subject and detail as UTF-8; every part is preceded by its length as 4 bytes,
big-endian, so no two rows encode alike. The seal covers `vedette audit head 1`, the count and the newest mac, the same
way. Ids are 1, 2, 3 … without a gap.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEY_BYTES = 32
START = bytes(32)  # stands for the mac before the first row
RESTART = "audit.restart"
HANDED_OVER = "audit.handed_over"  # setting of an export: its log is the sender's
# As bytes: what somebody else wrote need not be UTF-8.
_TEXTS = ", ".join(f"CAST({column} AS BLOB)" for column in ("who", "action", "subject", "detail"))
_ROWS = f"SELECT id, at, {_TEXTS}, mac FROM audit_log"
_ROW = b"vedette audit row 1"
_HEAD = b"vedette audit head 1"


@dataclass(frozen=True)
class Head:
    """How long the log is and the mac of its newest row: what a manifest prints."""

    count: int
    mac: str  # 64 hexadecimal digits; zeros for an empty log

    def __str__(self) -> str:
        return f"{self.count}:{self.mac}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """The head in a manifest's `count:mac`; ValueError when it is none."""
        count, _, mac = text.strip().partition(":")
        if not count.isascii() or not count.isdecimal() or len(count) > 18 or len(bytes.fromhex(mac)) != 32:
            raise ValueError("an audit head is COUNT:64 hexadecimal digits")
        return cls(int(count), mac.lower())


@dataclass(frozen=True)
class Verdict:
    """What `verify` found. `first_bad` is the id of the first row that does not fit, None when no row is to blame."""

    ok: bool
    count: int  # rows that are in the log
    head: Head  # of the rows that are sound
    first_bad: int | None
    what: str  # one sentence


def append(
    conn: sqlite3.Connection,
    key: bytes,
    who: str,
    action: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
    *,
    at: int | None = None,
) -> int:
    """Add a row in the caller's transaction, and move the head. Returns its id. No secret in `detail`.

    Raises RuntimeError outside of a transaction or without a proper key, ValueError for a text that is not one (a lone
    surrogate). Does not verify what is there: a broken log goes on, and stays broken at its place.
    """
    if not conn.in_transaction:
        raise RuntimeError("an audit row is written in the transaction of what it tells")
    _check_key(key)
    if _is_handed_over(conn):
        restart(conn, key, who, "handed over", at=at)
    count, mac = _stored_head(conn)
    last = conn.execute("SELECT id, mac FROM audit_log ORDER BY id DESC LIMIT 1").fetchone()
    # Where head and log disagree the log goes on and the head's count with it, so that they disagree for ever.
    number, before = (int(last[0]) + 1, _bytes(last[1])) if last else (count + 1, mac)
    moment = int(time.time()) if at is None else at
    text = json.dumps(dict(detail or {}), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    new = _mac(key, before, (number, moment, who, action, subject, text))
    conn.execute(
        "INSERT INTO audit_log (id, at, who, action, subject, detail, mac) VALUES (?,?,?,?,?,?,?)",
        (number, moment, who, action, subject, text, new),
    )
    conn.execute(
        "INSERT INTO audit_head (one, count, mac, seal) VALUES (1, ?, ?, ?)"
        " ON CONFLICT (one) DO UPDATE SET count = excluded.count, mac = excluded.mac, seal = excluded.seal",
        (count + 1, new, _seal(key, count + 1, new)),
    )
    return number


def restart(conn: sqlite3.Connection, key: bytes, who: str, why: str, *, at: int | None = None) -> int:
    """Go on under a new key, in the caller's transaction; for a vault that was reset. Returns the row's id."""
    digest, rows, newest = hashlib.sha256(), 0, START
    for row in conn.execute(_ROWS + " ORDER BY id"):
        rows, newest = rows + 1, _bytes(row[6])
        digest.update(_encode(row))
    # The head as a log of that length: what was cut before is beyond proof now.
    conn.execute("DELETE FROM audit_head")
    conn.execute("INSERT INTO audit_head (one, count, mac, seal) VALUES (1, ?, ?, x'')", (rows, newest))
    conn.execute("DELETE FROM setting WHERE key = ?", (HANDED_OVER,))
    return append(conn, key, who, RESTART, "", {"why": why, "rows": rows, "sha256": digest.hexdigest()}, at=at)


def head(conn: sqlite3.Connection) -> Head:
    """The head as it is stored, for a manifest or a hand-over. Needs no key and verifies nothing."""
    count, mac = _stored_head(conn)
    return Head(count, mac.hex())


def verify(conn: sqlite3.Connection, key: bytes, expected_head: Head | None = None) -> Verdict:
    """Go through the whole log. `expected_head`, from a manifest, must be a head that this log once had.

    Memory does not grow with the log.
    """
    _check_key(key)
    if not conn.in_transaction:
        conn.execute("BEGIN")  # rows and head of one moment, though the engine goes on writing
        try:
            return verify(conn, key, expected_head)
        finally:
            conn.execute("ROLLBACK")
    rows = int(conn.execute("SELECT count(*) FROM audit_log").fetchone()[0])
    begin, gaps, digest = _begin(conn, key)
    earlier = hashlib.sha256()
    so_far, seen = Head(0, START.hex()), expected_head is None or expected_head.count == 0
    for number, row in enumerate(conn.execute(_ROWS + " ORDER BY id"), 1):
        before = bytes.fromhex(so_far.mac)
        if number == begin and earlier.hexdigest() != digest:
            what = f"An entry before {begin}, written under an earlier key, was changed or removed."
            return Verdict(False, rows, so_far, number, what)
        if number < begin:
            earlier.update(_encode(row))
        elif told := _fault(key, before, number + gaps, row):
            return Verdict(False, rows, so_far, number, told)
        so_far = Head(number, _bytes(row[6]).hex())
        seen = seen or so_far == expected_head
    if told := _fault_of_head(conn, key, so_far):
        return Verdict(False, rows, so_far, rows + 1, told)
    if expected_head is not None and not seen:
        return _not_the_same(so_far, expected_head)
    entries = "1 entry" if rows == 1 else f"{rows} entries"
    if begin > 1:
        entries += f", the first {begin - 1} under an earlier key and unchanged since it was given up"
    return Verdict(True, rows, so_far, None, f"The audit log is whole: {entries}.")


def _begin(conn: sqlite3.Connection, key: bytes) -> tuple[int, int, str]:
    """Where this key's chain begins: (count of that row, what its id is ahead of it, SHA-256 of the rows before).

    (1, 0, of nothing) when the log was always under this key.
    """
    for row in conn.execute(_ROWS + " WHERE action = ? ORDER BY id DESC", (RESTART,)).fetchall():
        if not isinstance(row[0], int):
            continue
        last = conn.execute("SELECT mac FROM audit_log WHERE id = ?", (row[0] - 1,)).fetchone()
        if hmac.compare_digest(_bytes(row[6]), _mac(key, _bytes(last[0]) if last else START, row[:6])):
            detail = json.loads(row[5])  # ours: the mac fits
            begin = int(detail["rows"]) + 1
            return begin, row[0] - begin, str(detail["sha256"])
    return 1, 0, hashlib.sha256().hexdigest()


def _fault(key: bytes, before: bytes, number: int, row: tuple[Any, ...]) -> str:
    """The sentence when the row is not the one that was written as number `number`; else ''."""
    id = row[0]
    if isinstance(id, int) and id > number:
        gone = f"entry {number} is" if id == number + 1 else f"entries {number} to {id - 1} are"
        return f"The audit log was cut: {gone} missing."
    if id == number and hmac.compare_digest(_bytes(row[6]), _mac(key, before, row[:6])):
        return ""
    if number == 1:
        return "Entry 1 of the audit log was changed or put there by others, or the vault has another key."
    return f"Entry {number} of the audit log was changed, inserted or moved."


def _fault_of_head(conn: sqlite3.Connection, key: bytes, so_far: Head) -> str:
    stored = conn.execute("SELECT count, mac, seal FROM audit_head WHERE one = 1").fetchone()
    if stored is None:
        return "The head of the audit log was removed." if so_far.count else ""
    count, mac, seal = stored[0], _bytes(stored[1]), _bytes(stored[2])
    if not isinstance(count, int) or not hmac.compare_digest(seal, _seal(key, count, mac)):
        return "The head of the audit log was changed."
    if count > so_far.count:
        missing = count - so_far.count
        gone = "the last entry was" if missing == 1 else f"the last {missing} entries were"
        return f"The audit log was cut: {gone} removed."
    if Head(count, mac.hex()) != so_far:
        return "The head of the audit log was put back to an older one."
    return ""


def _not_the_same(so_far: Head, expected: Head) -> Verdict:
    rows = so_far.count
    if expected.count > rows:
        what = (
            f"The audit log has {rows} entries, but had {expected.count} when the given head was printed: "
            "the workspace was put back to an older state."
        )
        return Verdict(False, rows, so_far, rows + 1, what)
    what = f"The given head does not belong to entry {expected.count} of this audit log: it is of another log."
    return Verdict(False, rows, so_far, expected.count, what)


def _stored_head(conn: sqlite3.Connection) -> tuple[int, bytes]:
    row = conn.execute("SELECT count, mac FROM audit_head WHERE one = 1").fetchone()
    return (int(row[0]), _bytes(row[1])) if row else (0, START)


def _is_handed_over(conn: sqlite3.Connection) -> bool:
    """Whether the log is a sender's, whose key we do not have, and nothing was written since."""
    return conn.execute("SELECT 1 FROM setting WHERE key = ?", (HANDED_OVER,)).fetchone() is not None


def _bytes(value: object) -> bytes:
    # Who edits the file may rebuild the table with other types; bytes(10**12) would take all memory.
    return value if isinstance(value, bytes) else b""


def _mac(key: bytes, before: bytes, row: tuple[Any, ...]) -> bytes:
    return _hmac(key, _ROW, before, *_parts(row))


def _seal(key: bytes, count: int, mac: bytes) -> bytes:
    return _hmac(key, _HEAD, str(count).encode(), mac)


def _hmac(key: bytes, *parts: bytes) -> bytes:
    return hmac.new(key, _joined(*parts), hashlib.sha256).digest()


def _encode(row: tuple[Any, ...]) -> bytes:
    return _joined(*_parts(row[:6]), _bytes(row[6]))


def _parts(row: tuple[Any, ...]) -> list[bytes]:
    return [value if isinstance(value, bytes) else str(value).encode() for value in row]


def _joined(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _check_key(key: bytes) -> None:
    if len(key) != KEY_BYTES:
        raise RuntimeError(f"the audit log's key has {KEY_BYTES} bytes")
