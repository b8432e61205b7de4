"""What a worker needs to sign in to an account: its kind, its options, and the one secret, taken from the vault."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backend.errors import UserError

if TYPE_CHECKING:
    from backend.engine.jobs import Job
    from backend.engine.server import Engine


@dataclass(frozen=True)
class Account:
    """A row of table `account`."""

    id: int
    name: str
    kind: str
    cloud_id: str
    options: str
    secret: int | None
    parent: int | None


def read_account(engine: Engine, id: int) -> Account:
    """The account; `UserError` when it is not there."""
    row = engine.conn.execute(
        "SELECT id, name, kind, cloud_id, options, secret, parent FROM account WHERE id = ?", (id,)
    ).fetchone()
    if row is None:
        raise UserError(f"There is no account {id} in this workspace.", "It may have been removed.")
    return Account(*row)


async def worker_identity(engine: Engine, job: Job, account: Account) -> dict[str, Any]:
    """{kind, options, keys, parent} for the worker's first frame. The secret is kept with the job, for redaction.

    A member of an organization is entered from its parent, with the parent's secret; the management account itself
    has no member role and is entered as the parent is.
    """
    if account.parent is None:
        return {**_plain(account), "keys": await _keys(engine, job, account), "parent": None}
    parent = read_account(engine, account.parent)
    keys = await _keys(engine, job, parent)
    if account.cloud_id and account.cloud_id == parent.cloud_id:
        return {**_plain(parent), "keys": keys, "parent": None}
    return {**_plain(account), "keys": keys, "parent": _plain(parent)}


def needs_prompt(engine: Engine, account: Account) -> bool:
    """Whether signing in to the account will ask a person something, as far as the workspace tells."""
    owner = read_account(engine, account.parent) if account.parent is not None else account
    if owner.secret is not None and not engine.vault.opens_silently():
        return True
    return any("mfa_serial" in json.loads(one.options) for one in (account, owner))


async def _keys(engine: Engine, job: Job, account: Account) -> str:
    if account.secret is None:
        return ""
    vault = await engine.vault.opened(job.client)
    secret = vault.get(account.secret)
    job.secrets.append(secret)
    return secret.reveal()


def _plain(account: Account) -> dict[str, Any]:
    return {"kind": account.kind, "options": account.options}
