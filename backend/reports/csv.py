"""CSV (RFC 4180, UTF-8, every cell quoted), safe to open in a spreadsheet.

A cell that a spreadsheet could take for a formula, because it begins with = + - @, a tab, a carriage return or a line
feed, or with the full-width = + - @, gets an apostrophe before it (as OWASP advises). So does a cell that begins with
an apostrophe: whoever reads the file back takes exactly one leading apostrophe away (`restore`).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any, BinaryIO

from backend.reports.rows import Export

_RISKY = tuple("=+-@\t\r\n＝＋－＠'")
COLUMNS = (
    "rule title severity status state presence account account_name region service resource_type resource name reason"
    " first_seen last_seen changed reopened assignee mute_reason mute_note muted_by mute_until frameworks equivalents"
    " remediation command missing"
).split()
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""A file meant for a spreadsheet begins with it, or other than ASCII is misread; a pipe has no use for it."""


def guard(cell: str) -> str:
    """The cell as text to a spreadsheet, whatever it begins with."""
    return f"'{cell}" if cell.startswith(_RISKY) else cell


def restore(cell: str) -> str:
    """What `guard` was given."""
    return cell[1:] if cell.startswith("'") else cell


def write(export: Export, stream: BinaryIO) -> int:
    """One line per finding below a line of column names; returns the number of findings."""
    text = io.TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", newline="", write_through=True)
    try:
        out = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        out.writerow(COLUMNS)
        number = 0
        for one in export.results():
            out.writerow(_cells(export.object(one)))
            number += 1
        text.flush()
        return number
    finally:
        text.detach()  # the stream stays the caller's


def _cells(found: Mapping[str, Any]) -> list[str]:
    mute = found["mute"] or {}
    flat = {
        **found,
        "reopened": "yes" if found["reopened"] else "no",
        "mute_reason": mute.get("reason"),
        "mute_note": mute.get("note"),
        "muted_by": mute.get("by"),
        "mute_until": mute.get("until"),
        "frameworks": _pairs(found["frameworks"]),
        "equivalents": _pairs(found["equivalents"]),
        "remediation": found["remediation"].get("text"),
        "command": found["remediation"].get("cli"),
        "missing": json.dumps(found["missing"], ensure_ascii=False) if found["missing"] else "",
    }
    return [guard(str(flat[name] or "").replace("\0", "\\0")) for name in COLUMNS]


def _pairs(mapped: Mapping[str, list[str]]) -> str:
    """`cis-aws-5.0:2.1.4 pci-dss-4.0:1.4.4`."""
    return " ".join(f"{key}:{one}" for key, ids in mapped.items() for one in ids)
