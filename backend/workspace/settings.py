"""Settings of a workspace: each declared once, with its type, default and meaning.

What belongs to one machine or one person's taste (window sizes, theme) is not here. Those marked as internal are
written by their owner only and are not shown. Nothing here is secret.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from backend.errors import UserError


@dataclass(frozen=True)
class Setting:
    """One setting. `least` and `most` bound a number, or the length of a text; `choices` are all a text may be."""

    key: str
    default: Any
    meaning: str
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    internal: bool = False

    @property
    def type(self) -> type:
        """The Python type of its values."""
        return type(self.default)

    def check(self, value: Any) -> Any:
        """The value as it is stored; `UserError` when it does not fit."""
        kind = self.type
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not kind:
            raise UserError(f"The setting {self.key} must be {_KINDS[kind]}.", self.meaning)
        if self.choices and value not in self.choices:
            raise UserError(f"The setting {self.key} is one of: {', '.join(self.choices)}.", self.meaning)
        size = len(value) if isinstance(value, str) else value if isinstance(value, (int, float)) else 0
        unit = " characters" if isinstance(value, str) else ""
        if self.least is not None and not size >= self.least:
            raise UserError(f"The setting {self.key} is at least {self.least:g}{unit}.", self.meaning)
        if self.most is not None and not size <= self.most:
            raise UserError(f"The setting {self.key} is at most {self.most:g}{unit}.", self.meaning)
        return value


_KINDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    dict: "an object",
    list: "a list",
}

SETTINGS: dict[str, Setting] = {
    setting.key: setting
    for setting in (
        Setting("workspace.id", "", "Random name of this workspace; its hand-overs keep it.", internal=True),
        Setting("workspace.created_at", 0, "When it was made.", internal=True),
        Setting("workspace.created_by", "", "Version of the product that made it.", internal=True),
        Setting("workspace.schema_by", "", "Version of the product that last changed the schema.", internal=True),
        Setting("workspace.open", 0, "Process id of the writer; gone once it was closed in order.", internal=True),
        Setting("handover", {}, "Who handed this copy over, when, and the sender's audit head.", internal=True),
        Setting(
            "audit.handed_over", True, "The audit log is the sender's and cannot go on under its key.", internal=True
        ),
        Setting("vault", {}, "Where the vault's key is kept; never exported.", internal=True),
        Setting("vault.idle_minutes", 30, "Idle minutes after which the vault locks itself; 0 is never.", 0, 10_080),
        Setting("rules.folders", [], "Folders of your own rules, beside the shipped ones."),
        Setting("rules.files", "", "Digest of the rule files as last read.", internal=True),
        Setting("scan.stale_days", 7, "Days after which the age of the last scan turns amber.", 1, 3_650),
        Setting(
            "triage.mute_days", 90, "Days that a new mute lasts when nothing else is said; 0 is for ever.", 0, 3_650
        ),
        Setting("report.organization", "", "Name printed on a report's cover.", most=200),
        Setting("report.classification", "Confidential", "Marking printed on each page of a report.", most=60),
    )
}


def get(conn: sqlite3.Connection, key: str) -> Any:
    """The value of a declared setting; its default when it was never set or what is stored does not fit."""
    setting = _declared(key)
    row = conn.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
    if row is None:
        return setting.default
    try:
        return setting.check(json.loads(row[0]))
    except (ValueError, UserError):
        return setting.default


def put(conn: sqlite3.Connection, key: str, value: Any) -> None:
    """Set a declared setting, in the caller's transaction; `UserError` when the value does not fit."""
    checked = _declared(key).check(value)
    conn.execute(
        "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, json.dumps(checked, ensure_ascii=False, sort_keys=True)),
    )


def put_by_user(conn: sqlite3.Connection, key: str, value: Any) -> None:
    """The same for what a person sets: internal settings are refused."""
    if key not in SETTINGS or SETTINGS[key].internal:
        shown = ", ".join(setting.key for setting in shown_settings())
        raise UserError(f"There is no setting “{key[:60]}”.", f"The settings are: {shown}.")
    put(conn, key, value)


def reset(conn: sqlite3.Connection, key: str) -> None:
    """Back to the default, in the caller's transaction."""
    conn.execute("DELETE FROM setting WHERE key = ?", (_declared(key).key,))


def shown_settings() -> Iterator[Setting]:
    """Those a person may see and change, in the declared order."""
    return (setting for setting in SETTINGS.values() if not setting.internal)


def _declared(key: str) -> Setting:
    try:
        return SETTINGS[key]
    except KeyError:
        raise LookupError(f"the setting {key} is not declared in backend.workspace.settings") from None
