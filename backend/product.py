"""Who we are, and where our data files lie (in a checkout and in a frozen build alike)."""

from __future__ import annotations

import sys
from pathlib import Path

NAME = "Vedette"
VERSION = "0.1.0"


def _root() -> Path:
    """Folder that holds rules/ and resources/: the bundle when frozen, else the checkout."""
    bundle = getattr(sys, "_MEIPASS", None)
    return Path(bundle) if bundle else Path(__file__).resolve().parent.parent


def rules_root() -> Path:
    """Folder of the shipped rules: posture/, frameworks/."""
    return _root() / "rules"


def resources_root() -> Path:
    """Folder of icons, fonts and report assets."""
    return _root() / "resources"


def default_workspace() -> Path:
    """The workspace that is opened when none is named. Its folder may not be there yet."""
    from platformdirs import user_data_path

    return user_data_path("vedette", appauthor=False) / "default.vedette"
