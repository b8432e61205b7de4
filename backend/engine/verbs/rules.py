"""Rules: switch on and off, read their files again, check a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backend.engine.clients import ClientConnection
from backend.engine.verbs.argument import Arg
from backend.engine.verbs.verb import Verb
from backend.errors import UserError

if TYPE_CHECKING:
    from backend.engine.server import Engine


def enable(engine: Engine, client: ClientConnection, rules: list[str]) -> dict[str, Any]:
    """Switch rules on, and evaluate them over the newest scan of each account. Returns the evaluations."""
    _known(engine, rules)
    with engine.writer.decision() as conn:
        conn.executemany("UPDATE rule SET enabled = 1 WHERE id = ?", [(rule,) for rule in rules])
        engine.audit(client, "rule.enable", f"{len(rules)} rules", rules=rules[:100])
        engine.writer.changed("rule")
    running = {job.subject.get("scan") for job in engine.jobs.active("scan")}
    jobs = []
    for (scan,) in engine.conn.execute("SELECT max(id) FROM scan WHERE state = 'done' GROUP BY cloud_id").fetchall():
        if scan not in running:
            request = {"scan": scan, "rules": rules, "final": True}
            jobs.append(engine.jobs.start("evaluate", f"Evaluate scan {scan}", request, client, {"scan": scan}))
    return {"jobs": [job.public() for job in jobs]}


def disable(engine: Engine, client: ClientConnection, rules: list[str]) -> None:
    """Switch rules off; their findings leave the lists until they are on again."""
    from backend.posture.findings import retire

    _known(engine, rules)
    with engine.writer.decision() as conn:
        conn.executemany("UPDATE rule SET enabled = 0 WHERE id = ?", [(rule,) for rule in rules])
        gone = sum(retire(conn, rule) for rule in rules)
        engine.audit(client, "rule.disable", f"{len(rules)} rules", rules=rules[:100])
        engine.writer.changed("rule")
        engine.writer.changed("finding", None, gone=gone)


def reload(engine: Engine, client: ClientConnection) -> dict[str, Any]:
    """Read all rule files again. Returns the problems: [{file, line, rule, message}]."""
    from backend.engine.rules import load_rules, shown

    return {"problems": shown(load_rules(engine, always=True) or [])}


async def check(engine: Engine, client: ClientConnection, text: str) -> dict[str, Any]:
    """What is wrong with a rule file's text: [{line, rule, message}]; nothing is stored."""
    job = engine.jobs.start("rule.check", "Check a rule", {"text": text}, client)
    outcome = await job.end
    if outcome.error is not None:
        raise UserError(outcome.error["message"], outcome.error["next_step"])
    return outcome.result


def _known(engine: Engine, rules: list[str]) -> None:
    for rule in rules:
        if engine.conn.execute("SELECT 1 FROM rule WHERE id = ?", (rule,)).fetchone() is None:
            raise UserError(f"There is no rule “{rule[:100]}”.")


_RULES = {"rules": Arg("texts")}

VERBS = (
    Verb("rule.enable", "Switch rules on and evaluate them.", enable, _RULES, audited=True),
    Verb("rule.disable", "Switch rules off.", disable, _RULES, audited=True),
    Verb("rule.reload", "Read all rule files again.", reload),
    Verb("rule.check", "What is wrong with the text of a rule file.", check, {"text": Arg("word", longest=1_000_000)}),
)
