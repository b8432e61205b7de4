"""The demo company's account on the emulator, with a workspace in which it is scanned and judged again and again."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

from backend.demo import company
from backend.inventory import store
from backend.inventory.aws.scan_worker import scan
from backend.posture import findings
from backend.posture.evaluate_worker import evaluate_scan
from backend.posture.publish import publish
from backend.reads.findings.detail import detail
from backend.workspace import file

ACCOUNT = "123456789012"
HOME = company.REGIONS[0]


class _Link:
    """What the scan and the evaluation send, kept."""

    def __init__(self) -> None:
        self.batches: list[dict[str, Any]] = []

    def progress(self, *_: Any, **__: Any) -> None:
        pass

    def batch(self, data: dict[str, Any]) -> None:
        self.batches.append(data)

    def prompt(self, kind: str, text: str, **extra: Any) -> str:
        raise AssertionError(f"nobody is there to answer {text}")

    def cancelled(self) -> bool:
        return False


class AccountLab:
    """`look()` scans everything and judges it; the rest speaks of what the last look saw."""

    def __init__(self, folder: Path, aws: Any) -> None:
        self.aws = aws
        self._path = folder / "lab.vedette"
        file.create(self._path)
        self.conn: sqlite3.Connection = file.open_writer(self._path)
        store.ensure_tables(self.conn)
        assert publish(self.conn) == []

    def look(self) -> None:
        """Scan the account and evaluate every rule."""
        number = self.conn.execute(
            "INSERT INTO scan (provider, cloud_id, state, started_at, product_version, regions)"
            " VALUES ('aws', ?, 'done', ?, 'lab', ?) RETURNING id",
            (ACCOUNT, int(time.time()), json.dumps(company.REGIONS)),
        ).fetchone()[0]
        link = _Link()
        scan({"cloud_id": ACCOUNT, "regions": list(company.REGIONS), "threads": 4}, link, self.aws, HOME)
        self._write(lambda batch: store.store_batch(self.conn, number, batch), link)
        link = _Link()
        outcome = evaluate_scan(self._path, number, (), link)
        assert outcome["failed"] == {}
        self._write(lambda batch: findings.merge(self.conn, number, batch), link)

    def statuses(self) -> dict[tuple[str, str], str]:
        """(rule, resource) -> pass, fail, unknown, or gone."""
        rows = self.conn.execute("SELECT rule, resource, status, presence FROM finding").fetchall()
        return {(rule, uid): status if presence == "present" else presence for rule, uid, status, presence in rows}

    def remedy(self, rule: str, uid: str) -> tuple[str, tuple[str, ...], dict[str, Any]]:
        """(command as the console shows it, its placeholders without a value, columns and evidence)."""
        number = self.conn.execute("SELECT id FROM finding WHERE rule = ? AND resource = ?", (rule, uid)).fetchone()[0]
        found = detail(self.conn, number)
        assert found is not None
        values = {**(dict(found.resource.columns) if found.resource else {}), "name": found.row.name, "uid": uid}
        values |= {"region": found.row.region} | {one.column: one.value for one in found.evidence}
        return found.remediation.cli, found.remediation.missing, values

    def reason(self, rule: str, uid: str) -> str:
        """What the rule says of the resource now."""
        query = "SELECT reason FROM finding WHERE rule = ? AND resource = ?"
        return str(self.conn.execute(query, (rule, uid)).fetchone()[0])

    def _write(self, each: Any, link: _Link) -> None:
        self.conn.execute("BEGIN IMMEDIATE")
        for batch in link.batches:
            if "begin" not in batch:
                each(batch)
        self.conn.execute("COMMIT")
