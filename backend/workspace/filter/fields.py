"""Which fields a list can be asked about, and where SQL finds each of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class FieldKind(Enum):
    """How a field's values are compared."""

    WORD = "word"  # compared whole, ignoring the case of ASCII letters; * and ? are wildcards
    EXACT = "exact"  # the same, but with case (ARNs): can use an index
    CHOICE = "choice"  # one of a few values; an ordered one also takes > >= < <=
    NUMBER = "number"
    TIME = "time"
    FLAG = "flag"  # yes or no


@dataclass(frozen=True, slots=True)
class Source:
    """Columns that hold the value, and the condition around the comparison.

    `inside` holds one `{}` for the comparison: it carries a term into another table.
    """

    columns: tuple[str, ...]
    inside: str = "{}"


@dataclass(frozen=True, slots=True)
class Choice:
    """A value a field may have: what is written, and the SQL condition when it is not a plain equality."""

    value: str
    condition: str = ""
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name in a query, how it is compared, and what it means to a person."""

    name: str
    kind: FieldKind
    sources: tuple[Source, ...]
    meaning: str
    example: str = ""
    choices: tuple[Choice, ...] = ()
    rank: str = ""  # column of the rank, for ordered choices
    nullable: bool = False  # a NULL is then unequal to everything, instead of hiding the row from NOT


@dataclass(frozen=True, slots=True)
class Default:
    """A condition that holds unless the query speaks of one of `fields` itself."""

    condition: str
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class FieldSet:
    """The fields of one list. `text` are the sources free text is looked for in."""

    fields: dict[str, Field]
    text: tuple[Source, ...]
    defaults: tuple[Default, ...] = field(default=())


def _labels(key: str) -> Source:
    """Values of a label; the analyst's word stands over a tag."""
    of_key = f" AND label.key = '{key}'" if key else ""
    return Source(
        ("label.value",),
        "(finding.account, finding.resource) IN (SELECT label.account, label.resource FROM asset_label AS label"
        f" WHERE {{}}{of_key} AND (label.origin = 'analyst' OR NOT EXISTS ("
        "SELECT 1 FROM asset_label AS said WHERE said.account = label.account AND said.resource = label.resource"
        " AND said.key = label.key AND said.origin = 'analyst')))",
    )


_OF_RULE = "finding.rule IN (SELECT rule.id FROM rule WHERE {})"
_OF_REQUIREMENT = "finding.rule IN (SELECT mapped.rule FROM rule_requirement AS mapped WHERE {})"
_OF_ACCOUNT = "finding.account IN (SELECT account.cloud_id FROM account WHERE account.cloud_id <> '' AND {})"
_ACCOUNT = (Source(("finding.account",)), Source(("account.name", "account.alias"), _OF_ACCOUNT))
SEVERITIES = ("info", "low", "medium", "high", "critical")  # rank 1..5
STATES = ("open", "in_progress", "muted", "resolved")


def _plain(name: str, meaning: str, example: str = "", kind: FieldKind = FieldKind.WORD) -> Field:
    return Field(name, kind, (Source((f"finding.{name}",)),), meaning, example)


def _choice(name: str, values: tuple[str, ...], meaning: str, column: str = "") -> Field:
    choices = tuple(Choice(value) for value in values)
    return Field(name, FieldKind.CHOICE, (Source((f"finding.{column or name}",)),), meaning, values[0], choices)


def _flag(name: str, condition: str, meaning: str) -> Field:
    return Field(name, FieldKind.FLAG, (Source((condition,)),), meaning, "yes")


_FINDING_FIELDS = (
    Field(
        "severity",
        FieldKind.CHOICE,
        (Source(("finding.severity",)),),
        "How bad a failure is; >=high takes everything from high up",
        "high",
        tuple(Choice(name, f"finding.severity_rank = {rank}", rank) for rank, name in enumerate(SEVERITIES, 1)),
        rank="finding.severity_rank",
    ),
    Field(
        "status",
        FieldKind.CHOICE,
        (Source(("finding.status",)),),
        "Verdict of the rule (pass, fail, unknown), or a state of triage",
        "fail",
        (
            *(Choice(name) for name in ("fail", "unknown", "pass")),
            *(Choice(s, f"finding.state = '{s}'") for s in STATES),
        ),
    ),
    Field(
        "state",
        FieldKind.CHOICE,
        (Source(("finding.state",)),),
        "Triage: open, in_progress, muted, resolved, or none (it never failed)",
        "open",
        (*(Choice(name) for name in STATES), Choice("none", "finding.state = ''")),
    ),
    _choice("presence", ("present", "stale", "gone"), "Whether the resource was there in the last complete listing"),
    _plain("rule", "Id of the rule", "aws-s3-*"),
    Field("title", FieldKind.WORD, (Source(("rule.title",), _OF_RULE),), "Title of the rule", "*public*"),
    _plain("service", "Service of the resource", "s3"),
    Field("account", FieldKind.WORD, _ACCOUNT, "Cloud account: its id, its name here, or its alias", "prod"),
    _plain("region", "Region, or global", "eu-west-1"),
    _plain("provider", "Cloud provider", "aws"),
    _plain("resource", "Unique id (ARN) of the resource; compared with case", "arn:aws:s3:::prod-*", FieldKind.EXACT),
    _plain("resource_type", "Table of the resource", "aws_s3_bucket"),
    _plain("name", "Name of the resource", "prod-*"),
    _plain("reason", "Why the verdict is as it is", "*0.0.0.0/0*"),
    Field(
        "framework",
        FieldKind.WORD,
        (Source(("mapped.framework",), _OF_REQUIREMENT),),
        "Framework the rule counts for",
        "cis-aws-5.0",
    ),
    Field(
        "requirement",
        FieldKind.WORD,
        (Source(("mapped.requirement", "mapped.framework || '/' || mapped.requirement"), _OF_REQUIREMENT),),
        "Requirement the rule counts for, alone or after its framework",
        "cis-aws-5.0/2.1.4",
    ),
    _plain("assignee", "Who works on it", "maria"),
    Field("label", FieldKind.WORD, (_labels(""),), "Any label of the resource", "production"),
    Field("environment", FieldKind.WORD, (_labels("environment"),), "Environment label of the resource", "production"),
    Field("owner", FieldKind.WORD, (_labels("owner"),), "Owner label of the resource", "payments"),
    Field("criticality", FieldKind.WORD, (_labels("criticality"),), "Criticality label of the resource", "high"),
    Field("sensitivity", FieldKind.WORD, (_labels("sensitivity"),), "Sensitivity label of the resource", "restricted"),
    _plain("first_seen", "When it was first seen", "7d", FieldKind.TIME),
    _plain("last_seen", "When it was last seen", "<2026-01-01", FieldKind.TIME),
    _plain(
        "changed", "When its status last changed; 7d is within, >7d longer ago than seven days", "7d", FieldKind.TIME
    ),
    _flag("reopened", "finding.reopened = 1", "Failed again after it had been resolved"),
    _flag("muted", "finding.state = 'muted'", "Muted findings, which are hidden otherwise"),
    _plain("mute_reason", "Why it is muted", "accepted risk"),
    _plain("id", "Number of the finding", "17", FieldKind.NUMBER),
    Field(
        "scan",
        FieldKind.NUMBER,
        (Source(("past.scan",), "finding.id IN (SELECT past.finding FROM finding_history AS past WHERE {})"),),
        "Number of a scan that changed it",
        "12",
    ),
)

_FINDING_TEXT = (
    Source(("finding.name", "finding.resource", "finding.reason", "finding.rule", "finding.account")),
    Source(("rule.title",), _OF_RULE),
    Source(("account.name",), _OF_ACCOUNT),
)

# A stale finding stays in sight: that its listing failed is no reason to believe it fixed.
FINDINGS = FieldSet(
    {one.name: one for one in _FINDING_FIELDS},
    _FINDING_TEXT,
    (
        Default("finding.presence <> 'gone'", frozenset({"presence", "scan", "id"})),
        Default("finding.state <> 'muted'", frozenset({"state", "muted", "mute_reason", "scan", "id", "status:muted"})),
    ),
)
