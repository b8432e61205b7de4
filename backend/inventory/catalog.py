"""Every resource table and collector we have, found by walking the provider packages once."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from backend.inventory.collector import Detail, Listing, Service
from backend.inventory.table import ResourceTable

_PACKAGES = {"aws": "backend.inventory.aws.services"}


@cache
def services(provider: str = "aws") -> tuple[Service, ...]:
    """The services of a provider, in the alphabetical order of their files."""
    package = importlib.import_module(_PACKAGES[provider])
    found: list[Service] = []
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        service = getattr(module, "SERVICE", None)
        if isinstance(service, Service):
            found.append(service)
    return tuple(found)


@cache
def tables() -> dict[str, ResourceTable]:
    """All resource tables of all providers by name."""
    return {table.name: table for provider in _PACKAGES for service in services(provider) for table in service.tables}


@cache
def listings(provider: str = "aws") -> tuple[Listing, ...]:
    """All listings of a provider."""
    return tuple(listing for service in services(provider) for listing in service.listings)


@cache
def details(table: str) -> tuple[Detail, ...]:
    """Details of a table, in the order they are asked."""
    provider = tables()[table].provider
    return tuple(detail for service in services(provider) for detail in service.details if detail.table.name == table)


@cache
def listing_of(table: str) -> Listing:
    """The listing that finds the rows of a table."""
    declared = tables()[table]
    for listing in listings(declared.provider):
        if declared in listing.tables and listing.operation == declared.listing:
            return listing
    raise LookupError(f"{table} declares the listing {declared.listing}, which no collector offers")
