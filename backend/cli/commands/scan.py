"""Read cloud accounts and evaluate the rules.

`vedette scan aws` scans all selected accounts of the workspace; with --profile or --endpoint-url an account that is not
yet known is added first. Secrets are never taken from the command line: for an endpoint they are read from
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
"""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

from backend.cli import verdict
from backend.cli.face import of
from backend.errors import UserError

if TYPE_CHECKING:
    from backend.client import Client


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.add_argument("provider", choices=("aws",))
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--profile", metavar="P", help="a profile of your AWS configuration")
    which.add_argument("--account", action="append", metavar="NAME", help="an account of the workspace (repeatable)")
    parser.add_argument("--endpoint-url", metavar="U", help="an emulator instead of AWS")
    parser.add_argument("--region", metavar="R", help="the region that is asked first")
    parser.add_argument("--regions", metavar="R,R", help="only these regions (default: all enabled ones)")
    parser.add_argument("--all-services", action="store_true", help="also read what no enabled rule needs")
    parser.add_argument("--name", help="what a newly added account is called")
    verdict.arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Scan, print the summary."""
    from backend.cli import progress

    face = of(arguments)
    format = face.format()
    with face.engine(create=True) as client:
        accounts = _accounts(client, arguments)
        jobs = client.call(
            "scan.start", accounts=accounts, regions=_regions(arguments), everything=arguments.all_services
        )
        try:
            ended = progress.wait(client, jobs)
        except progress.Interrupted:
            raise KeyboardInterrupt from None
        scans = [result["scan"] for job in ended if (result := job.get("result") or {}).get("scan")]
        _summary(client, scans, format)
        for job in ended:
            if job["state"] != "done" and len(ended) > 1:
                _say_error(job)
        if all(job["state"] != "done" for job in ended):
            progress.raise_error(ended[0])
        return verdict.code(client.reader(), _query(client, scans), arguments)


def _accounts(client: Client, arguments: argparse.Namespace) -> list[int]:
    from backend.cli.choose import account
    from backend.reads import accounts

    conn = client.reader()
    if arguments.account:
        return [account(conn, name).id for name in arguments.account]
    if not arguments.profile and not arguments.endpoint_url:
        if not accounts.rows(conn):
            raise UserError(
                "There is no account in this workspace yet.",
                "Name a profile of your AWS configuration: `vedette scan aws --profile NAME`.",
            )
        return []
    wanted = {"profile": arguments.profile, "endpoint_url": arguments.endpoint_url, "region": arguments.region}
    options = {key: value for key, value in wanted.items() if value}
    kind = "profile" if arguments.profile else "keys"
    for row in accounts.rows(conn):
        known = {key: row.options.get(key) for key in ("profile", "endpoint_url", "region") if row.options.get(key)}
        if row.kind == kind and known == options and arguments.name in (None, row.name):
            return [row.id]
    name = arguments.name or arguments.profile or arguments.endpoint_url
    keys = None if arguments.profile else keys_of_environment()
    return [client.call("account.add", timeout=None, name=name, kind=kind, options=options, keys=keys)["account"]]


def keys_of_environment() -> dict[str, str]:
    """The key pair of the AWS_* variables; UserError naming those that are not set."""
    names = {"access_key_id": "AWS_ACCESS_KEY_ID", "secret_access_key": "AWS_SECRET_ACCESS_KEY"}
    lacking = [variable for variable in names.values() if not os.environ.get(variable)]
    if lacking:
        raise UserError(
            f"{' and '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} not set in the environment.",
            "Set the keys there, or use --profile.",
        )
    keys = {key: os.environ[variable] for key, variable in names.items()}
    token = os.environ.get("AWS_SESSION_TOKEN")
    return {**keys, "session_token": token} if token else keys


def _regions(arguments: argparse.Namespace) -> list[str]:
    return [region.strip() for region in (arguments.regions or "").split(",") if region.strip()]


def _query(client: Client, scans: list[int]) -> str:
    from backend.cli.choose import query
    from backend.reads import scans as reads

    rows = [row for id in scans if (row := reads.scan(client.reader(), id)) is not None]
    return query("", account=sorted({row.cloud_id for row in rows}))


def _say_error(job: dict[str, Any]) -> None:
    from backend.cli.output import say

    error = job.get("error") or {}
    say(" ".join(filter(None, (f"{job['title']}: {error.get('message') or job['state']}", error.get("next_step")))))


def _summary(client: Client, scans: list[int], format: str) -> None:
    from backend.cli.output import emit
    from backend.reads import scans as reads
    from backend.reads import score

    conn = client.reader()
    rows: list[dict[str, Any]] = []
    for id in scans:
        row = reads.scan(conn, id)
        if row is None:
            continue
        stands = score.current(conn, row.cloud_id)
        seconds = None if row.finished_at is None else row.finished_at - row.started_at
        rows.append(
            {
                "scan": row.id,
                "account": row.cloud_id,
                "account_name": row.account_name,
                "state": row.state,
                "resources": row.resources,
                "calls": row.calls,
                "seconds": seconds,
                "denied": dict(row.outcomes).get("denied", 0),
                "score": stands.value,
                "coverage": None if stands.coverage is None else 100 * stands.coverage,
                "pass": stands.tally.passed,
                "fail": stands.tally.failed,
                "unknown": stands.tally.unknown,
                "muted": stands.tally.muted,
            }
        )
    columns = ("account_name", "account", "state", "resources", "calls", "seconds", "score", "coverage")
    emit(format, rows, (*columns, "pass", "fail", "unknown", "denied"), empty="No scan was begun.")
