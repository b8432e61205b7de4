"""What changed between two scans of an account.

Without numbers: what the newest scan of each account changed since the one before. `vedette accounts list` shows the
numbers of scans.
"""

from __future__ import annotations

import argparse

from backend.cli.face import of


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.add_argument("scan", nargs="*", type=int, metavar="A B", help="two scans of one account")
    parser.set_defaults(run=run, usage_error=parser.error)


def run(arguments: argparse.Namespace) -> int:
    """Compare."""
    from backend.cli.output import dump, emit, plain, say
    from backend.reads import scans
    from backend.reads.scans.diff import KINDS

    if len(arguments.scan) not in (0, 2):
        arguments.usage_error("give two scans, or none to compare the last two of each account")
    face = of(arguments)
    format = face.format()
    with face.reading() as conn:
        found = scans.diff(conn, *arguments.scan) if arguments.scan else scans.since_last(conn)
    counts = dict(zip(KINDS, found.counts, strict=True))
    if format == "json":
        dump({"before": found.before, "after": found.after, "counts": counts, **{k: getattr(found, k) for k in KINDS}})
        return 0
    rows = [{"change": kind, **plain(change)} for kind in KINDS for change in getattr(found, kind)]
    columns = ("change", "severity", "before", "after", "title", "name", "account", "region")
    emit(format, rows, columns, empty="No finding changed.")
    if found.first:
        say("There is no earlier scan to compare with.")
    elif format == "table":
        words = {"failing": "newly failing"}
        say(", ".join(f"{count} {words.get(kind, kind)}" for kind, count in counts.items()))
        if any(count > len(getattr(found, kind)) for kind, count in counts.items()):
            say("Only the worst 500 of each are listed.")
    return 0
