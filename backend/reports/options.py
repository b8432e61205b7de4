"""What the analyst chose for a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from backend.errors import UserError


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """Scope and wording of a report. Empty `accounts` and `frameworks` mean all.

    `accounts` are cloud ids or the analyst's names. `created` (epoch seconds) is printed as the time of the report;
    without it, that is the time of the newest data: no clock is read, so the same data gives the same bytes.
    `as_of` prints an earlier moment: a day (`2026-11-01`, to its end in UTC), a time, or the number of a scan. That
    moment is then the time of the report.
    """

    title: str = "Cloud security posture report"
    organization: str = ""
    prepared_by: str = ""
    classification: str = "Confidential"
    accounts: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    passed: bool = False  # also list every result that passed
    created: int | None = None
    as_of: str = ""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> ReportOptions:
        """From JSON; raises UserError for an unknown option or a value of the wrong kind."""
        known = {one.name: one for one in fields(cls)}
        if unknown := sorted(set(given) - set(known)):
            raise UserError(f"A report has no option '{unknown[0]}'.", f"Options are {', '.join(sorted(known))}.")
        values: dict[str, Any] = {}
        for name, value in given.items():
            if name in ("accounts", "frameworks"):
                if isinstance(value, str) or not all(isinstance(one, str) for one in value):
                    raise UserError(f"The report option '{name}' is a list of texts.")
                values[name] = tuple(value)
                continue
            kind = {"passed": (bool,), "created": (int, type(None))}.get(name, (str,))
            if not isinstance(value, kind) or (name == "created" and isinstance(value, bool)):
                raise UserError(f"The report option '{name}' cannot be {value!r}.")
            values[name] = value
        return cls(**values)
