"""How a child of ours is started: the same interpreter, the same code, no folder of the user's in between."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def module_command(module: str, *arguments: str) -> list[str]:
    """Argument list that runs one of our modules. `-P`: a folder backend/ in the current directory is not ours."""
    return [sys.executable, "-P", "-m", module, *arguments]


def child_environment() -> dict[str, str]:
    """Our environment, with our own code first on the child's path: parent and child are always of one version."""
    environment = dict(os.environ)
    root = str(Path(__file__).resolve().parents[2])
    inherited = environment.get("PYTHONPATH", "")
    environment["PYTHONPATH"] = os.pathsep.join([root, *(p for p in inherited.split(os.pathsep) if p and p != root)])
    environment.pop("PYTHONSTARTUP", None)
    return environment
