"""Rule files to `Rule`s. One bad rule is one `Problem`; the others load."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from backend.inventory import catalog
from backend.posture.rule import ACCOUNT_WIDE, SAME_REGION, WEIGHT, Problem, Remediation, Rule, RuleTest
from backend.posture.yaml_lines import Lines, YamlRefused, read

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+\Z")
_REQUIRED = ("id", "title", "severity", "resource", "rationale", "remediation", "reason", "tests")
_KNOWN = {
    *_REQUIRED,
    "where",
    "pass",
    "query",
    "facts",
    "more_rows_can_only",
    "related_scope",
    "frameworks",
    "equivalents",
}
_EXPECT = ("pass", "fail", "unknown", "skip")


def rule_files(paths: Iterable[Path]) -> list[Path]:
    """The .yaml files named by, or below, these paths; sorted."""
    found: set[Path] = set()
    for path in paths:
        found.update(path.rglob("*.yaml") if path.is_dir() else [path])
    return sorted(found)


def load(paths: Iterable[Path]) -> tuple[list[Rule], list[Problem]]:
    """All rules below the paths, with what is wrong in them. A doubled id is a problem of the later rule."""
    rules: list[Rule] = []
    problems: list[Problem] = []
    seen: dict[str, Rule] = {}
    for path in rule_files(paths):
        for rule in _load_file(path, problems):
            if rule.id in seen:
                first = seen[rule.id]
                problems.append(
                    Problem(path, rule.line, rule.id, f"the id is already taken by {first.file}:{first.line}")
                )
                continue
            seen[rule.id] = rule
            rules.append(rule)
    return rules, problems


def _load_file(path: Path, problems: list[Problem]) -> list[Rule]:
    try:
        content, lines = read(path)
    except YamlRefused as refused:
        problems.append(Problem(path, refused.line, "", str(refused)))
        return []
    if not isinstance(content, list):
        problems.append(Problem(path, 1, "", "a rule file is a list of rules (each begins with `- id:`)"))
        return []
    found: list[Rule] = []
    for entry in content:
        wrong: list[Problem] = []
        rule = _rule(entry, path, lines, wrong)
        problems.extend(wrong)
        if rule is not None and not wrong:
            found.append(rule)
    return found


def from_definition(entry: Mapping[str, Any], file: Path = Path(), line: int = 0) -> Rule:
    """A rule back from its stored definition (table `rule`).

    Raises:
        ValueError: the stored definition is not what we write.
    """
    wrong: list[Problem] = []
    rule = _rule(dict(entry), file, Lines(), wrong)
    if rule is None or wrong:
        raise ValueError("; ".join(str(problem) for problem in wrong))
    return rule


def _rule(entry: Any, path: Path, lines: Lines, problems: list[Problem]) -> Rule | None:
    line = lines.of(entry)
    if not isinstance(entry, dict):
        problems.append(Problem(path, line, "", "this entry is no rule (a rule is a mapping with an id)"))
        return None
    name = str(entry.get("id", ""))

    def wrong(message: str, at: Any = None) -> None:
        problems.append(Problem(path, lines.of(at, line), name, message))

    for key in entry:
        if key not in _KNOWN:
            wrong(f"the key {key!r} is not known; known are {', '.join(sorted(_KNOWN))}")
    missing = [key for key in _REQUIRED if not entry.get(key)]
    if missing:
        wrong(f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
        return None
    if not _ID.match(name):
        wrong("the id must be lower-case words joined by hyphens, such as aws-s3-bucket-versioning")
    if str(entry["severity"]) not in WEIGHT:
        wrong(f"the severity {entry['severity']!r} is none of {', '.join(WEIGHT)}")
        return None
    if str(entry["resource"]) not in catalog.tables():
        wrong(f"there is no resource table {entry['resource']!r}")
        return None
    if bool(entry.get("pass")) == bool(entry.get("query")):
        wrong("a rule has either `pass` (an expression) or `query` (a whole SELECT)")
    if entry.get("query") and entry.get("where"):
        wrong("`where` goes with `pass`; a `query` says itself which rows it speaks of")
    if (entry.get("more_rows_can_only") or "") not in ("", "pass", "fail"):
        wrong("more_rows_can_only is `pass` or `fail`")
    scope = _mapping(entry, "related_scope", wrong)
    for table, value in scope.items():
        if table not in catalog.tables() or value not in (ACCOUNT_WIDE, SAME_REGION):
            wrong(f"related_scope {table}: {value} is not a resource table with `account` or `region`")
    return Rule(
        id=name,
        title=str(entry["title"]),
        severity=str(entry["severity"]),
        resource=str(entry["resource"]),
        rationale=str(entry["rationale"]).strip(),
        remediation=_remediation(entry["remediation"], wrong),
        reason=str(entry["reason"]).strip(),
        passes=str(entry.get("pass") or "").strip(),
        where=str(entry.get("where") or "").strip(),
        query=str(entry.get("query") or "").strip(),
        facts={key: str(value) for key, value in _mapping(entry, "facts", wrong).items()},
        more_rows_can_only=str(entry.get("more_rows_can_only") or ""),
        related_scope={key: str(value) for key, value in scope.items()},
        frameworks=_names(_mapping(entry, "frameworks", wrong)),
        equivalents=_names(_mapping(entry, "equivalents", wrong)),
        tests=_tests(entry["tests"], lines, wrong),
        file=path,
        line=line,
    )


def _mapping(entry: Mapping[str, Any], key: str, wrong: Any) -> dict[str, Any]:
    value = entry.get(key) or {}
    if not isinstance(value, dict):
        wrong(f"`{key}` must be a mapping")
        return {}
    return {str(name): inner for name, inner in value.items()}


def _names(mapping: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {
        key: tuple(str(one) for one in (value if isinstance(value, list) else [value]))
        for key, value in mapping.items()
    }


def _remediation(value: Any, wrong: Any) -> Remediation:
    if not isinstance(value, dict) or not value.get("text"):
        wrong("`remediation` needs a `text` (and should have a `cli`)")
        return Remediation("")
    unknown = set(value) - {"text", "cli", "terraform"}
    if unknown:
        wrong(f"`remediation` does not know {', '.join(sorted(map(str, unknown)))}")
    return Remediation(
        str(value["text"]).strip(), str(value.get("cli") or "").strip(), str(value.get("terraform") or "").strip()
    )


def _tests(value: Any, lines: Lines, wrong: Any) -> tuple[RuleTest, ...]:
    if not isinstance(value, list):
        wrong("`tests` must be a list")
        return ()
    found: list[RuleTest] = []
    for test in value:
        if not isinstance(test, dict) or test.get("expect") not in _EXPECT:
            wrong(f"a test needs `expect`: one of {', '.join(_EXPECT)}", test)
            continue
        extra = set(test) - {"expect", "row", "related", "uncollected"}
        row, related, missing = test.get("row") or {}, test.get("related") or {}, test.get("uncollected") or []
        if extra or not isinstance(row, dict) or not isinstance(related, dict):
            wrong("a test has `expect`, `row`, `related` (table -> list of rows) and `uncollected` only", test)
            continue
        if not all(isinstance(inner, list) for inner in (missing, *(many or [] for many in related.values()))):
            wrong("the rows of a table in `related`, and `uncollected`, must be lists", test)
            continue
        rows = {str(name): tuple(inner or ()) for name, inner in related.items()}
        if not all(isinstance(one, dict) for many in rows.values() for one in many):
            wrong("the rows of `related` must be mappings", test)
            continue
        uncollected = tuple(str(one) for one in missing)
        found.append(RuleTest(str(test["expect"]), row, rows, uncollected, lines.of(test)))
    for kind in ("pass", "fail"):
        if not any(test.expect == kind for test in found):
            wrong(f"there is no test that expects `{kind}`")
    return tuple(found)
