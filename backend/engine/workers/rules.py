"""Check the text of a rule file in a child: its SQL is compiled, and may be anything."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from backend.engine.worker import WorkerLink
from backend.posture.check import check_paths


def check(args: dict[str, Any], link: WorkerLink) -> dict[str, Any]:
    """{"problems": [{line, rule, message}]} of `text`."""
    with tempfile.TemporaryDirectory(prefix="vedette-rule-") as folder:
        path = Path(folder) / "rule.yaml"
        path.write_text(args["text"], encoding="utf-8")
        problems = [
            {"line": one.line, "rule": one.rule, "message": one.message.replace(str(path), "the rule")}
            for one in check_paths([path])
        ]
    return {"problems": problems}
