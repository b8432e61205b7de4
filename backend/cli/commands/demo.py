"""Open a demo workspace: an AWS emulator on this machine, the account of a small company in it, really scanned.

Without a display (or with --headless) it does the same, prints the summary and writes the PDF report.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from backend.errors import UserError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.add_argument("--headless", action="store_true", help="no window, even where there is a display")
    parser.add_argument("--directory", type=Path, metavar="D", help="where to put workspace and report")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run it."""
    from backend.cli.display import probe
    from backend.cli.output import say

    try:
        from backend.demo.run import run as demo
    except ModuleNotFoundError as error:
        if error.name and error.name.split(".")[0] in ("moto", "flask", "werkzeug"):
            raise UserError(f"The demo needs {error.name}.", "Install Vedette with its `demo` extra.") from None
        raise
    window = False
    if not arguments.headless:
        found = probe()
        window = bool(found.platform) and found.platform not in ("offscreen", "minimal")
        if not window:
            say(f"No window: {found.reason or found.platform}.")
    return int(demo(arguments.directory, window=window))
