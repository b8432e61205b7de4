"""Collect from the emulator, for the tests of single services."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from backend.inventory import plan as plans
from backend.inventory.aws.api import Api
from backend.inventory.aws.pool import Pool
from backend.inventory.collector import Scope
from backend.inventory.unreadable import CODE

ACCOUNT = "123456789012"
REGIONS = ("eu-west-1", "us-east-1")


class Collected:
    """Rows by table and name, and the outcomes of the calls."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.outcomes: list[dict[str, Any]] = []
        self.units: list[dict[str, Any]] = []
        self.calls = 0

    def row(self, table: str, name: str, region: str = "") -> dict[str, Any]:
        """Values of one resource."""
        found = [
            one for one in self.rows if one["table"] == table and one["name"] == name and region in ("", one["region"])
        ]
        assert len(found) == 1, f"{len(found)} rows of {table} are called {name}"
        values: dict[str, Any] = found[0]["values"]
        return values

    def bad(self) -> set[tuple[str, str]]:
        """(operation, outcome) of what was not ok."""
        return {(one["operation"], one["outcome"]) for one in self.outcomes if one["outcome"] != "ok"}


def collect(
    make_client: Callable[[str, str], Any], operations: Iterable[str] = (), regions: tuple[str, ...] = REGIONS
) -> Collected:
    """Run the real pool over the emulator for these operations (all when empty)."""
    found = Collected()
    wanted = set(operations)
    plan = plans.plan(wanted) if wanted else plans.everything()
    api = Api(make_client, "eu-west-1")

    def emit(batch: Any) -> None:
        found.rows += batch["rows"]
        found.outcomes += batch["outcomes"]
        found.units += batch.get("units", [])

    pool = Pool(
        api, plan, lambda region: Scope(ACCOUNT, region, "aws", regions), emit, threads=4, stop=threading.Event()
    )
    pool.run(plan.units(regions))
    found.calls = api.calls
    unread = [one["operation"] for one in found.outcomes if one["code"] == CODE]
    assert not unread, f"the answers of {unread} could not be read (see the traceback on standard error)"
    return found
