"""From needed columns to the API operations to call: derived, never hand-kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from backend.inventory import catalog
from backend.inventory.collector import GLOBAL, Detail, Listing


@dataclass(frozen=True)
class Unit:
    """A listing in a region: what is finished, skipped on resume and counted as one in the progress."""

    listing: Listing
    region: str

    @property
    def key(self) -> tuple[str, str]:
        """(operation, region), as stored in scan_unit."""
        return self.listing.operation, self.region


@dataclass(frozen=True)
class Plan:
    """What a scan will ask: listings, and for each table the details wanted."""

    provider: str
    listings: tuple[Listing, ...]
    details: dict[str, tuple[Detail, ...]]

    def operations(self) -> list[str]:
        """Every operation of the plan, sorted."""
        found = {listing.operation for listing in self.listings}
        for listing in self.listings:
            found.update(listing.also)
        for wanted in self.details.values():
            found.update(detail.operation for detail in wanted)
        return sorted(found)

    def units(self, regions: Iterable[str]) -> list[Unit]:
        """The units over these regions, global ones first, service by service so clients can be let go."""
        everywhere = list(regions)
        units: list[Unit] = []
        for listing in sorted(self.listings, key=lambda one: (one.region == "each", one.operation)):
            units.extend(Unit(listing, region) for region in (everywhere if listing.region == "each" else [GLOBAL]))
        return units


def everything(provider: str = "aws") -> Plan:
    """All we can collect."""
    return plan({operation for table in catalog.tables().values() for operation in table.operations()}, provider)


def plan(operations: set[str], provider: str = "aws") -> Plan:
    """The plan that calls the given operations; a detail brings the listing of its table, and what it hangs on.

    A wanted detail's `when` may look at columns that an earlier detail of the same table fills; those earlier details
    are brought along, since without them the answer would be "cannot tell". So are the tags of every resource that is
    collected: who owns it and what it is for decides how a finding about it is read.
    """
    operations = operations | _tags(operations, provider)
    listings: list[Listing] = []
    wanted: dict[str, tuple[Detail, ...]] = {}
    for listing in catalog.listings(provider):
        needed = listing.operation in operations
        for table in listing.tables:
            offered = catalog.details(table.name)
            last = max((i for i, one in enumerate(offered) if one.when and one.operation in operations), default=-1)
            asked = tuple(one for i, one in enumerate(offered) if one.operation in operations or i < last)
            if asked:
                wanted[table.name] = asked
                needed = True
        if needed:
            listings.append(listing)
    return Plan(provider, tuple(listings), wanted)


def _tags(operations: set[str], provider: str) -> set[str]:
    """Operations that read the tags of the tables which these operations fill."""
    found: set[str] = set()
    for listing in catalog.listings(provider):
        for table in listing.tables:
            tags = table.by_name.get("tags")
            if tags is not None and operations & table.operations():
                found.add(tags.operation)
    return found
