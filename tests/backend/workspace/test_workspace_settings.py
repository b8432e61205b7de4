from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from backend.errors import UserError
from backend.workspace import settings


def test_each_setting_says_what_it_is_and_has_a_default_that_fits() -> None:
    for key, setting in settings.SETTINGS.items():
        assert key == setting.key
        assert setting.meaning.endswith(".")
        if not setting.internal:
            assert setting.check(setting.default) == setting.default


def test_a_value_is_kept_until_it_is_reset(conn: sqlite3.Connection) -> None:
    assert settings.get(conn, "scan.stale_days") == 7
    settings.put_by_user(conn, "scan.stale_days", 30)
    settings.put_by_user(conn, "report.organization", "Müller & Söhne <script>")
    assert settings.get(conn, "scan.stale_days") == 30
    assert settings.get(conn, "report.organization") == "Müller & Söhne <script>"
    settings.reset(conn, "scan.stale_days")
    assert settings.get(conn, "scan.stale_days") == 7


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("scan.stale_days", 0, "at least 1"),
        ("scan.stale_days", 4_000, "at most 3650"),
        ("scan.stale_days", "7", "a whole number"),
        ("scan.stale_days", True, "a whole number"),
        ("scan.stale_days", None, "a whole number"),
        ("report.organization", "x" * 201, "at most 200 characters"),
        ("workspace.id", "mine", "There is no setting"),
        ("vault", {}, "There is no setting"),
        ("nothing", 1, "The settings are: .*scan.stale_days"),
    ],
)
def test_what_does_not_fit_is_refused(conn: sqlite3.Connection, key: str, value: Any, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        settings.put_by_user(conn, key, value)


@pytest.mark.parametrize("stored", ["not JSON", '"7"', "-1", "[]", "1e999", "null"])
def test_what_somebody_else_wrote_falls_back_to_the_default(conn: sqlite3.Connection, stored: str) -> None:
    conn.execute("INSERT INTO setting (key, value) VALUES ('scan.stale_days', ?)", (stored,))
    assert settings.get(conn, "scan.stale_days") == 7


def test_an_undeclared_setting_is_our_mistake(conn: sqlite3.Connection) -> None:
    with pytest.raises(LookupError, match="not declared"):
        settings.get(conn, "scan.staledays")
