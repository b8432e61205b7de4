"""The manifest beside a report: what was written, from which data, under which audit log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.errors import UserError
from backend.past.note import Note
from backend.product import NAME, VERSION
from backend.reports.data import ReportData
from backend.reports.wording import iso

KIND = "vedette report manifest"
FORM = 1
SUFFIX = ".manifest.json"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Checked:
    """A file of a manifest. `problem` is '' when it is as it was written."""

    file: str
    problem: str


def manifest_path(report: Path) -> Path:
    """Where the manifest of a report lies."""
    return report.with_name(report.name + SUFFIX)


def sha256_of(path: Path) -> str:
    """SHA-256 (hex) of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def describe(
    report: Path, format: str, data: ReportData, *, workspace: str, audit: Mapping[str, Any], query: str = ""
) -> dict[str, Any]:
    """The manifest's content. `audit` is the audit log's head: count of rows and MAC (hex) of the newest."""
    past = {"as_of": _past(data.past)} if data.past else {}
    return {
        "kind": KIND,
        "form": FORM,
        "product": f"{NAME} {VERSION}",
        "created": iso(data.created) if data.created else None,
        "evidence_as_of": iso(data.as_of) if data.as_of else None,
        **past,
        "workspace": workspace,
        "files": [
            {"file": report.name, "format": format, "bytes": report.stat().st_size, "sha256": sha256_of(report)},
        ],
        "data_sha256": data.digest,
        "query": query,
        "accounts": [one.cloud_id for one in data.scope.accounts],
        "frameworks": [one.id for one in data.frameworks],
        "scans": [
            {
                "id": scan.id,
                "state": scan.state,
                "started": iso(scan.started_at),
                "finished": iso(scan.finished_at),
                "product_version": scan.product_version,
                "rules_sha256": scan.rules_digest,
            }
            for scan in data.scope.scans
        ],
        "rules_sha256": list(data.rules_digests),
        "audit_log": {"count": int(audit.get("count", 0)), "mac": str(audit.get("mac", ""))},
    }


def _past(past: Note) -> dict[str, Any]:
    return {
        "moment": iso(past.at),
        "scan": past.scan,
        "judged_by_rules_sha256": past.rules_sha256,
        "scans_judged_anew": list(past.judged),
        "scans_not_done": [scan for scan, _, _ in past.unfinished],
    }


def encode(content: Mapping[str, Any]) -> bytes:
    """The manifest as it is written."""
    return (json.dumps(content, indent=2, ensure_ascii=True) + "\n").encode()


def read(path: Path) -> dict[str, Any]:
    """The manifest's content; raises UserError for a file that is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as wrong:
        raise UserError(f"The manifest {path} cannot be read: {wrong.strerror}.") from wrong
    except ValueError as wrong:
        raise UserError(f"{path} is no report manifest: it is not JSON.") from wrong
    if not isinstance(content, dict) or content.get("kind") != KIND:
        raise UserError(f"{path} is no report manifest.", f"Choose the file that ends in {SUFFIX}.")
    if not isinstance(content.get("form"), int) or content["form"] > FORM:
        raise UserError(f"The manifest {path} was written by a newer {NAME}.", "Check it with that version.")
    return content


def verify(path: Path) -> list[Checked]:
    """Hold each file named in the manifest, beside it, against its size and SHA-256."""
    return [_check(path.parent, one) for one in read(path).get("files", ())]


def _check(folder: Path, one: Mapping[str, Any]) -> Checked:
    name = str(one.get("file", ""))
    if not name or Path(name).name != name:
        return Checked(name, "The manifest names a file outside its own folder.")
    file = folder / name
    if not file.is_file():
        return Checked(name, "The file is missing.")
    size = file.stat().st_size
    if size != one.get("bytes"):
        return Checked(name, f"The file has {size:,} bytes; when it was written it had {one.get('bytes'):,}.")
    if sha256_of(file) != one.get("sha256"):
        return Checked(name, "The file's content was changed after it was written.")
    return Checked(name, "")
