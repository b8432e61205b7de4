"""The `vedette` command: reads the command line, runs one command, turns errors into a sentence and an exit code."""

from __future__ import annotations

import argparse
import importlib
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backend.cli import exits
from backend.errors import UserError

_COMMANDS = {
    "scan": "read a cloud account and evaluate the rules",
    "findings": "list what was found",
    "diff": "what changed between two scans",
    "score": "the posture score, its history and what would raise it most",
    "report": "write an audit report (PDF, CSV, JSON, SARIF, OCSF)",
    "export": "write findings to a file or to standard output",
    "triage": "mute, open or assign findings",
    "accounts": "list, add, test and remove accounts",
    "rules": "list, show, check and test rules",
    "permissions": "the least-privilege policy of the enabled rules",
    "workspace": "about the workspace file; hand it over, take triage back",
    "audit": "verify the audit log",
    "demo": "open a demo workspace: an emulated account, really scanned",
    "gui": "open the console",
}
_EXCLUDED = re.compile(r"-[a-z_]+:")


class _Parser(argparse.ArgumentParser):
    """A parser whose arguments are declared when it is first used: a command costs only its own imports."""

    def __init__(self, *args: Any, module: str = "", **options: Any) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        options.setdefault("allow_abbrev", False)
        super().__init__(*args, **options)
        self._module = module
        if not module:
            shared(self)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if self._module:
            command = importlib.import_module(f"backend.cli.commands.{self._module}")
            self._module = ""
            self.description = command.__doc__
            shared(self)
            command.arguments(self)
        return super().parse_known_args(args, namespace)


def shared(parser: argparse.ArgumentParser) -> None:
    """Options that may stand before the command or after it."""
    parser.add_argument(
        "--workspace",
        type=Path,
        metavar="PATH",
        default=argparse.SUPPRESS,
        help="workspace file (default: default.vedette in your data folder)",
    )
    parser.add_argument(
        "--format",
        choices=("table", "json", "csv", "ocsf", "sarif", "pdf"),
        metavar="FORMAT",
        default=argparse.SUPPRESS,
        help="table, json or csv; findings and reports have more",
    )
    parser.add_argument(
        "--passphrase-file",
        metavar="PATH",
        default=argparse.SUPPRESS,
        help="file (0600, or fd:N) with the vault's passphrase; also VEDETTE_PASSPHRASE_FILE (default: ask)",
    )


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    from backend.product import NAME, VERSION

    top = _Parser(
        prog="vedette",
        description=f"{NAME}: scan cloud accounts for misconfigurations; everything stays on this machine.",
        epilog=exits.epilog(),
    )
    top.add_argument("--version", action="version", version=f"{NAME} {VERSION}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, summary in _COMMANDS.items():
        commands.add_parser(name, help=summary, module=name, epilog=exits.epilog())
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit code. Usage errors exit with 2 as argparse does."""
    words = [_query_word(word) for word in (sys.argv[1:] if argv is None else argv)]
    arguments = parser().parse_args(words)
    if not arguments.command:
        parser().print_help()
        return exits.USAGE
    try:
        code = int(arguments.run(arguments))
        sys.stdout.flush()
        return code
    except UserError as error:
        return _user_error(error)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return exits.INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has seen enough. Python must not complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.OK
    except Exception as error:  # noqa: BLE001 -- the last place where a bug can be named as one
        return _bug(error)


def _query_word(word: str) -> str:
    """`-status:muted` is part of a query, not an option: argparse takes a word with a space for no option."""
    return f"NOT {word[1:]}" if _EXCLUDED.match(word) else word


def _user_error(error: UserError) -> int:
    from backend.cli.output import say
    from backend.workspace.filter.errors import FilterError

    if isinstance(error, FilterError):
        say(f"vedette: {error.message} (at character {error.position + 1} of the query)")
        return exits.USAGE
    say(f"vedette: {error.message}")
    if error.next_step:
        say(error.next_step)
    return exits.USER_ERROR


def _bug(error: Exception) -> int:
    import traceback

    from backend.product import NAME, VERSION

    print("".join(traceback.format_exception(error)), file=sys.stderr)
    print(
        f"This is a bug in {NAME} {VERSION}, not your mistake. Please report it with the lines above.", file=sys.stderr
    )
    return exits.BUG


if __name__ == "__main__":
    sys.exit(main())
