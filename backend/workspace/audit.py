"""The audit log: what analysts did, append-only, each row's mac covering the row and the one before.

The chain is HMAC-SHA-256 with a 32-byte key that lies in the vault, so who edits the file by other means (dropping the
triggers that keep the log) can neither change, remove, insert nor reorder rows unseen. The head row counts the rows and
is sealed by the same key, so a cut-off tail is seen too.

What it cannot see by itself: a whole file put back to an older state is a valid older log. `verify` finds that against
a head that was kept elsewhere: each report's manifest prints one. And whoever has the key can write any log.

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
    count, mac = _stored_head(conn)
    last = conn.execute("SELECT id, mac FROM audit_log ORDER BY id DESC LIMIT 1").fetchone()
    if last is not None:  # where head and log disagree, the log goes on without hiding it: the head stays behind
        before = bytes(last[1])
        row = int(last[0]) + 1
    else:
        before, row = mac, count + 1
    moment = int(time.time()) if at is None else at
    text = json.dumps(dict(detail or {}), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    new = _mac(key, before, row, moment, who, action, subject, text)
    conn.execute(
        "INSERT INTO audit_log (id, at, who, action, subject, detail, mac) VALUES (?,?,?,?,?,?,?)",
        (row, moment, who, action, subject, text, new),
    )
    conn.execute(
        "INSERT INTO audit_head (one, count, mac, seal) VALUES (1, ?, ?, ?)"
        " ON CONFLICT (one) DO UPDATE SET count = excluded.count, mac = excluded.mac, seal = excluded.seal",
        (count + 1, new, _seal(key, count + 1, new)),
    )
    return row


def head(conn: sqlite3.Connection) -> Head:
    """The head as it is stored, for a manifest or a hand-over. Needs no key and verifies nothing."""
    count, mac = _stored_head(conn)
    return Head(count, mac.hex())


def verify(conn: sqlite3.Connection, key: bytes, expected_head: Head | None = None) -> Verdict:
    """Go through the whole log. `expected_head`, from a manifest, must be a head that this log once had.

    Memory does not grow with the log.
    """
    _check_key(key)
    before, sound, number = START, 0, 0
    bad: tuple[int, str] | None = None
    known_head = expected_head is None or expected_head.count == 0
    rows = 0
    for row in conn.execute("SELECT id, at, who, action, subject, detail, mac FROM audit_log ORDER BY id"):
        rows += 1
        if bad is not None:
            continue
        number += 1
        bad = _fault(key, before, number, row)
        if bad is None:
            before, sound = bytes(row[6]), number
            if expected_head is not None and number == expected_head.count:
                known_head = hmac.compare_digest(before.hex(), expected_head.mac.lower())
    so_far = Head(sound, before.hex())
    if bad is not None:
        return Verdict(False, rows, so_far, bad[0], bad[1])
    if told := _fault_of_head(conn, key, rows, before):
        return Verdict(False, rows, so_far, rows + 1, told)
    if expected_head is not None and not known_head:
        return _not_the_same(rows, so_far, expected_head)
    entries = "1 entry" if rows == 1 else f"{rows} entries"
    return Verdict(True, rows, so_far, None, f"The audit log is whole: {entries}.")


def _fault(key: bytes, before: bytes, number: int, row: tuple[Any, ...]) -> tuple[int, str] | None:
    """(id, sentence) when the row is not the one that was written as number `number`."""
    row_id = row[0]
    if row_id > number:
        gone = f"entry {number} is" if row_id == number + 1 else f"entries {number} to {row_id - 1} are"
        return number, f"The audit log was cut: {gone} missing."
    if row_id < number:
        return row_id, f"An entry {row_id} was inserted into the audit log before its first one."
    if hmac.compare_digest(bytes(row[6]), _mac(key, before, *row[:6])):
        return None
    if number == 1:
        return (
            number,
            "Entry 1 of the audit log was changed or put there by somebody else, or the vault's key is another.",
        )
    return number, f"Entry {number} of the audit log was changed, inserted or moved."


def _fault_of_head(conn: sqlite3.Connection, key: bytes, rows: int, newest: bytes) -> str:
    stored = conn.execute("SELECT count, mac, seal FROM audit_head WHERE one = 1").fetchone()
    if stored is None:
        return "The head of the audit log was removed." if rows else ""
    count, mac, seal = int(stored[0]), bytes(stored[1]), bytes(stored[2])
    if not hmac.compare_digest(seal, _seal(key, count, mac)):
        return "The head of the audit log was changed."
    if count > rows:
        gone = "the last entry was" if count == rows + 1 else f"the last {count - rows} entries were"
        return f"The audit log was cut: {gone} removed."
    if count < rows or not hmac.compare_digest(mac, newest):
        return "The head of the audit log was put back to an older one."
    return ""


def _not_the_same(rows: int, so_far: Head, expected: Head) -> Verdict:
    if expected.count > rows:
        what = (
            f"The audit log has {rows} entries, the given head was made when it had {expected.count}: "
            "the whole workspace was put back to an older state."
        )
        return Verdict(False, rows, so_far, rows + 1, what)
    what = f"The given head does not belong to entry {expected.count} of this audit log: it is another log."
    return Verdict(False, rows, so_far, expected.count, what)


def _stored_head(conn: sqlite3.Connection) -> tuple[int, bytes]:
    row = conn.execute("SELECT count, mac FROM audit_head WHERE one = 1").fetchone()
    return (int(row[0]), bytes(row[1])) if row else (0, START)


def _mac(key: bytes, before: bytes, row: int, at: int, who: str, action: str, subject: str, detail: str) -> bytes:
    texts = (str(row), str(at), who, action, subject, detail)
    return _hmac(key, _ROW, before, *(text.encode() for text in texts))


def _seal(key: bytes, count: int, mac: bytes) -> bytes:
    return _hmac(key, _HEAD, str(count).encode(), mac)


def _hmac(key: bytes, *parts: bytes) -> bytes:
    return hmac.new(key, b"".join(len(part).to_bytes(4, "big") + part for part in parts), hashlib.sha256).digest()


def _check_key(key: bytes) -> None:
    if len(key) != KEY_BYTES:
        raise RuntimeError(f"the audit log's key has {KEY_BYTES} bytes")
