"""Open the console on a workspace."""

from __future__ import annotations

import argparse
import subprocess
import sys

from backend.cli.face import of
from backend.errors import UserError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Open it and wait until it is closed."""
    from backend.cli.display import probe
    from backend.engine.command import child_environment

    found = probe()
    if not found.platform:
        raise UserError(
            f"The console needs a display: {found.reason}.",
            "The command line does the same without one; see `vedette --help`.",
        )
    face = of(arguments)
    # The console is named by text: the backend knows no screen.
    command = [sys.executable, "-P", "-m", "gui"]
    if face.chosen is not None:
        command += ["--workspace", str(face.chosen)]
    return subprocess.run(command, env=child_environment(), check=False).returncode
