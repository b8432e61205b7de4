"""Settings and saved views."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.engine.clients import ClientConnection
from backend.engine.verbs.argument import Arg
from backend.engine.verbs.verb import Verb
from backend.errors import UserError
from backend.workspace import settings

if TYPE_CHECKING:
    from backend.engine.server import Engine


def set_setting(engine: Engine, client: ClientConnection, key: str, value: Any) -> dict[str, Any]:
    """Change a declared setting of the workspace; null puts its default back.

    Returns {problems}: what is wrong in the rule files of newly named folders, as `rule.reload` says it.
    """
    if key == "rules.folders":
        _check_folders(value)
    with engine.writer.decision() as conn:
        if value is None:
            settings.put_by_user(conn, key, settings.get(conn, key))  # refuses what is not the user's
            settings.reset(conn, key)
        else:
            settings.put_by_user(conn, key, value)
        engine.audit(client, "setting.set", key, value=value)
        engine.writer.changed("setting")
    if key == "vault.idle_minutes":
        engine.vault.vault.set_idle_minutes(settings.get(engine.conn, key))
    elif key == "rules.folders":
        from backend.engine.rules import load_rules, shown

        return {"problems": shown(load_rules(engine, always=True) or [])}
    return {"problems": []}


def get_setting(engine: Engine, client: ClientConnection, key: str) -> Any:
    """The value of a setting, its default when it was never set."""
    if key not in settings.SETTINGS or settings.SETTINGS[key].internal:
        raise UserError(f"There is no setting “{key[:60]}”.", "setting.list names them.")
    return settings.get(engine.conn, key)


def list_settings(engine: Engine, client: ClientConnection) -> list[dict[str, Any]]:
    """All settings a person may change: [{key, value, default, meaning, least, most, choices}]."""
    return [
        {
            "key": one.key,
            "value": settings.get(engine.conn, one.key),
            "default": one.default,
            "meaning": one.meaning,
            "least": one.least,
            "most": one.most,
            "choices": list(one.choices),
        }
        for one in settings.shown_settings()
    ]


def save_view(
    engine: Engine, client: ClientConnection, page: str, name: str, query: str, options: dict[str, Any], starred: bool
) -> dict[str, Any]:
    """Keep a view of a page under a name, replacing one of the same name."""
    with engine.writer.decision() as conn:
        id = conn.execute(
            "INSERT INTO saved_view (page, name, query, options, starred) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (page, name) DO UPDATE SET query = excluded.query, options = excluded.options,"
            " starred = excluded.starred RETURNING id",
            (page, name.strip(), query, json.dumps(options, ensure_ascii=False), int(starred)),
        ).fetchone()[0]
        engine.writer.changed("saved_view", id)
    return {"view": id}


def remove_view(engine: Engine, client: ClientConnection, view: int) -> None:
    """Remove a saved view; one that is gone is no error."""
    with engine.writer.decision() as conn:
        conn.execute("DELETE FROM saved_view WHERE id = ?", (view,))
        engine.writer.changed("saved_view")


def _check_folders(value: Any) -> None:
    for one in value if isinstance(value, list) else ():
        if not isinstance(one, str) or not Path(one).is_absolute():
            raise UserError("Rule folders are absolute paths.", "Give each as /path/to/rules.")
        if not Path(one).is_dir():
            raise UserError(f"There is no folder {one}.", "Make it, or choose another.")


VERBS = (
    Verb(
        "setting.set",
        "Change a setting; null puts its default back.",
        set_setting,
        {"key": Arg("word"), "value": Arg("any", None)},
        audited=True,
    ),
    Verb("setting.get", "The value of a setting.", get_setting, {"key": Arg("word")}),
    Verb("setting.list", "All settings, with their defaults and meaning.", list_settings),
    Verb(
        "view.save",
        "Keep a view of a page under a name.",
        save_view,
        {
            "page": Arg("word", longest=60),
            "name": Arg("word", longest=120),
            "query": Arg("text"),
            "options": Arg("object", {}),
            "starred": Arg("flag", False),
        },
    ),
    Verb("view.remove", "Remove a saved view.", remove_view, {"view": Arg("integer")}),
)
