"""Decisions about findings: triage and its undo, comments, labels."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from backend.engine.clients import ClientConnection
from backend.engine.verbs.argument import Arg
from backend.engine.verbs.verb import Verb
from backend.errors import UserError

if TYPE_CHECKING:
    from backend.engine.server import Engine

MOST_FINDINGS = 200_000
_LABELS = ("environment", "owner", "criticality", "sensitivity")


def set_triage(
    engine: Engine,
    client: ClientConnection,
    findings: list[int] | None,
    query: str | None,
    state: str | None,
    reason: str,
    note: str,
    until: int | None,
    assignee: str | None,
) -> dict[str, Any]:
    """Apply one decision to findings. Returns {changed, skipped, undo}; `undo` is a token, '' when nothing changed."""
    from backend.workspace import triage

    decision = triage.Decision(state, reason, note, until, assignee)
    ids = chosen(engine, findings, query)
    with engine.writer.decision() as conn:
        steps, skipped = triage.decide(conn, ids, decision, who=client.who, at=int(time.time()))
        if steps:
            action = f"finding.{state}" if state else "finding.assign"
            shown = {"reason": reason, "note": note, "until": until, "assignee": assignee, "findings": len(steps)}
            audit_findings(engine, client, action, [step.finding for step in steps], query, shown)
            engine.writer.changed("finding", max(step.finding for step in steps), triaged=len(steps))
    engine.upkeep.mutes_changed()
    return {"changed": len(steps), "skipped": skipped, "undo": engine.undo.add(steps) if steps else ""}


def undo(engine: Engine, client: ClientConnection, token: str) -> dict[str, Any]:
    """Take a decision back. Returns {restored, skipped}; skipped ones were changed by somebody else since."""
    from backend.workspace import triage

    steps = engine.undo.peek(token)
    with engine.writer.decision() as conn:
        done, left = triage.undo(conn, steps, who=client.who, at=int(time.time()))
        if done:
            audit_findings(
                engine, client, "finding.undo", [step.finding for step in done], None, {"findings": len(done)}
            )
            engine.writer.changed("finding", max(step.finding for step in done), triaged=len(done))
    engine.undo.discard(token)
    engine.upkeep.mutes_changed()
    return {"restored": len(done), "skipped": left}


def chosen(engine: Engine, findings: list[int] | None, query: str | None) -> list[int]:
    """Ids of the findings a verb speaks of: a list, or all that a query of the findings page shows."""
    if (findings is None) == (query is None):
        raise UserError(
            "Give either findings or a query.", "`query` takes what the query bar of the findings page does."
        )
    if findings is not None:
        return findings
    from backend.workspace.filter import FINDINGS, FilterError, to_filter

    try:
        found = to_filter(query or "", FINDINGS)
    except FilterError as error:
        raise UserError(f"The query cannot be read: {error}") from None
    sql = f"SELECT finding.id FROM finding WHERE {found.sql} LIMIT ?"
    ids = [row[0] for row in engine.conn.execute(sql, (*found.params, MOST_FINDINGS + 1))]
    if len(ids) > MOST_FINDINGS:
        raise UserError(f"More than {MOST_FINDINGS:,} findings match.", "Narrow the query.")
    return ids


def audit_findings(
    engine: Engine, client: ClientConnection, action: str, ids: list[int], query: str | None, detail: dict[str, Any]
) -> None:
    """One audit row for a decision over many findings; it names each of up to a hundred."""
    subject = f"finding {ids[0]}" if len(ids) == 1 else f"{len(ids)} findings"
    shown = {name: value for name, value in detail.items() if value not in ("", None)}
    if query is not None:
        shown["query"] = query
    engine.audit(client, action, subject, **shown, ids=ids[:100])


def comment(engine: Engine, client: ClientConnection, finding: int, text: str) -> dict[str, Any]:
    """Add a comment to a finding; its id."""
    with engine.writer.decision() as conn:
        if conn.execute("SELECT 1 FROM finding WHERE id = ?", (finding,)).fetchone() is None:
            raise UserError(f"There is no finding {finding}.")
        cursor = conn.execute(
            "INSERT INTO comment (finding, at, who, text) VALUES (?, ?, ?, ?)",
            (finding, int(time.time()), client.who, text),
        )
        engine.audit(client, "comment.add", f"finding {finding}", length=len(text))
        engine.writer.changed("comment", cursor.lastrowid)
    return {"comment": cursor.lastrowid}


def set_label(
    engine: Engine,
    client: ClientConnection,
    findings: list[int] | None,
    resources: list[Any] | None,
    key: str,
    value: str,
) -> dict[str, Any]:
    """Label resources by hand; stands over what their tags say."""
    with engine.writer.decision() as conn:
        named = _resources(engine, findings, resources)
        conn.executemany(
            "INSERT OR REPLACE INTO asset_label (account, resource, key, value, origin, at)"
            " VALUES (?, ?, ?, ?, 'analyst', ?)",
            [(account, resource, key, value, int(time.time())) for account, resource in named],
        )
        engine.audit(client, "label.set", _subject(named), key=key, value=value)
        engine.writer.changed("asset_label", labelled=len(named))
    return {"resources": len(named)}


def clear_label(
    engine: Engine, client: ClientConnection, findings: list[int] | None, resources: list[Any] | None, key: str
) -> dict[str, Any]:
    """Remove labels set by hand; what the tags say holds again."""
    with engine.writer.decision() as conn:
        named = _resources(engine, findings, resources)
        gone = 0
        for account, resource in named:
            gone += conn.execute(
                "DELETE FROM asset_label WHERE account = ? AND resource = ? AND key = ? AND origin = 'analyst'",
                (account, resource, key),
            ).rowcount
        engine.audit(client, "label.clear", _subject(named), key=key)
        engine.writer.changed("asset_label", labelled=gone)
    return {"resources": gone}


def _resources(engine: Engine, findings: list[int] | None, resources: list[Any] | None) -> list[tuple[str, str]]:
    """(account, uid) of the resources a label verb speaks of."""
    if (findings is None) == (resources is None):
        raise UserError("Give either findings or resources.")
    if findings is not None:
        query = "SELECT account, resource FROM finding WHERE id = ?"
        rows = [engine.conn.execute(query, (id,)).fetchone() for id in findings]
        named = {(row[0], row[1]) for row in rows if row is not None}
    else:
        named = set()
        for one in resources or ():
            account, resource = one.get("account"), one.get("resource")
            if not isinstance(account, str) or not isinstance(resource, str) or not resource:
                raise UserError("A resource is named by “account” (its cloud id) and “resource” (its unique id).")
            named.add((account, resource))
    if not named:
        raise UserError("None of these findings or resources is there.")
    return sorted(named)


def _subject(named: list[tuple[str, str]]) -> str:
    return named[0][1] if len(named) == 1 else f"{len(named)} resources"


_WHICH = {
    "findings": Arg("integers", None, longest=MOST_FINDINGS),
    "resources": Arg("objects", None, longest=MOST_FINDINGS),
    "key": Arg("word", choices=_LABELS),
}

VERBS = (
    Verb(
        "triage.set",
        "Set state, mute or assignee of findings, given by id or by query; comes back with an undo token.",
        set_triage,
        {
            "findings": Arg("integers", None, longest=MOST_FINDINGS),
            "query": Arg("text", None),
            "state": Arg("word", None),
            "reason": Arg("text", ""),
            "note": Arg("text", ""),
            "until": Arg("integer", None),
            "assignee": Arg("text", None, longest=200),
        },
        audited=True,
    ),
    Verb("triage.undo", "Take a triage decision back, exactly.", undo, {"token": Arg("word")}, audited=True),
    Verb(
        "comment.add",
        "Add a comment to a finding.",
        comment,
        {"finding": Arg("integer"), "text": Arg("word", longest=20_000)},
        audited=True,
    ),
    Verb(
        "label.set", "Label resources by hand.", set_label, {**_WHICH, "value": Arg("word", longest=200)}, audited=True
    ),
    Verb("label.clear", "Remove labels that were set by hand.", clear_label, _WHICH, audited=True),
)
