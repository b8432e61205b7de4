"""Verify the audit log: find a row that was changed, removed or cut off.

--head compares with the head printed in a report's manifest, which also finds a log that was put back to an older
state.
"""

from __future__ import annotations

import argparse

from backend.cli import exits
from backend.cli.face import of


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help="go through the whole log")
    verify.add_argument("--head", metavar="COUNT:MAC", help="a head the log must once have had")
    verify.set_defaults(run=_verify)
    show = actions.add_parser("list", help="the newest entries")
    show.add_argument("--limit", type=int, default=100, metavar="N")
    show.set_defaults(run=_list)


def _verify(arguments: argparse.Namespace) -> int:
    from backend.cli.output import dump
    from backend.reads.visible import visible

    face = of(arguments)
    with face.reading():
        pass
    with face.engine() as client:
        found = client.call("audit.verify", timeout=None, head=arguments.head)
    if face.format() == "json":
        dump(found)
    else:
        print(visible(str(found["message"])))
    return exits.OK if found["ok"] else exits.USER_ERROR


def _list(arguments: argparse.Namespace) -> int:
    from backend.cli.output import emit, moment

    face = of(arguments)
    with face.reading() as conn:
        records = conn.execute(
            "SELECT id, at, who, action, subject, detail FROM audit_log ORDER BY id DESC LIMIT ?", (arguments.limit,)
        ).fetchall()
    rows = [
        {"id": id, "at": moment(at), "who": who, "action": action, "subject": subject, "detail": detail}
        for id, at, who, action, subject, detail in records
    ]
    emit(face.format(), rows, ("id", "at", "who", "action", "subject"), empty="The audit log is empty.")
    return 0
