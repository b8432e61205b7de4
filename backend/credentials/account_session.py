"""From a row of table `account` to a session in that account, over the two processes it takes.

The engine reads the row and opens the vault (`session_arguments`); the worker gets the result in the first frame of its
standard input and makes the session (`session_from_arguments`). A member of an organization signs in as its
organization does and then assumes the member role.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from backend.credentials.aws_identity import AwsIdentity
from backend.credentials.aws_session import CONNECTIONS, AwsSession, open_session
from backend.credentials.organization import member_session
from backend.credentials.prompt import Prompt, nobody
from backend.credentials.secret import Secret
from backend.credentials.vault import Vault
from backend.errors import UserError


def session_arguments(conn: sqlite3.Connection, vault: Vault, account: int) -> dict[str, Any]:
    """What a worker needs to sign in to an account, as plain JSON. It may hold keys in clear: for its stdin only.

    Opens the vault when the account has stored keys. `UserError` when the account is gone or its options are wrong.
    """
    name, kind, options, secret, cloud_id, parent = _row(conn, account)
    member = management = ""
    if kind == "member":
        if parent is None:
            raise UserError(f"Account '{name}' has lost its organization.", "Add the organization again in Accounts.")
        member = AwsIdentity.from_options(kind, options).member_account or cloud_id
        name, kind, options, secret, management, _ = _row(conn, parent)
    AwsIdentity.from_options(kind, options)
    keys = vault.get(secret).reveal() if secret is not None else ""
    return {"kind": kind, "options": options, "keys": keys, "member": member, "management": management}


def session_from_arguments(
    arguments: dict[str, Any], prompt: Prompt = nobody, *, connections: int = CONNECTIONS
) -> AwsSession:
    """The session those arguments stand for; nothing is asked of AWS yet. Errors as `open_session`."""
    identity = AwsIdentity.from_options(arguments["kind"], arguments["options"])
    keys = Secret(arguments["keys"]) if arguments["keys"] else None
    session = open_session(identity, keys, prompt, connections=connections)
    if not arguments["member"]:
        return session
    return member_session(session, arguments["member"], arguments["management"], prompt)


def _row(conn: sqlite3.Connection, account: int) -> tuple[str, str, str, int | None, str, int | None]:
    row = conn.execute(
        "SELECT name, kind, options, secret, cloud_id, parent FROM account WHERE id = ? AND provider = 'aws'",
        (account,),
    ).fetchone()
    if row is None:
        raise UserError("This AWS account is no longer in the workspace.", "Add it again in Accounts.")
    return row[0], row[1], row[2], row[3], row[4], row[5]
