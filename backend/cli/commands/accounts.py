"""List, add, test and remove cloud accounts.

A secret is asked for on the terminal, or read from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN with
--keys-from-environment; it is never an argument.
"""

from __future__ import annotations

import argparse
import getpass
from typing import Any

from backend.cli.face import of
from backend.errors import UserError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="all accounts with their last scan").set_defaults(run=_list)
    add = actions.add_parser("add", help="add an AWS account")
    add.add_argument("name", help="what you call it")
    add.add_argument("--profile", metavar="P", help="a profile of your AWS configuration")
    add.add_argument("--role-arn", metavar="ARN", help="a role to assume")
    add.add_argument("--external-id", metavar="ID")
    add.add_argument("--mfa-serial", metavar="ARN")
    add.add_argument("--organization", action="store_true", help="it is the management account of an organization")
    add.add_argument("--member-role", metavar="NAME", help="role to assume in each member")
    add.add_argument("--member-external-id", metavar="ID")
    add.add_argument("--endpoint-url", metavar="U", help="an emulator")
    add.add_argument("--region", metavar="R")
    add.add_argument("--regions", metavar="R,R", help="scan only these")
    add.add_argument("--keys-from-environment", action="store_true", help="read the key pair from AWS_* variables")
    add.set_defaults(run=_add)
    test = actions.add_parser("test", help="who are we there, and what may we not read")
    test.add_argument("name")
    test.set_defaults(run=_test)
    remove = actions.add_parser("remove", help="remove an account and its secret")
    remove.add_argument("name")
    remove.add_argument("--forget", action="store_true", help="also all that was found in it")
    remove.set_defaults(run=_remove)
    for word, selected in (("select", True), ("exclude", False)):
        choose = actions.add_parser(word, help=f"{word} accounts for scans of all")
        choose.add_argument("names", nargs="+", metavar="NAME")
        choose.set_defaults(run=_select, selected=selected)
    organization = actions.add_parser("organization", help="list an organization's accounts and add them")
    organization.add_argument("name")
    organization.add_argument("--enter", action="store_true", help="also try the role in each member")
    organization.set_defaults(run=_organization)


def _list(arguments: argparse.Namespace) -> int:
    from backend.cli.output import emit, moment
    from backend.reads import accounts

    face = of(arguments)
    with face.reading() as conn:
        rows = [
            {
                "name": row.name,
                "id": row.id,
                "provider": row.provider,
                "kind": row.kind,
                "account": row.cloud_id,
                "selected": row.selected,
                "identity": row.identity,
                "scan": row.scan.id if row.scan else None,
                "state": row.scan.state if row.scan else "never scanned",
                "scanned": moment(row.done.started_at) if row.done else None,
                "age_seconds": row.age,
                "score": row.score,
                "coverage": None if row.coverage is None else 100 * row.coverage,
                "failing": sum(row.failing),
                "critical": row.failing[4],
                "high": row.failing[3],
                "denied": row.denied,
                "error": row.scan.error if row.scan else "",
            }
            for row in accounts.rows(conn)
        ]
    columns = ("name", "account", "kind", "selected", "scan", "state", "scanned", "score", "critical", "high", "denied")
    emit(face.format(), rows, columns, empty="No account yet. `vedette accounts add NAME --profile P` adds one.")
    return 0


def _add(arguments: argparse.Namespace) -> int:
    from backend.cli.output import say

    wanted: dict[str, Any] = {
        "profile": arguments.profile,
        "role_arn": arguments.role_arn,
        "external_id": arguments.external_id,
        "mfa_serial": arguments.mfa_serial,
        "endpoint_url": arguments.endpoint_url,
        "region": arguments.region,
        "regions": [part.strip() for part in (arguments.regions or "").split(",") if part.strip()],
        "member_role": arguments.member_role,
        "member_external_id": arguments.member_external_id,
    }
    options = {key: value for key, value in wanted.items() if value}
    kind = "organization" if arguments.organization else "role" if arguments.role_arn else "keys"
    if kind == "keys" and arguments.profile:
        kind = "profile"
    keys = None if arguments.profile else _keys(arguments)
    with of(arguments).engine(create=True) as client:
        client.call("account.add", timeout=None, name=arguments.name, kind=kind, options=options, keys=keys)
    say(f"Added {arguments.name}. `vedette accounts test` says who we are there.")
    return 0


def _keys(arguments: argparse.Namespace) -> dict[str, str]:
    from backend.cli.commands.scan import keys_of_environment
    from backend.cli.prompting import interactive

    if arguments.keys_from_environment:
        return keys_of_environment()
    if not interactive():
        raise UserError("There is no terminal to enter a key pair on.", "Use --profile, or --keys-from-environment.")
    keys = {
        "access_key_id": getpass.getpass("Access key id: ").strip(),
        "secret_access_key": getpass.getpass("Secret access key: ").strip(),
        "session_token": getpass.getpass("Session token (empty for a lasting key): ").strip(),
    }
    return {key: value for key, value in keys.items() if value}


def _test(arguments: argparse.Namespace) -> int:
    from backend.cli import progress
    from backend.cli.choose import account
    from backend.cli.output import dump
    from backend.reads.visible import visible

    face = of(arguments)
    format = face.format()
    with face.engine() as client:
        job = client.call("account.test", account=account(client.reader(), arguments.name).id)
        found = progress.one(client, job)
    if format == "json":
        dump(found)
        return 0
    alias = f" ({found['alias']})" if found.get("alias") else ""
    lines = [f"You are {found.get('arn')} in account {found.get('account')}{alias}."]
    if found.get("is_root"):
        lines.append("This is the root user: use an identity that may only read.")
    permissions = found.get("permissions") or {}
    lines.append(str(permissions.get("sentence", "")))
    lines += [f"  denied: {name}" for name in permissions.get("denied", [])]
    lines += [f"  not checked: {one['permission']}, {one['reason']}" for one in permissions.get("unchecked", [])]
    print("\n".join(visible(line) for line in lines if line))
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    from backend.cli.choose import account
    from backend.cli.output import say

    with of(arguments).engine() as client:
        found = account(client.reader(), arguments.name)
        client.call("account.remove", timeout=None, account=found.id, forget=arguments.forget)
    say(f"Removed {found.name}{' and what was found in it' if arguments.forget else ''}.")
    return 0


def _select(arguments: argparse.Namespace) -> int:
    from backend.cli.choose import account

    with of(arguments).engine() as client:
        ids = [account(client.reader(), name).id for name in arguments.names]
        client.call("account.select", accounts=ids, selected=arguments.selected)
    return 0


def _organization(arguments: argparse.Namespace) -> int:
    from backend.cli import progress
    from backend.cli.choose import account
    from backend.cli.output import emit

    face = of(arguments)
    format = face.format()
    with face.engine() as client:
        found = account(client.reader(), arguments.name)
        result = progress.one(client, client.call("account.organization", account=found.id, enter=arguments.enter))
    members = [member for member in result.get("members", []) if isinstance(member, dict)]
    emit(format, members, ("name", "id", "status", "arn", "error"), empty="The organization has no other account.")
    return 0
