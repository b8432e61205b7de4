"""OCSF 1.5.0 events of class Compliance Finding (2003), profile cloud, as one JSON list."""

from __future__ import annotations

import hashlib
import json
from typing import Any, BinaryIO

from backend.product import NAME, VERSION
from backend.reports.json import write_list
from backend.reports.listing import Result
from backend.reports.rows import Export
from backend.reports.ruleset import RuleEntry

SCHEMA_VERSION = "1.5.0"
CLASS = 2003
_SEVERITY = {"info": (1, "Informational"), "low": (2, "Low"), "medium": (3, "Medium"), "high": (4, "High")}
_SEVERITY["critical"] = (5, "Critical")
_VERDICT = {"pass": (1, "Pass"), "fail": (3, "Fail"), "unknown": (0, "Unknown")}
_ACTIVITY = {1: "Create", 2: "Update", 3: "Close"}
_PROVIDER = {"aws": "AWS", "azure": "Azure", "gcp": "GCP", "kubernetes": "Kubernetes"}
_ACCOUNT_TYPE = {"aws": (10, "AWS Account")}


def write(export: Export, stream: BinaryIO) -> int:
    """One event per finding; returns how many."""
    return write_list((event(export, one) for one in export.results()), stream)


def finding_uid(one: Result) -> str:
    """The same for the same rule and resource in every export."""
    return hashlib.sha256("\0".join((one.rule, one.account, one.resource)).encode(errors="replace")).hexdigest()


def event(export: Export, one: Result) -> dict[str, Any]:
    """The finding as an event; times are milliseconds since the epoch."""
    rule = export.rules.get(one.rule)
    activity = _activity(one)
    severity, severity_name = _SEVERITY[one.severity]
    status, status_name = _status(one)
    found: dict[str, Any] = {
        "activity_id": activity,
        "activity_name": _ACTIVITY[activity],
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Compliance Finding",
        "type_uid": CLASS * 100 + activity,
        "type_name": f"Compliance Finding: {_ACTIVITY[activity]}",
        "time": one.last_seen * 1000,
        "severity_id": severity,
        "severity": severity_name,
        "status_id": status,
        "status": status_name,
        "message": one.reason,
        "metadata": {
            "version": SCHEMA_VERSION,
            "profiles": ["cloud"],
            "uid": finding_uid(one),
            "product": {"name": NAME, "vendor_name": NAME, "version": VERSION},
        },
        "cloud": _cloud(export, one),
        "compliance": _compliance(one, rule),
        "finding_info": _finding_info(one, rule),
        "resources": [_resource(one)],
    }
    if one.assignee:
        found["comment"] = f"Assigned to {one.assignee}"
    if one.state == "muted":
        found["comment"] = f"Muted by {one.muted_by}: {one.mute_reason}. {one.mute_note}".strip()
    if rule is not None and rule.remediation:
        parts = [rule.remediation.get("text", ""), rule.remediation.get("cli", "")]
        found["remediation"] = {"desc": "\n".join(part for part in parts if part)}
    missing, evidence = json.loads(one.missing), json.loads(one.evidence)
    if evidence:
        found["evidences"] = [{"data": evidence}]
    unmapped = {"presence": one.presence, "state": one.state, "missing": missing}
    found["unmapped"] = {key: value for key, value in unmapped.items() if value}
    return found


def _activity(one: Result) -> int:
    if one.state == "resolved" or one.presence == "gone":
        return 3
    return 1 if one.first_seen == one.last_seen else 2


def _status(one: Result) -> tuple[int, str]:
    if one.state == "muted":
        return 3, "Suppressed"
    if one.state == "resolved" or one.presence == "gone" or one.status == "pass":
        return 4, "Resolved"
    if one.state == "in_progress":
        return 2, "In Progress"
    return (1, "New") if one.status == "fail" else (0, "Unknown")


def _cloud(export: Export, one: Result) -> dict[str, Any]:
    provider = one.resource_type.partition("_")[0]
    account: dict[str, Any] = {"uid": one.account}
    if name := export.accounts.get(one.account):
        account["name"] = name
    if provider in _ACCOUNT_TYPE:
        account["type_id"], account["type"] = _ACCOUNT_TYPE[provider]
    return {"provider": _PROVIDER.get(provider, provider), "account": account, "region": one.region}


def _compliance(one: Result, rule: RuleEntry | None) -> dict[str, Any]:
    verdict, name = _VERDICT[one.status]
    found: dict[str, Any] = {
        "control": one.rule,
        "status_id": verdict,
        "status": name,
        "status_detail": one.reason,
        # Each as framework:requirement, since OCSF does not tie a requirement to its standard.
        "standards": sorted(rule.frameworks) if rule else [],
        "requirements": [f"{key}:{id_}" for key, ids in sorted(rule.frameworks.items()) for id_ in ids] if rule else [],
    }
    if rule is not None and rule.rationale:
        found["desc"] = rule.rationale
    return {key: value for key, value in found.items() if value != []}


def _finding_info(one: Result, rule: RuleEntry | None) -> dict[str, Any]:
    return {
        "uid": finding_uid(one),
        "title": rule.title if rule else one.rule,
        "desc": one.reason,
        "types": ["Misconfiguration"],
        "product_uid": one.rule,
        "created_time": one.first_seen * 1000,
        "first_seen_time": one.first_seen * 1000,
        "modified_time": one.changed * 1000,
        "last_seen_time": one.last_seen * 1000,
        "analytic": {"uid": one.rule, "name": rule.title if rule else one.rule, "type_id": 1, "type": "Rule"},
    }


def _resource(one: Result) -> dict[str, Any]:
    found: dict[str, Any] = {"uid": one.resource, "type": one.resource_type, "region": one.region}
    if one.name:
        found["name"] = one.name
    return {**found, "group": {"name": one.service}}
