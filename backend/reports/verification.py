"""The worker that holds a written report against what the workspace and its manifest remember of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.errors import UserError
from backend.reports import manifest
from backend.reports.worker import Link


def run(args: Mapping[str, Any], link: Link) -> dict[str, Any]:
    """`args`: path, sha256 (as the workspace remembers it). Returns {problem, head}.

    `problem` is a sentence, '' when file and manifest are as they were written; `head` is the head of the audit log
    that the manifest printed (COUNT:MAC), '' when there is none to hold the log against.
    """
    path = Path(args["path"])
    if not path.is_file():
        return {"problem": f"{path} is no longer there: it was moved or deleted.", "head": ""}
    if manifest.sha256_of(path) != args["sha256"]:
        return {"problem": f"{path.name} was changed after it was written: its SHA-256 is another.", "head": ""}
    beside = manifest.manifest_path(path)
    try:
        content = manifest.read(beside)
        checked = manifest.verify(beside)
    except UserError as error:
        return {"problem": error.message, "head": ""}
    wrong = next((f"{one.file}: {one.problem}" for one in checked if one.problem), "")
    if not wrong and path.name not in [one.file for one in checked]:
        wrong = f"The manifest {beside.name} does not speak of {path.name}."
    audit = content.get("audit_log")
    head = f"{audit.get('count')}:{audit.get('mac')}" if isinstance(audit, Mapping) and audit.get("count") else ""
    return {"problem": wrong, "head": head}
