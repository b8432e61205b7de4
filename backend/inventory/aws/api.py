"""Calls to AWS: clients kept and let go, paging, rate limit, and each failure sorted into an outcome.

Collectors import this module to name the type, and the engine imports collectors for their declarations: so the SDK,
which costs 40 MB, is imported only by the process that calls.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from backend.errors import UserError
from backend.inventory.collector import GLOBAL
from backend.inventory.outcome import CallFailed, Outcome
from backend.inventory.rate import RateLimits

ClientFactory = Callable[[str, str], Any]
"""(botocore service, region) -> client."""


MOST_PAGES = 100_000
"""Of one listing: five million log groups, at 50 a page."""


class Api:
    """One account's door to AWS, shared by the scan's threads."""

    def __init__(
        self,
        make_client: ClientFactory,
        home: str,
        limits: RateLimits | None = None,
        stop: threading.Event | None = None,
        forget: Callable[[str], None] = lambda service: None,
    ) -> None:
        self._make_client = make_client
        self.home = home
        self._limits = limits or RateLimits()
        self._stop = stop or threading.Event()
        self._forget = forget
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self.calls = 0

    def client(self, service: str, region: str) -> Any:
        """The client of a service there. Making one is not thread-safe in boto3, so it happens under our lock."""
        key = (service, self.home if region == GLOBAL else region)
        with self._lock:
            found = self._clients.get(key)
            if found is None:
                found = self._clients[key] = self._make_client(*key)
            return found

    def pause(self, operation: str, seconds: float) -> None:
        """Wait for AWS to finish what `operation` began (a report in the making).

        Raises:
            CallFailed: the scan was cancelled meanwhile.
        """
        if self._stop.wait(seconds):
            raise CallFailed(operation, Outcome.CANCELLED, "Cancelled", "the scan was cancelled")

    def let_go(self, service: str) -> None:
        """Forget a service whose units are all done: model and clients of EC2 alone hold 17 MB."""
        with self._lock:
            for key in [key for key in self._clients if key[0] == service]:
                del self._clients[key]
            self._forget(service)

    def call(self, operation: str, region: str, **arguments: Any) -> Mapping[str, Any]:
        """The whole answer, all pages joined.

        Raises:
            CallFailed: with the outcome; nothing else but our own bugs and a stop for expired credentials.
        """
        return _join(list(self.pages(operation, region, **arguments)))

    def pages(self, operation: str, region: str, **arguments: Any) -> Iterator[Mapping[str, Any]]:
        """Page by page, by our own loop so that each request is rate-limited, counted and can be cancelled."""
        from botocore import xform_name

        from backend.inventory.aws.paging import SINGLE, paging_of

        service, name = operation.split(".")
        client = self.client(service, region)
        paging = paging_of(client, operation)
        given = dict(arguments)
        seen: set[str] = set()
        while True:
            page = self._ask(client, service, region, operation, xform_name(name), given)
            yield page
            following = paging.following(page) if paging is not SINGLE else {}
            if not following:
                return
            token = repr(sorted(following.items()))
            if token in seen or len(seen) >= MOST_PAGES:
                why = "the same page token came twice" if token in seen else f"there is no end after {MOST_PAGES} pages"
                raise CallFailed(operation, Outcome.FAILED, "PagingLoop", why)
            seen.add(token)
            given.update(following)

    def _ask(
        self, client: Any, service: str, region: str, operation: str, method: str, arguments: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        wait = self._limits.wait_for(service, region)
        if self._stop.wait(wait) if wait else self._stop.is_set():
            raise CallFailed(operation, Outcome.CANCELLED, "Cancelled", "the scan was cancelled")
        with self._lock:
            self.calls += 1
        try:
            answer: Mapping[str, Any] = getattr(client, method)(**arguments)
        except UserError:
            raise  # signing in anew was refused: no later call can work
        except Exception as error:  # ResponseParserError and urllib3's own derive from Exception alone
            from backend.inventory.aws.answer_errors import failure, is_expired

            if is_expired(error):
                raise UserError(
                    f"The credentials ran out during the scan ({operation}).",
                    "Sign in again, then resume the scan: what was read so far is kept.",
                ) from error
            raise failure(operation, error, region) from error
        return answer


def _join(pages: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Pages of one answer as one: lists are appended, all else is the first page's."""
    if len(pages) == 1:
        return pages[0]
    joined: dict[str, Any] = {key: list(value) if isinstance(value, list) else value for key, value in pages[0].items()}
    for page in pages[1:]:
        for key, value in page.items():
            if isinstance(value, list) and isinstance(joined.get(key), list):
                joined[key].extend(value)
            elif isinstance(value, dict) and isinstance(joined.get(key), dict):
                joined[key] = dict(_join([joined[key], value]))
            elif key not in joined:
                joined[key] = value
    return joined
