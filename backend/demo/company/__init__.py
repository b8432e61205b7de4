"""Marlowe & Finch, an online bookshop: what its AWS account holds. One file for each part of the house.

Each module has `seed(aws, regions)`: `aws(service, region)` is a client of the emulator, `regions` its home regions.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

REGIONS = ("eu-west-1", "us-east-1")
NAME = "Marlowe & Finch (demo)"


def seed(aws: Callable[[str, str], Any], regions: tuple[str, ...] = REGIONS) -> None:
    """Fill the emulator, module by module in alphabetical order (none depends on another)."""
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda one: one.name):
        importlib.import_module(f"{__name__}.{info.name}").seed(aws, regions)
