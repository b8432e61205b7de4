"""Exit codes: what a script may rely on."""

from __future__ import annotations

OK = 0
USER_ERROR = 1
USAGE = 2
FAILING = 3
UNKNOWN = 4
BUG = 70  # EX_SOFTWARE
INTERRUPTED = 130  # 128 + SIGINT, as shells count

MEANING = {
    OK: "done",
    USER_ERROR: "something in your environment is not as it must be; the message says what",
    USAGE: "the command line, or a query in it, cannot be read",
    FAILING: "with --fail-on SEVERITY: findings of that severity or worse fail",
    UNKNOWN: "with --fail-on-unknown: something could not be evaluated (a call was denied or failed)",
    BUG: "a bug of ours; the traceback goes with a report of it",
    INTERRUPTED: "stopped by Ctrl-C",
}


def epilog() -> str:
    """The list for `--help`."""
    return "exit codes:\n" + "\n".join(f"  {code:<4} {meaning}" for code, meaning in MEANING.items())
