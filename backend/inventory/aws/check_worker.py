"""*Check again*: read one resource anew, only the operations that feed it.

Arguments: kind, options, keys, parent (as for a scan), cloud_id, partition, table, uid, region, name, operations (those
the rule rests on). Returns {"outcome": "read", "gone" or "unreadable", "seconds"}; sends one batch: {"row": … or None,
"outcomes": […]}.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from backend.inventory import catalog
from backend.inventory import plan as plans
from backend.inventory.aws.api import Api
from backend.inventory.aws.pool import read_details
from backend.inventory.aws.scan_worker import Link, open_account, who_we_are
from backend.inventory.collector import GLOBAL, Answer, Listing, Row, Scope
from backend.inventory.outcome import CallFailed, CallRecord, Outcome
from backend.inventory.unreadable import readable


def run(args: dict[str, Any], link: Link) -> dict[str, Any]:
    """Read one resource again."""
    session = open_account(args, link)
    try:
        session.sign_in()
        api = Api(session.client, session.region)
        arn = who_we_are(api, args["cloud_id"])
        return check(args, link, api, arn.split(":")[1])
    finally:
        session.close()


def check(args: dict[str, Any], link: Link, api: Api, partition: str = "aws") -> dict[str, Any]:
    """The reading itself, over an open `Api`."""
    started = time.monotonic()
    table = catalog.tables()[args["table"]]
    listing = catalog.listing_of(table.name)
    place = GLOBAL if listing.region != "each" else args["region"]
    regions = (args["region"],) if args["region"] != GLOBAL else ()
    scope = Scope(args["cloud_id"], place, partition, regions)
    known = Row(table, args["uid"], args["cloud_id"], args["region"], args["name"])
    records: list[CallRecord] = []
    outcome = "gone"
    row: Row | None = None
    try:
        row = _find(api, listing, scope, known, records)
        records.append(CallRecord(listing.operation, place, "", Outcome.OK))
    except CallFailed as failed:
        # A narrowed listing answers "no such thing" for what is gone; that is not in our power to tell apart from a
        # denial by code alone, so it counts as unreadable unless the service says NotFound.
        outcome = "gone" if "NotFound" in failed.code or failed.code.startswith("NoSuch") else "unreadable"
        if outcome == "unreadable":
            records.append(CallRecord(listing.operation, place, "", failed.outcome, failed.code, failed.message))
    if row is not None:
        wanted = set(args.get("operations", ()))
        # Planned as a scan is: a detail may hang on an earlier one that the rule itself does not read.
        details = plans.plan(wanted).details.get(table.name, ()) if wanted else catalog.details(table.name)
        records.extend(read_details(api, row, details) or [])
        outcome = "read"
    link.batch({"row": row.wire() if row else None, "outcomes": [record.wire() for record in records]})
    return {"outcome": outcome, "seconds": round(time.monotonic() - started, 3), "calls": api.calls}


def _find(api: Api, listing: Listing, scope: Scope, known: Row, records: list[CallRecord]) -> Row | None:
    for page in readable(listing.operation, _pages(api, listing, scope, known)):
        if isinstance(page, CallFailed):
            records.append(CallRecord(page.operation, scope.region, "", page.outcome, page.code, page.message))
            continue
        for row in readable(listing.operation, listing.rows(page, scope)):
            if row.table.name == known.table.name and row.uid == known.uid:
                return row
    return None


def _pages(api: Api, listing: Listing, scope: Scope, known: Row) -> Iterable[Answer | CallFailed]:
    if listing.narrow is not None:
        return api.pages(listing.operation, scope.region, **listing.narrow(known))
    if listing.fetch is not None:
        return listing.fetch(api, scope)
    return api.pages(listing.operation, scope.region, **listing.arguments)
