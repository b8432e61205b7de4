"""*Check again*: read one resource anew, only the operations that feed it.

Arguments: kind, options, keys, parent (as for a scan), cloud_id, partition, table, uid, region, name, operations (those
the rule rests on), related ({table: [regions]} that the rule reads beside the resource's own row; [] for a global one).
Returns {"outcome": "read", "gone" or "unreadable", "seconds"}; sends one batch: {"row": … or None, "outcomes": […]}
and, when there are related tables, one {"related": [{"table", "regions", "rows"}], "outcomes": […]}: whole listings,
since a rule about absence is mended by a row that was not there before.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from backend.inventory import catalog
from backend.inventory import plan as plans
from backend.inventory.aws.api import Api
from backend.inventory.aws.permissions import permissions_of
from backend.inventory.aws.pool import Pool, read_details
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
    if row is not None and args.get("related"):
        link.batch(_read_related(api, args, partition))
    return {
        "outcome": outcome,
        "seconds": round(time.monotonic() - started, 3),
        "calls": api.calls,
        "missing": [_missing(record) for record in records if record.outcome is not Outcome.OK],
    }


def _missing(record: CallRecord) -> dict[str, Any]:
    """A call that did not succeed, as a finding's `missing` names it."""
    denied = record.outcome is Outcome.DENIED
    return {
        "operation": record.operation,
        "outcome": record.outcome.value,
        "region": record.region,
        "code": record.code,
        "permissions": list(permissions_of(record.operation)) if denied else [],
    }


def _read_related(api: Api, args: dict[str, Any], partition: str) -> dict[str, Any]:
    """The tables beside the resource's own, listed anew; one that could not be listed whole is left as it was."""
    related: dict[str, list[str]] = args["related"]
    plan = plans.plan(set(args.get("operations", ())))
    listings = {catalog.listing_of(name).operation: catalog.listing_of(name) for name in related}
    places = {operation: set[str]() for operation in listings}
    for name, regions in related.items():
        places[catalog.listing_of(name).operation].update(regions or [GLOBAL])
    units = [plans.Unit(listings[operation], place) for operation in listings for place in sorted(places[operation])]
    everywhere = tuple(sorted({region for regions in related.values() for region in regions}))
    rows: list[dict[str, Any]] = []
    outcomes: list[dict[str, Any]] = []

    def keep(batch: Mapping[str, Any]) -> None:
        rows.extend(batch["rows"])
        outcomes.extend(batch["outcomes"])

    def scope(region: str) -> Scope:
        return Scope(args["cloud_id"], region, partition, everywhere)

    Pool(api, plans.Plan("aws", tuple(listings.values()), plan.details), scope, keep).run(units)
    whole = {(one["operation"], one["region"]) for one in outcomes if one["outcome"] == "ok" and not one["resource"]}
    replaced = []
    for name, regions in related.items():
        operation = catalog.listing_of(name).operation
        done = [place for place in (regions or [GLOBAL]) if (operation, place) in whole]
        if done:
            kept = [row for row in rows if row["table"] == name and (done == [GLOBAL] or row["region"] in done)]
            replaced.append({"table": name, "regions": [] if done == [GLOBAL] else done, "rows": kept})
    return {"related": replaced, "outcomes": outcomes}


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
