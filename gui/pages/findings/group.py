"""A rule as the details of its group: what it checks, how far it fails, how to fix it everywhere."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QLayout, QWidget

from gui.channel import door
from gui.charts.meter import Meter
from gui.details.pane import Tab
from gui.details.sections import Code, pairs, paragraph, section
from gui.moments import ago, count, plural, stamp
from gui.pages.findings.detail import Requirements, requirement_sections, written_in
from gui.parts.layouts import button, column
from gui.parts.words import SEVERITY, Mark
from gui.text import label

Group = door.findings.GroupRow
Detail = door.findings.FindingDetail


def badges(group: Group) -> list[Mark]:
    """The severity alone: a group has no one verdict."""
    return [SEVERITY[group.severity]]


def tabs(
    group: Group, sample: Detail, requirements: Requirements, expand: Callable[[], None], ask: Callable[[str], None]
) -> list[Tab]:
    """What can be said of all of them; `sample` is the worst one, for the rule's words."""
    return [
        ("Finding", lambda: _rule(group, sample, expand, ask)),
        ("Fix", lambda: _fix(sample)),
        ("Frameworks", lambda: _frameworks(sample, requirements, ask)),
    ]


def _rule(group: Group, sample: Detail, expand: Callable[[], None], ask: Callable[[str], None]) -> QLayout:
    box = column(space=0)
    share = group.failed / group.checked if group.checked else None
    meter = Meter("Failing", "fail")
    meter.show_share(share)
    if group.checked:
        said = f"{count(group.failed)} of {plural(group.checked, 'resource')} fail"
    else:
        said = "No resource could be evaluated"
    show = button("Show or hide its findings here (→)", "link")
    show.clicked.connect(expand)
    only = button("Only this rule", "link")
    only.clicked.connect(lambda: ask(f"rule:{group.key}"))
    box.addLayout(section("How far", label(said, "title"), meter, show, only))
    if sample.rule is not None and sample.rule.rationale:
        box.addLayout(section("Why it matters", paragraph(sample.rule.rationale)))
    numbers = [
        ("Failing", count(group.failed), ""),
        ("Unknown", count(group.unknown), "missing" if group.unknown else ""),
        ("Muted", count(group.muted), ""),
        ("Accounts", count(group.accounts), ""),
        ("Regions", count(group.regions), ""),
        ("First seen", f"{stamp(group.oldest)} ({ago(group.oldest)})", ""),
        ("Last change", f"{stamp(group.newest)} ({ago(group.newest)})", ""),
    ]
    box.addLayout(section("In numbers", pairs(numbers)))
    if sample.rule is not None:
        lines = [("Rule", group.key, "mono"), ("Written in", written_in(sample.rule), "mono")]
        lines += [("Reads", operation, "mono") for operation in sample.rule.operations]
        parts: list[QWidget] = [pairs(lines)]
        if sample.rule.query or sample.rule.passes:
            parts.append(Code(sample.rule.query or sample.rule.passes, "SQL of the rule"))
        box.addLayout(section("Rule", *parts))
    box.addStretch(1)
    return box


def _fix(sample: Detail) -> QLayout:
    fixes = sample.remediation
    box = column(space=0)
    if fixes.text:
        box.addLayout(section("How to fix it", paragraph(fixes.text)))
    if fixes.cli:
        name = sample.row.name or sample.row.resource
        box.addLayout(section(f"AWS CLI, for {name}", Code(fixes.cli, "AWS CLI command")))
    if fixes.terraform:
        box.addLayout(section("Terraform", Code(fixes.terraform, "Terraform")))
    box.addStretch(1)
    return box


def _frameworks(sample: Detail, requirements: Requirements, ask: Callable[[str], None]) -> QLayout:
    box = column(space=0)
    for part in requirement_sections(requirements, ask):
        box.addLayout(part)
    if not requirements:
        box.addLayout(section("Requirements", paragraph("This rule counts for no framework.", "muted")))
    rows = [(tool, ", ".join(ids), "mono") for tool, ids in sample.row.equivalents.items()]
    if rows:
        box.addLayout(section("Same check in other tools", pairs(rows, 110)))
    box.addStretch(1)
    return box
