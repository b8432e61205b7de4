"""A workspace in memory with scans written by hand, for tests of evaluation and findings."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from sqlite_utils import Database

from backend.inventory import catalog, store
from backend.posture import findings
from backend.posture.compile import Compiled, compile_rule
from backend.posture.evaluate import evaluate
from backend.posture.evaluate_worker import differences, index_related
from backend.posture.gate import Gaps, Gate
from backend.posture.load import load
from backend.posture.rule import WEIGHT, Rule
from backend.posture.sandbox import Sandbox, empty
from backend.posture.verdict import Verdict
from backend.workspace.schema import migrations

ACCOUNT = "123456789012"
REGIONS = ("eu-west-1", "us-east-1")


def rule(tmp_path: Path, **keys: Any) -> Rule:
    """A rule with everything a rule needs; `keys` replace or add."""
    entry: dict[str, Any] = {
        "id": "test-rule-one",
        "title": "A rule of this test",
        "severity": "high",
        "resource": "aws_s3_bucket",
        "rationale": "because",
        "remediation": {"text": "do it", "cli": "aws s3api x --bucket {name}"},
        "reason": "versioning is {versioning}",
        "pass": "versioning = 'Enabled'",
        "tests": [{"expect": "pass", "row": {"versioning": "Enabled"}}, {"expect": "fail", "row": {"versioning": ""}}],
    }
    entry.update({key.removesuffix("_"): value for key, value in keys.items()})
    entry = {key: value for key, value in entry.items() if value is not None}
    path = tmp_path / f"{entry['id']}.yaml"
    path.write_text(yaml.safe_dump([entry]))
    rules, problems = load([path])
    assert not problems, problems
    return rules[0]


def compiled(one: Rule) -> Compiled:
    """The rule, compiled against the declared tables."""
    sandbox = empty(0)
    try:
        return compile_rule(one, sandbox)
    finally:
        sandbox.close()


class Workspace:
    """A workspace file without an engine."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.conn = sqlite3.connect(path, isolation_level=None)
        migrations.apply(Database(self.conn))
        store.ensure_tables(self.conn)

    def scan(
        self,
        rows: Iterable[tuple[str, str, Mapping[str, Any]]] = (),
        *,
        bad: Iterable[Mapping[str, Any]] = (),
        regions: Iterable[str] = REGIONS,
        at: int = 1_760_000_000,
        state: str = "done",
    ) -> int:
        """A scan that saw `rows` (table, name, values); all listings were ok but for the outcomes in `bad`."""
        scan = self.conn.execute(
            "INSERT INTO scan (provider, cloud_id, state, started_at, product_version, regions)"
            " VALUES ('aws',?,?,?,'t',?)",
            (ACCOUNT, state, at, json.dumps(list(regions))),
        ).lastrowid
        assert scan is not None
        good = []
        for listing in catalog.listings():
            places = regions if listing.region == "each" else ["global"]
            good += [{"operation": listing.operation, "region": one, "outcome": "ok"} for one in places]
        wire = []
        for table, name, values in rows:
            given = dict(values)
            region = given.pop("region", "eu-west-1")
            uid = given.pop("uid", f"arn:aws:test:{region}:{ACCOUNT}:{table}/{name}")
            checked = {key: catalog.tables()[table].by_name[key].check(value) for key, value in given.items()}
            row = {"table": table, "uid": uid, "account": ACCOUNT, "region": region, "name": name, "raw": "{}"}
            wire.append({**row, "values": checked})
        store.store_batch(self.conn, scan, {"rows": wire, "outcomes": [*good, *bad]})
        return scan

    def publish(self, one: Rule) -> None:
        """Put a rule's row where findings look its severity up."""
        table = catalog.tables()[one.resource]
        self.conn.execute(
            "INSERT OR REPLACE INTO rule (id, title, severity, severity_rank, provider, service, resource_type,"
            " definition, file, line, loaded_at) VALUES (?,?,?,?,?,?,?,?,?,?,0)",
            (
                one.id, one.title, one.severity, WEIGHT[one.severity], table.provider, table.service, table.name,
                json.dumps(one.definition()), str(one.file), one.line,
            ),
        )  # fmt: skip

    def verdicts(self, one: Rule, scan: int) -> dict[str, Verdict]:
        """Name -> verdict of a rule over a scan."""
        return {verdict.name: verdict for verdict in self._evaluate(compiled(one), scan)[0]}

    def merge(self, one: Rule, scan: int, now: int) -> dict[str, int]:
        """Evaluate and merge, as the engine does."""
        self.publish(one)
        ready = compiled(one)
        verdicts, gate = self._evaluate(ready, scan)
        counts: Counter[str] = Counter()
        for batch in list(differences(self.conn, ready, ACCOUNT, verdicts, gate)):
            counts.update(findings.merge(self.conn, scan, batch, now))
        return dict(counts)

    def finding(self, name: str) -> sqlite3.Row:
        """The finding of a resource, by its name."""
        self.conn.row_factory = sqlite3.Row
        try:
            row: sqlite3.Row = self.conn.execute("SELECT * FROM finding WHERE name = ?", (name,)).fetchone()
            return row
        finally:
            self.conn.row_factory = None

    def _evaluate(self, ready: Compiled, scan: int) -> tuple[list[Verdict], Gate]:
        at = self.conn.execute("SELECT started_at FROM scan WHERE id = ?", (scan,)).fetchone()[0]
        gate = Gate.of_scan(self.conn, scan)
        sandbox = Sandbox(at)
        try:
            sandbox.copy_scan(f"{self.path.as_uri()}?mode=ro", scan, ACCOUNT, ready.tables())
            index_related(sandbox, [ready])
            return list(evaluate(ready, sandbox, gate, Gaps(gate, sandbox))), gate
        finally:
            sandbox.close()
