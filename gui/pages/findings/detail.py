"""One finding, told in the order an analyst asks: what, why it matters, on what evidence, how to fix it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QLayout, QLineEdit, QWidget

from backend.product import rules_root
from gui.channel import door
from gui.details.pane import Tab
from gui.details.prose import Reason, readable
from gui.details.sections import Code, entries, notice, pairs, paragraph, section
from gui.details.values import Folded, values
from gui.moments import ago, plural, stamp
from gui.pages.findings import labels
from gui.parts.layouts import button, column, row
from gui.parts.words import PRESENCE, SEVERITY, STATE, STATUS, Mark
from gui.text import label, plain

Detail = door.findings.FindingDetail
Requirements = Sequence[door.frameworks.RuleRequirement]
OnQuery = Callable[[str], None]
OnComment = Callable[[str], None]


def badges(detail: Detail) -> list[Mark]:
    """Severity, verdict, triage; presence only where it is not the plain one."""
    found = detail.row
    marks = [SEVERITY[found.severity], STATUS[found.status]]
    if found.state and STATE[found.state].word:
        marks.append(STATE[found.state])
    if found.presence != "present":
        marks.append(PRESENCE[found.presence])
    return marks


def tabs(
    detail: Detail, requirements: Requirements, ask: OnQuery, comment: OnComment, label_it: Callable[[], None]
) -> list[Tab]:
    """The five parts; each is built when it is looked at."""
    return [
        ("Finding", lambda: _finding(detail, label_it)),
        ("Fix", lambda: _fix(detail)),
        ("Resource", lambda: _resource(detail, ask)),
        ("Frameworks", lambda: _frameworks(detail, requirements, ask)),
        ("History", lambda: _history(detail, comment)),
    ]


def _finding(detail: Detail, label_it: Callable[[], None]) -> QLayout:
    found, rule = detail.row, detail.rule
    box = column(space=0)
    if found.state == "muted":
        box.addLayout(section("Muted", notice(_mute_words(detail), "notice-warn")))
    what: list[QWidget] = [Reason(found.reason)]
    if found.status == "unknown":
        what.append(notice("Not a pass and not a fail: something this verdict rests on could not be read.", "notice"))
    box.addLayout(section("What", *what))
    if rule is not None and rule.rationale:
        box.addLayout(section("Why it matters", paragraph(rule.rationale)))
    box.addLayout(labels.part(detail.labels, label_it))
    if detail.missing:
        lines = [
            (one.operation, f"{one.outcome}; needs {_permissions(one) or 'another look'}", "missing")
            for one in detail.missing
        ]
        box.addLayout(section("What could not be read", pairs(lines, 170)))
    if detail.evidence:
        box.addLayout(section("Evidence", values([(one.column, one.value) for one in detail.evidence])))
    if detail.calls:
        box.addLayout(_calls(detail))
    if rule is not None:
        lines = [("Rule", found.rule, "mono"), ("Written in", written_in(rule), "mono")]
        box.addLayout(section("Rule", pairs(lines), *_sql(rule)))
    box.addStretch(1)
    return box


def _calls(detail: Detail) -> QLayout:
    """The calls; their time is said once where it is the same for all."""
    times = {stamp(call.at) for call in detail.calls}
    lines = [
        (
            call.operation,
            f"{call.outcome} · {call.region}" + (f" · {stamp(call.at)}" if len(times) > 1 else ""),
            _call_look(call.outcome),
        )
        for call in detail.calls
    ]
    at = f", {times.pop()}" if len(times) == 1 else ""
    return section(f"API calls behind it{at}", pairs(lines, 210))


def written_in(rule: Any) -> str:
    """File and line of a rule; one that ships is named from the program's folder on."""
    path, root = Path(rule.file), rules_root()
    shown = path.relative_to(root.parent) if path.is_relative_to(root) else path
    return f"{shown}:{rule.line}"


def _sql(rule: Any) -> list[QWidget]:
    text = rule.query or rule.passes
    return [Code(text, "SQL of the rule")] if text else []


def _permissions(one: Any) -> str:
    many = getattr(one, "permissions", None)
    return ", ".join(many) if many is not None else str(getattr(one, "permission", ""))


def _call_look(outcome: str) -> str:
    return "muted" if outcome == "ok" else "missing"


def _mute_words(detail: Detail) -> str:
    found = detail.row
    end = "without end" if found.mute_until is None else f"until {stamp(found.mute_until)[:10]}"
    who = f" by {detail.muted_by}" if detail.muted_by else ""
    note = f" — {detail.mute_note}" if detail.mute_note else ""
    return f"{found.mute_reason.capitalize()}{who}, {end}{note}"


def _fix(detail: Detail) -> QLayout:
    fixes = detail.remediation
    box = column(space=0)
    if detail.row.status == "pass":
        box.addLayout(section("Nothing to fix", paragraph("This resource passes the rule.", "ok")))
    if fixes.text:
        box.addLayout(section("How to fix it", paragraph(fixes.text)))
    if fixes.cli:
        parts: list[QWidget] = [Code(fixes.cli, "AWS CLI command")]
        if fixes.missing:
            names = ", ".join(f"<{name}>" for name in fixes.missing)
            parts.append(notice(f"Fill in {names} before you run it.", "notice-warn"))
        box.addLayout(section("AWS CLI", *parts))
    if fixes.terraform:
        box.addLayout(section("Terraform", Code(fixes.terraform, "Terraform")))
    if not (fixes.text or fixes.cli or fixes.terraform):
        box.addLayout(section("How to fix it", paragraph("The rule gives no fix.", "muted")))
    box.addStretch(1)
    return box


def _resource(detail: Detail, ask: OnQuery) -> QLayout:
    found, resource = detail.row, detail.resource
    lines = [
        ("Name", found.name, ""),
        ("Unique id", found.resource, "mono"),
        ("Type", found.resource_type, ""),
        ("Account", f"{found.account_name} ({found.account})", ""),
        ("Region", found.region, ""),
    ]
    box = column(space=0)
    head: list[QWidget] = [pairs(lines)]
    if detail.others_failing:
        more = button(f"{plural(detail.others_failing, 'other failing finding')} of this resource", "link")
        more.clicked.connect(lambda: ask(f'resource:"{found.resource}" status:fail'))
        head.append(more)
    box.addLayout(section("Identity", *head))
    if resource is not None:
        if resource.tags:
            box.addLayout(section("Tags", pairs([(key, value, "") for key, value in resource.tags])))
        collected = (
            f"Collected {stamp(resource.collected_at)} ({ago(resource.collected_at)}), scan {resource.last_scan}"
        )
        box.addLayout(section("Configuration", paragraph(collected, "muted"), values(resource.columns)))
        if resource.raw:
            lines_of = plural(resource.raw.count("\n") + 1, "line")
            raw = Folded("API answer", {}, title=f"JSON, {lines_of}", text=resource.raw)
            box.addLayout(section("As the API answered", raw))
    else:
        box.addLayout(section("Configuration", paragraph("It is not stored in this workspace.", "muted")))
    box.addStretch(1)
    return box


def _frameworks(detail: Detail, requirements: Requirements, ask: OnQuery) -> QLayout:
    box = column(space=0)
    for part in requirement_sections(requirements, ask):
        box.addLayout(part)
    if not requirements:
        box.addLayout(section("Requirements", paragraph("This rule counts for no framework.", "muted")))
    if detail.row.equivalents:
        rows = [(tool, ", ".join(ids), "mono") for tool, ids in detail.row.equivalents.items()]
        box.addLayout(section("Same check in other tools", pairs(rows, 110)))
    box.addStretch(1)
    return box


def requirement_sections(requirements: Requirements, ask: OnQuery) -> list[QLayout]:
    """One section for each framework: its requirements with their titles, and the way to all that fails it."""
    parts: list[QLayout] = []
    for framework, title in dict.fromkeys((one.framework, one.framework_title) for one in requirements):
        rows = [
            (one.id, one.title + (" (judged by hand: this is evidence only)" if one.by_hand else ""), "")
            for one in requirements
            if one.framework == framework
        ]
        more = button("All that fails for it", "link")
        more.clicked.connect(lambda _=False, one=framework: ask(f"framework:{one} status:fail"))
        parts.append(section(title, pairs(rows, 110), more))
    return parts


def _history(detail: Detail, comment: OnComment) -> QLayout:
    found = detail.row
    box = column(space=0)
    field = QLineEdit()
    field.setPlaceholderText("Write a comment")
    field.setAccessibleName("Comment")
    send = button("Add")

    def add() -> None:
        text = field.text().strip()
        if text:
            field.clear()
            comment(text)

    send.clicked.connect(add)
    field.returnPressed.connect(add)
    line = QWidget()
    line.setLayout(row(field, send))
    box.addLayout(section("Comment", line))
    rows: list[tuple[int, str, str]] = []
    for entry in detail.history:
        before = f"{STATUS[entry.status_before].word} → " if entry.status_before in STATUS else "New: "
        gone = "" if entry.presence == "present" else f" ({entry.presence})"
        rows.append((entry.at, f"{before}{STATUS[entry.status].word}{gone}", readable(entry.reason)))
    rows.extend((one.at, _decision(one), _decision_more(one)) for one in detail.triage)
    rows.extend((one.at, f"{one.who} wrote", one.text) for one in detail.comments)
    rows.sort(key=lambda one: -one[0])
    shown = [(f"{stamp(at)} · {ago(at)}", plain(what), more) for at, what, more in rows]
    if shown:
        box.addLayout(section("What happened", entries(shown)))
    seen = [("First seen", f"{stamp(found.first_seen)}", ""), ("Last seen", f"{stamp(found.last_seen)}", "")]
    box.addLayout(section("Seen", pairs(seen)))
    if not shown:
        box.addWidget(label("No change since it was first seen.", "muted"))
    box.addStretch(1)
    return box


def _decision(one: Any) -> str:
    if one.state == one.state_before:
        return f"{one.who} assigned it to {one.assignee or 'nobody'}"
    how = {"scan": "The scan", "imported": f"{one.who} (imported)", "undo": f"{one.who} (undo)"}.get(
        one.origin, one.who
    )
    word = STATE[one.state].word.lower() if one.state in STATE else one.state
    return f"{how}: {word or 'no state'}"


def _decision_more(one: Any) -> str:
    parts = [one.reason, one.note, f"until {stamp(one.until)[:10]}" if one.until else ""]
    return " · ".join(part for part in parts if part)
