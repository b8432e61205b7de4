"""Decide about findings: open, in_progress, mute, assign, comment.

Findings are named by --id (repeatable) or by --query; what a query names is shown first and asked about, unless --yes.
"""

from __future__ import annotations

import argparse
import time

from backend.cli.face import of
from backend.errors import UserError

REASONS = ("false positive", "accepted risk", "fix pending", "other")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for action, summary in (
        ("mute", "take findings out of the lists and the score"),
        ("open", "open again"),
        ("in-progress", "somebody works on it"),
        ("assign", "give to somebody ('' for nobody)"),
        ("comment", "add a comment to one finding"),
    ):
        one = actions.add_parser(action, help=summary)
        one.add_argument("--id", action="append", type=int, metavar="N", help="a finding (repeatable)")
        if action == "comment":
            one.add_argument("text")
            one.set_defaults(run=_comment)
            continue
        one.add_argument("--query", help="all findings that this query lists")
        one.add_argument("--yes", action="store_true", help="do not ask")
        one.add_argument("--note", default="", help="a word of explanation")
        if action == "mute":
            one.add_argument("--reason", required=True, choices=REASONS)
            one.add_argument("--until", metavar="DATE", help="an age ahead (30d) or a date; default: without end")
        if action == "assign":
            one.add_argument("assignee")
        one.set_defaults(run=_decide)
    undo = actions.add_parser("undo", help="take a decision back")
    undo.add_argument("token")
    undo.set_defaults(run=_undo)


def _decide(arguments: argparse.Namespace) -> int:
    from backend.cli.output import say

    if bool(arguments.id) == (arguments.query is not None):
        raise UserError("Name the findings: either by --id or by --query.")
    states = {"mute": "muted", "open": "open", "in-progress": "in_progress", "assign": None}
    with of(arguments).engine() as client:
        if arguments.query is not None and not arguments.yes:
            _ask(client, arguments.query)
        until = getattr(arguments, "until", None)
        done = client.call(
            "triage.set",
            timeout=None,
            findings=arguments.id,
            query=arguments.query,
            state=states[arguments.action],
            reason=getattr(arguments, "reason", ""),
            note=arguments.note,
            until=_until(until) if until else None,
            assignee=getattr(arguments, "assignee", None),
        )
    skipped = f", {done['skipped']} left as they were" if done.get("skipped") else ""
    undo = f" `vedette triage undo {done['undo']}` takes it back while the engine runs." if done.get("undo") else ""
    say(f"{done['changed']} changed{skipped}.{undo}")
    return 0


def _ask(client: object, query: str) -> None:
    from backend.cli.prompting import interactive
    from backend.reads import findings

    conn = client.reader()  # type: ignore[attr-defined]
    count = findings.count_upto(conn, findings.where(query), 1_000_000)
    if not interactive():
        raise UserError(f"The query lists {count:,} findings, and there is no terminal to ask on.", "Say --yes.")
    if input(f"{count:,} findings. Go on? [y/N] ").strip().lower() not in ("y", "yes"):
        raise UserError("Nothing was changed.")


def _until(text: str) -> int:
    """`30d` is so far ahead; a day is over at its end."""
    from backend.workspace.filter import moment

    now = int(time.time())
    when = moment.read(text, now)
    if when is None:
        raise UserError(f"{text} is no date.", moment.HELP)
    until = now + when.seconds if isinstance(when, moment.Age) else when.end
    if until <= now:
        raise UserError(f"{text} is in the past.")
    return until


def _comment(arguments: argparse.Namespace) -> int:
    if not arguments.id or len(arguments.id) != 1:
        raise UserError("A comment is for one finding: --id N.")
    with of(arguments).engine() as client:
        client.call("comment.add", finding=arguments.id[0], text=arguments.text)
    return 0


def _undo(arguments: argparse.Namespace) -> int:
    from backend.cli.output import say

    with of(arguments).engine() as client:
        done = client.call("triage.undo", timeout=None, token=arguments.token)
    say(f"{done['restored']} restored, {done['skipped']} left: changed by somebody since.")
    return 0
