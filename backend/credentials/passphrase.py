"""Wrap the data key with a passphrase: argon2id makes a key-encrypting key, AES-256-GCM wraps.

The wrapped key is one JSON object. Its version, salt and cost are authenticated with the key, and the costs are bounded
before any work is done, so a doctored file can neither weaken the derivation unseen nor eat all memory.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import unicodedata
from typing import Any

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from backend.credentials.seal import KEY_BYTES, SealBroken, seal, unseal
from backend.credentials.secret import Secret
from backend.errors import UserError

MEMORY_KIB = 64 * 1024
ITERATIONS = 3
LANES = 4
SHORTEST = 10

_MOST_MEMORY_KIB = 1024 * 1024
_MOST_ITERATIONS = 20
_MOST_LANES = 16
_PURPOSE = "data-key"


class WrongPassphrase(UserError):
    """The passphrase does not open this vault."""


def check_strength(passphrase: Secret) -> None:
    """Refuse a new passphrase that is empty or shorter than ten characters (`UserError`)."""
    if len(_normal(passphrase)) < SHORTEST:
        raise UserError(
            f"The new passphrase is too short: it needs at least {SHORTEST} characters.",
            "Four or five random words do.",
        )


def wrap(data_key: bytes, passphrase: Secret, owner: str) -> dict[str, Any]:
    """The data key wrapped for `owner` (the vault's id), as a JSON object. Takes about 0.15 s and 64 MiB."""
    header: dict[str, Any] = {
        "version": 1,
        "kdf": "argon2id",
        "salt": base64.b64encode(os.urandom(16)).decode(),
        "memory_kib": MEMORY_KIB,
        "iterations": ITERATIONS,
        "lanes": LANES,
    }
    wrapped = seal(_derive(header, passphrase), data_key, _PURPOSE, _identity(header, owner))
    return {**header, "wrapped": base64.b64encode(wrapped).decode()}


def unwrap(envelope: dict[str, Any], passphrase: Secret, owner: str) -> bytes:
    """The data key in `envelope`. Raises `WrongPassphrase`, or `UserError` for an envelope that is damaged."""
    header = {name: value for name, value in envelope.items() if name != "wrapped"}
    try:
        wrapped = base64.b64decode(str(envelope.get("wrapped", "")), validate=True)
        key = unseal(_derive(header, passphrase), wrapped, _PURPOSE, _identity(header, owner))
    except SealBroken:
        raise WrongPassphrase("The passphrase does not open the vault of this workspace.", "Try it again.") from None
    except binascii.Error:
        raise _damaged() from None
    if len(key) != KEY_BYTES:
        raise _damaged()
    return key


def _derive(header: dict[str, Any], passphrase: Secret) -> bytes:
    if header.get("version") != 1 or header.get("kdf") != "argon2id":
        raise UserError(
            "The vault of this workspace was made by a newer version of the product.",
            "Update the product and try again.",
        )
    memory = _bounded(header.get("memory_kib"), _MOST_MEMORY_KIB)
    iterations = _bounded(header.get("iterations"), _MOST_ITERATIONS)
    lanes = _bounded(header.get("lanes"), _MOST_LANES)
    try:
        salt = base64.b64decode(str(header.get("salt", "")), validate=True)
        kdf = Argon2id(salt=salt, length=KEY_BYTES, iterations=iterations, lanes=lanes, memory_cost=memory)
    except ValueError:
        raise _damaged() from None
    return kdf.derive(_normal(passphrase).encode())


def _bounded(value: object, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise _damaged()
    return value


def _normal(passphrase: Secret) -> str:
    # The same keys give é as one or two code points on different systems.
    return unicodedata.normalize("NFC", passphrase.reveal())


def _identity(header: dict[str, Any], owner: str) -> str:
    return json.dumps([owner, header], sort_keys=True, separators=(",", ":"))


def _damaged() -> UserError:
    return UserError(
        "The vault of this workspace is damaged.",
        "Restore the workspace from a copy, or reset the vault and enter the secrets of its accounts again.",
    )
