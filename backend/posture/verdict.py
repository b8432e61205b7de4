"""What a rule says of a resource, with a reason a person can check."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from backend.inventory.table import ResourceTable, Type
from backend.posture.gate import Missing

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
LONGEST_VALUE = 300


@dataclass(frozen=True)
class Verdict:
    """`status` is pass, fail, unknown, or skip (the rule does not speak of this resource)."""

    uid: str
    region: str
    name: str
    status: str
    reason: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()


def show(table: ResourceTable, column: str, value: Any) -> str:
    """A column's value as a person reads it."""
    kind = table.by_name[column].type if column in table.by_name else None
    if value is None:
        return "not collected"
    if kind is Type.BOOL:
        return "yes" if value else "no"
    if isinstance(value, float) and math.isinf(value):
        return "never" if value > 0 or kind is Type.TIME else "always"
    if kind is Type.TIME:
        try:
            return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M UTC")
        except (OverflowError, ValueError, OSError):
            return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    shown = str(value)
    if not shown:
        return "none"
    return shown if len(shown) <= LONGEST_VALUE else shown[: LONGEST_VALUE - 1] + "…"


def render(template: str, table: ResourceTable, values: Mapping[str, Any], why: Mapping[str, Missing]) -> str:
    """Fill a reason template. A NULL reads "not collected (iam.ListUsers denied)"."""

    def put(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            return match.group()
        value = values[name]
        if value is None and name in why:
            missing = why[name]
            return f"not collected ({missing.operation} {missing.outcome})"
        return show(table, name, value)

    return _PLACEHOLDER.sub(put, template)
