"""The scan of one AWS account, in a process of its own.

Arguments (first frame): scan (id), cloud_id (12 digits the account had when it was tested), kind and options (of the
account row), keys (stored key pair as JSON, or ''), parent ({kind, options} of the organization of a member; its keys
are `keys` then), regions (empty: all enabled), declared (regions the account uses; empty: all enabled), operations
(empty: everything), done ([[operation, region], …] of an interrupted scan), threads.
Batches sent: {"rows", "outcomes", "units"} as `backend.inventory.store.store_batch` takes them, and once, at the
beginning, {"begin": {"identity", "regions", "left_out", "operations", "units"}}.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from backend.credentials.aws_identity import AwsIdentity
from backend.credentials.aws_session import AwsSession, open_session
from backend.credentials.secret import Secret
from backend.errors import UserError
from backend.inventory import plan as plans
from backend.inventory.aws.api import Api, ClientFactory
from backend.inventory.aws.pool import Pool, Progress
from backend.inventory.aws.regions import regions_in_scope
from backend.inventory.collector import GLOBAL, Scope
from backend.inventory.outcome import CallFailed, Outcome

THREADS = 12


class Link(Protocol):
    """What a worker may say to the engine (see `backend.engine.worker`)."""

    def progress(  # noqa: D102
        self, done: int, total: int, text: str, parts: dict[str, list[int]] | None = None
    ) -> None: ...
    def batch(self, data: dict[str, Any]) -> None: ...  # noqa: D102
    def prompt(self, kind: str, text: str, **extra: Any) -> str: ...  # noqa: D102
    def cancelled(self) -> bool: ...  # noqa: D102


def run(args: dict[str, Any], link: Link) -> dict[str, Any]:
    """Scan and return {"resources", "calls", "seconds", "cancelled"}."""
    session = open_account(args, link)
    try:
        session.sign_in()
        return scan(args, link, session.client, session.region, session.forget)
    finally:
        session.close()


def open_account(args: dict[str, Any], link: Link) -> AwsSession:
    """The session to scan with; a member of an organization is reached through a role assumed by its parent."""
    identity = AwsIdentity.from_options(args["kind"], args["options"])
    keys = Secret(args["keys"]) if args.get("keys") else None
    parent = args.get("parent")
    if not parent:
        return open_session(identity, keys, link.prompt)
    owner = open_session(AwsIdentity.from_options(parent["kind"], parent["options"]), keys, link.prompt)
    owner.sign_in()
    return owner.assume(identity, link.prompt)


def scan(
    args: dict[str, Any],
    link: Link,
    make_client: ClientFactory,
    home: str,
    forget: Callable[[str], None] = lambda service: None,
) -> dict[str, Any]:
    """The scan itself, over clients made by `make_client`."""
    started = time.monotonic()
    stop = threading.Event()
    watcher = _watch_cancel(link, stop)
    try:
        api = Api(make_client, home, stop=stop, forget=forget)
        try:
            arn = who_we_are(api, args["cloud_id"])
        except CallFailed:
            return {"resources": 0, "calls": api.calls, "seconds": 0.0, "cancelled": True}
        partition = arn.split(":")[1] if arn.count(":") > 1 else "aws"
        regions, left_out = regions_in_scope(api, args.get("regions", ()), args.get("declared", ()), partition)
        operations = set(args.get("operations", ()))
        plan = plans.plan(operations) if operations else plans.everything()
        done = {tuple(one) for one in args.get("done", ())}
        units = plan.units(regions)
        link.batch(
            {
                "begin": {
                    "identity": arn,
                    "regions": list(regions),
                    "left_out": list(left_out),
                    "operations": plan.operations(),
                    "units": [list(unit.key) for unit in units],
                }
            }
        )
        pool = Pool(
            api,
            plan,
            lambda region: Scope(args["cloud_id"], region, partition, regions),
            lambda batch: link.batch(dict(batch)),
            threads=int(args.get("threads", THREADS)),
            stop=stop,
            on_progress=_reporter(link),
        )
        pool.run(unit for unit in units if unit.key not in done)
        link.batch({"calls": api.calls})
        return {
            "resources": pool.progress.resources_done,
            "calls": api.calls,
            "seconds": round(time.monotonic() - started, 3),
            "cancelled": link.cancelled(),
        }
    finally:
        stop.set()
        watcher.join(timeout=2)


def who_we_are(api: Api, expected: str) -> str:
    """ARN of the caller; refuses to mix two accounts in one scan. `CallFailed` only when we were cancelled."""
    try:
        answer = api.call("sts.GetCallerIdentity", GLOBAL)
    except CallFailed as failed:
        if failed.outcome is Outcome.CANCELLED:
            raise
        raise UserError(
            f"AWS does not accept these credentials ({failed.code}: {failed.message}).",
            "Test the account's connection in Accounts.",
        ) from failed
    if answer["Account"] != expected:
        raise UserError(
            f"These credentials now belong to account {answer['Account']}, not {expected}.",
            "Add that account under a name of its own; scans of two accounts are never mixed.",
        )
    return str(answer["Arn"])


def _watch_cancel(link: Link, stop: threading.Event) -> threading.Thread:
    def watch() -> None:
        while not stop.wait(0.2):
            if link.cancelled():
                stop.set()

    thread = threading.Thread(target=watch, name="cancel-watch", daemon=True)
    thread.start()
    return thread


def _reporter(link: Link) -> Any:
    """Progress at most ten times a second; the last word always gets through."""
    state = {"at": 0.0}
    lock = threading.Lock()  # from reading the counts to telling them, or an older word could come last

    def report(progress: Progress) -> None:
        with lock:
            now = time.monotonic()
            finished = progress.units_done == progress.units_total
            if not finished and now - state["at"] < 0.1:
                return
            state["at"] = now
            busy = [name for name, (done, total) in progress.services.items() if done < total]
            waiting = progress.resources_found - progress.resources_done
            link.progress(
                progress.units_done,
                progress.units_total,
                f"{progress.resources_done} resources read, {waiting} waiting; still reading {', '.join(busy[:4])}"
                if busy
                else f"{progress.resources_done} resources read",
                {name: list(counts) for name, counts in progress.services.items()},
            )

    return report
