from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

MakeDisk = Callable[[str], Path]  # from a size as mount writes it to the folder


def remount_read_only(folder: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
