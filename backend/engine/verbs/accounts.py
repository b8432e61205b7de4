"""Accounts: add, change, remove, select, test; members of an organization; the user's AWS profiles."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from backend.engine.clients import ClientConnection
from backend.engine.verbs.argument import Arg
from backend.engine.verbs.verb import Verb
from backend.errors import UserError

if TYPE_CHECKING:
    from backend.credentials.aws_identity import AwsKeys
    from backend.engine.server import Engine

_KINDS = ("profile", "keys", "role", "organization")
_KEY_FIELDS = ("access_key_id", "secret_access_key", "session_token")


async def add(
    engine: Engine,
    client: ClientConnection,
    name: str,
    kind: str,
    options: dict[str, Any],
    keys: dict[str, Any] | None,
    demo: bool,
) -> dict[str, Any]:
    """Add an account; keys, when there are any, go to the vault. Returns {account: id}."""
    from backend.credentials.aws_identity import AwsIdentity

    pair = read_keys(keys)
    identity = AwsIdentity.from_options(kind, json.dumps(options))
    if pair is None and not identity.profile:
        raise UserError("This account has neither a profile nor keys.", "Choose a profile, or enter a key pair.")
    _free_name(engine, name)
    if pair is not None and not demo:
        await engine.vault.ready_for_secrets(client)
        _free_name(engine, name)  # the question took its time
    with engine.writer.decision() as conn:
        secret = None if pair is None else engine.vault.vault.put(pair.PURPOSE, pair.to_secret(), weak_ok=demo)
        cursor = conn.execute(
            "INSERT INTO account (provider, name, kind, options, secret, demo, created_at) VALUES ('aws',?,?,?,?,?,?)",
            (name.strip(), kind, identity.to_options(), secret, int(demo), int(time.time())),
        )
        engine.audit(client, "account.add", f"account {name.strip()}", kind=kind, keys=pair is not None)
        engine.writer.changed("account", cursor.lastrowid)
    return {"account": cursor.lastrowid}


async def update(
    engine: Engine,
    client: ClientConnection,
    account: int,
    name: str | None,
    options: dict[str, Any] | None,
    keys: dict[str, Any] | None,
) -> None:
    """Change name, options or keys of an account. New options are all of them: what is left out is unset."""
    from backend.credentials.aws_identity import AwsIdentity
    from backend.engine.handlers.identity import read_account

    found = read_account(engine, account)
    pair = read_keys(keys)
    identity = AwsIdentity.from_options(found.kind, found.options if options is None else json.dumps(options))
    if name is not None and name.strip() != found.name:
        _free_name(engine, name)
    demo = bool(engine.conn.execute("SELECT demo FROM account WHERE id = ?", (account,)).fetchone()[0])
    if pair is not None and not demo:
        await engine.vault.ready_for_secrets(client)
    with engine.writer.decision() as conn:
        if pair is not None:
            secret = engine.vault.vault.put(pair.PURPOSE, pair.to_secret(), weak_ok=demo)
            conn.execute("UPDATE account SET secret = ? WHERE id = ?", (secret, account))
            if found.secret is not None:
                engine.vault.vault.delete(found.secret)
        conn.execute(
            "UPDATE account SET name = ?, options = ? WHERE id = ?",
            (name.strip() if name is not None else found.name, identity.to_options(), account),
        )
        engine.audit(client, "account.update", f"account {found.name}", name=name, keys=pair is not None)
        engine.writer.changed("account", account)


def remove(engine: Engine, client: ClientConnection, account: int, forget: bool) -> None:
    """Remove an account, its members and its secret; with `forget` also all that was found in it."""
    from backend.engine.handlers.identity import read_account

    found = read_account(engine, account)
    busy = [job for job in engine.jobs.active() if job.subject.get("account") == account]
    if busy:
        raise UserError(f"“{busy[0].title}” still runs.", "Cancel it first.")
    with engine.writer.decision() as conn:
        query = "SELECT cloud_id FROM account WHERE (id = ? OR parent = ?) AND cloud_id <> ''"
        clouds = [row[0] for row in conn.execute(query, (account, account)).fetchall()]
        if found.secret is not None:
            engine.vault.vault.delete(found.secret)
        conn.execute("DELETE FROM account WHERE id = ?", (account,))
        if forget:
            for cloud_id in clouds:
                _forget(engine, cloud_id)
        engine.audit(client, "account.remove", f"account {found.name}", forget=forget)
        engine.writer.changed("account")


def select(engine: Engine, client: ClientConnection, accounts: list[int], selected: bool) -> None:
    """Whether these accounts are scanned when all selected ones are."""
    with engine.writer.decision() as conn:
        conn.executemany("UPDATE account SET selected = ? WHERE id = ?", [(int(selected), id) for id in accounts])
        engine.audit(client, "account.select", f"{len(accounts)} accounts", accounts=accounts[:100], selected=selected)
        engine.writer.changed("account")


def test(
    engine: Engine, client: ClientConnection, account: int | None, draft: dict[str, Any] | None, permissions: bool
) -> dict[str, Any]:
    """Start a job that asks AWS who we are; its result says so. `draft` {kind, options, keys} tests before saving."""
    from backend.credentials.aws_identity import AwsIdentity
    from backend.engine.handlers.accounts import TestHandler
    from backend.engine.handlers.identity import read_account

    if (account is None) == (draft is None):
        raise UserError("account.test: give either account or draft.")
    request = {"account": account, "permissions": permissions}
    if account is not None:
        title = f"Test {read_account(engine, account).name}"
        return engine.jobs.start("account.test", title, request, client, {"account": account}).public()
    draft = draft or {}
    identity = AwsIdentity.from_options(str(draft.get("kind", "")), json.dumps(draft.get("options", {})))
    pair = read_keys(draft.get("keys"))
    secret = pair.to_secret() if pair is not None else None
    plain = {"kind": identity.kind, "options": identity.to_options(), "keys": secret.reveal() if secret else ""}
    job = engine.jobs.start(
        "account.test", f"Test {identity.label()}", request, client, handler=TestHandler(plain), again=False
    )
    if secret is not None:
        job.secrets.append(secret)
    return job.public()


def organization(engine: Engine, client: ClientConnection, account: int, enter: bool) -> dict[str, Any]:
    """Start a job that lists an organization; its members become accounts. `enter` tries the role in each."""
    from backend.engine.handlers.identity import read_account

    found = read_account(engine, account)
    if found.kind != "organization":
        raise UserError(f"{found.name} is not an organization.", "Add it as one.")
    request = {"account": account, "enter": enter}
    title = f"List the accounts of {found.name}"
    return engine.jobs.start("account.organization", title, request, client, {"account": account}).public()


async def profiles(engine: Engine, client: ClientConnection) -> list[dict[str, Any]]:
    """The user's AWS profiles, by name."""
    job = engine.jobs.start("profile.list", "Read the AWS configuration", {}, client)
    outcome = await job.end
    if outcome.error is not None:
        raise UserError(outcome.error["message"], outcome.error["next_step"])
    found = outcome.result.get("profiles", [])
    assert isinstance(found, list)
    return found


def read_keys(keys: Any) -> AwsKeys | None:
    """The key pair of an argument; `UserError` when a part is missing or unknown."""
    from backend.credentials.aws_identity import AwsKeys
    from backend.credentials.secret import Secret

    if keys is None:
        return None
    if not isinstance(keys, dict) or not all(isinstance(value, str) for value in keys.values()):
        raise UserError("Keys are an object of texts.", f"Its names are {', '.join(_KEY_FIELDS)}.")
    unknown = set(keys) - set(_KEY_FIELDS)
    if unknown or not keys.get("access_key_id") or not keys.get("secret_access_key"):
        raise UserError("Keys are access_key_id, secret_access_key and, for temporary ones, session_token.")
    token = keys.get("session_token")
    return AwsKeys(keys["access_key_id"], Secret(keys["secret_access_key"]), Secret(token) if token else None)


def _free_name(engine: Engine, name: str) -> None:
    if engine.conn.execute("SELECT 1 FROM account WHERE name = ?", (name.strip(),)).fetchone():
        raise UserError(f"There is an account called “{name.strip()}” already.", "Choose another name.")


def _forget(engine: Engine, cloud_id: str) -> None:
    from backend.inventory import catalog

    conn = engine.conn
    for table in catalog.tables():
        conn.execute(f"DELETE FROM {table} WHERE account = ?", (cloud_id,))
        engine.writer.changed(table)
    conn.execute("DELETE FROM asset_label WHERE account = ?", (cloud_id,))
    conn.execute("DELETE FROM triage WHERE account = ?", (cloud_id,))
    conn.execute("DELETE FROM finding WHERE account = ?", (cloud_id,))
    conn.execute("DELETE FROM scan WHERE cloud_id = ?", (cloud_id,))
    for table in ("finding", "scan", "asset_label"):
        engine.writer.changed(table)


_ACCOUNT = {"account": Arg("integer")}
_KEYS = Arg("object", None)

VERBS = (
    Verb(
        "account.add",
        "Add an account; keys go to the vault.",
        add,
        {
            "name": Arg("word", longest=120),
            "kind": Arg("word", choices=_KINDS),
            "options": Arg("object", {}),
            "keys": _KEYS,
            "demo": Arg("flag", False),
        },
        audited=True,
        owner_only="A new account",
    ),
    Verb(
        "account.update",
        "Change an account's name, options (all of them) or keys.",
        update,
        {**_ACCOUNT, "name": Arg("word", None, longest=120), "options": Arg("object", None), "keys": _KEYS},
        audited=True,
        owner_only="Changing an account",
    ),
    Verb(
        "account.remove",
        "Remove an account and its secret; with forget, also what was found in it.",
        remove,
        {**_ACCOUNT, "forget": Arg("flag", False)},
        audited=True,
    ),
    Verb(
        "account.select",
        "Whether accounts are among those scanned together.",
        select,
        {"accounts": Arg("integers"), "selected": Arg("flag")},
        audited=True,
    ),
    Verb(
        "account.test",
        "Ask AWS who we are, and which permissions of the enabled rules are denied; a job.",
        test,
        {"account": Arg("integer", None), "draft": Arg("object", None), "permissions": Arg("flag", True)},
        owner_only="Signing in to an account",
    ),
    Verb(
        "account.organization",
        "List an organization's accounts; a job.",
        organization,
        {**_ACCOUNT, "enter": Arg("flag", False)},
        owner_only="Signing in to an account",
    ),
    Verb("profile.list", "The user's AWS profiles.", profiles),
)
