"""SARIF 2.1.0: one run, a rule for each rule with a finding, a result for each finding.

A failing finding is a result of kind `fail`; one that could not be checked is of kind `open` (the standard's word for
"not enough information to decide"); a muted one carries a suppression.
"""

from __future__ import annotations

from typing import Any, BinaryIO

from backend.product import NAME, VERSION
from backend.reports.json import encode
from backend.reports.listing import Result
from backend.reports.ocsf import finding_uid
from backend.reports.rows import Export
from backend.reports.ruleset import RuleEntry
from backend.reports.wording import iso

VERSION_OF_FORMAT = "2.1.0"
_LEVEL = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
_SECURITY_SEVERITY = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.5", "info": "0.1"}
_KIND = {"fail": "fail", "pass": "pass", "unknown": "open"}


def write(export: Export, stream: BinaryIO) -> int:
    """Write the log; returns the number of results."""
    used = {
        row[0]
        for row in export.conn.execute(f"SELECT DISTINCT rule FROM finding WHERE {export.condition}", export.params)
    }
    rules = [rule for id_, rule in export.rules.items() if id_ in used]
    index = {rule.id: number for number, rule in enumerate(rules)}
    driver = {"name": NAME, "version": VERSION, "semanticVersion": VERSION, "rules": [_rule(rule) for rule in rules]}
    head = {"tool": {"driver": driver}, "columnKind": "utf16CodeUnits", "invocations": _invocations(export)}
    opening = encode({"version": VERSION_OF_FORMAT, "runs": []})[:-2]  # up to the list of runs
    stream.write(opening + encode(head)[:-1] + b', "results": [')
    number = 0
    for one in export.results():
        stream.write(b",\n" if number else b"\n")
        stream.write(encode(_result(one, index)))
        number += 1
    stream.write(b"\n]}]}\n")
    return number


def _invocations(export: Export) -> list[dict[str, Any]]:
    """The newest ended scan of each account."""
    rows = export.conn.execute(
        "SELECT max(id), state, started_at, finished_at, cloud_id FROM scan WHERE state <> 'running' GROUP BY cloud_id"
        " ORDER BY cloud_id"
    )
    found = []
    for _, state, started, finished, account in rows:
        one: dict[str, Any] = {"executionSuccessful": state == "done", "startTimeUtc": iso(started)}
        if finished:
            one["endTimeUtc"] = iso(finished)
        found.append({**one, "properties": {"account": account, "state": state}})
    return found


def _rule(rule: RuleEntry) -> dict[str, Any]:
    mapped = [f"{key}:{id_}" for key, ids in sorted(rule.frameworks.items()) for id_ in ids]
    fix, command = rule.remediation.get("text", ""), rule.remediation.get("cli", "")
    found: dict[str, Any] = {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "defaultConfiguration": {"level": _LEVEL[rule.severity]},
        "properties": {
            "tags": ["security", rule.service, *mapped],
            "security-severity": _SECURITY_SEVERITY[rule.severity],
            "severity": rule.severity,
        },
    }
    if rule.rationale:
        found["fullDescription"] = {"text": rule.rationale}
    if fix or command:
        plain = "\n".join(part for part in (fix, command) if part)
        fence = "`" * 3
        marked = f"{fix}\n\n{fence}sh\n{command}\n{fence}" if command and fence not in command else plain
        found["help"] = {"text": plain, "markdown": marked}
    return found


def _result(one: Result, index: dict[str, int]) -> dict[str, Any]:
    name = {"fullyQualifiedName": one.resource, "kind": "resource"}
    if one.name:
        name["name"] = one.name
    found: dict[str, Any] = {
        "ruleId": one.rule,
        "ruleIndex": index[one.rule],
        "kind": _KIND[one.status],
        "level": _LEVEL[one.severity] if one.status == "fail" else "none",
        "message": {"text": _plain(one.reason or one.rule)},
        "locations": [{"logicalLocations": [name]}],
        "partialFingerprints": {"vedette/v1": finding_uid(one)},
        "properties": {
            "account": one.account,
            "region": one.region,
            "resourceType": one.resource_type,
            "severity": one.severity,
            "state": one.state,
            "firstSeen": iso(one.first_seen),
            "lastSeen": iso(one.last_seen),
        },
    }
    if one.state == "muted":
        words = f"{one.mute_reason} ({one.muted_by}) {one.mute_note}".strip()
        # Without a status, which older forms of the schema call otherwise, it counts as accepted.
        found["suppressions"] = [{"kind": "external", "justification": words}]
    return found


def _plain(text: str) -> str:
    """A message in which no name from outside becomes a link: SARIF reads `[words](target)` as one."""
    return text.replace("](", "]\\(") if "](" in text else text
