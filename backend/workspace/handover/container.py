"""A file protected by a passphrase: argon2id, then AES-256-GCM over chunks of one MiB.

Layout: 17 bytes `VEDETTE-ENCRYPTED`; 4 bytes length of the header, big-endian; the header, a JSON object with version,
kdf, salt, memory_kib, iterations, lanes, chunk and nonce (7 bytes, base64); then the chunks. Each chunk is its
ciphertext and a 16-byte tag; its nonce is the header's 7 bytes, the chunk's number (4 bytes, big-endian) and one byte
that is 1 for the last chunk only. All bytes before the chunks are authenticated with each of them. So a chunk that was
changed, moved, dropped or added does not open, and neither does a file that ends early. Only the last chunk may be
shorter (or empty).

Salt and nonce are random for each file, so no key is used twice.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import unicodedata
from collections.abc import Callable
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from backend.errors import UserError
from backend.workspace.file import CONTAINER_MAGIC

CHUNK = 1024 * 1024
MEMORY_KIB = 64 * 1024
ITERATIONS = 3
LANES = 4
SHORTEST = 10

_TAG = 16
_LONGEST_HEADER = 4096
_MOST = {"memory_kib": 1024 * 1024, "iterations": 20, "lanes": 16, "chunk": 16 * 1024 * 1024}


class WrongPassphrase(UserError):
    """The passphrase does not open this file."""


def check_passphrase(passphrase: str) -> None:
    """`UserError` for a new passphrase that is too short."""
    if len(_normal(passphrase)) < SHORTEST:
        raise UserError(
            f"The passphrase of an export needs at least {SHORTEST} characters.", "Four or five random words do."
        )


def encrypt(source: BinaryIO, target: BinaryIO, passphrase: str, step: Callable[[int], None] | None = None) -> None:
    """Write the container of all that `source` holds. `step` is called with the bytes done, after each chunk."""
    check_passphrase(passphrase)
    nonce = os.urandom(7)
    header: dict[str, Any] = {
        "version": 1,
        "kdf": "argon2id",
        "salt": base64.b64encode(os.urandom(16)).decode(),
        "memory_kib": MEMORY_KIB,
        "iterations": ITERATIONS,
        "lanes": LANES,
        "chunk": CHUNK,
        "nonce": base64.b64encode(nonce).decode(),
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    head = CONTAINER_MAGIC + len(text).to_bytes(4, "big") + text
    cipher = AESGCM(_derive(header, passphrase))
    target.write(head)
    number, done = 0, 0
    chunk = source.read(CHUNK)
    while True:
        following = source.read(CHUNK) if len(chunk) == CHUNK else b""
        target.write(cipher.encrypt(_nonce(nonce, number, last=not following), chunk, head))
        done += len(chunk)
        if step is not None:
            step(done)
        if not following:
            return
        chunk, number = following, number + 1


def decrypt(source: BinaryIO, target: BinaryIO, passphrase: str, name: str) -> None:
    """Write what the container holds. `WrongPassphrase`, or `UserError` for one that is damaged, cut or newer.

    What was written to `target` is worth nothing when this raises.
    """
    head, header, nonce = _read_header(source, name)
    size = _bounded(header, "chunk", name) + _TAG
    cipher = AESGCM(_derive(header, passphrase, name))
    number = 0
    chunk = source.read(size)
    while True:
        following = source.read(size) if len(chunk) == size else b""
        try:
            plain = cipher.decrypt(_nonce(nonce, number, last=not following), chunk, head)
        except InvalidTag:
            if number == 0:
                raise WrongPassphrase(
                    f"The passphrase does not open {name}, or the file was changed.", "Try the passphrase again."
                ) from None
            raise _broken(name) from None
        target.write(plain)
        if not following:
            return
        chunk, number = following, number + 1


def is_container(start: bytes) -> bool:
    """Whether a file that begins like this is one."""
    return start.startswith(CONTAINER_MAGIC)


def _read_header(source: BinaryIO, name: str) -> tuple[bytes, dict[str, Any], bytes]:
    start = source.read(len(CONTAINER_MAGIC) + 4)
    length = int.from_bytes(start[len(CONTAINER_MAGIC) :], "big")
    if not is_container(start) or not 0 < length <= _LONGEST_HEADER:
        raise _broken(name)
    text = source.read(length)
    try:
        header = json.loads(text)
        if not isinstance(header, dict):
            raise _broken(name)
        if header.get("version") != 1 or header.get("kdf") != "argon2id":
            raise UserError(f"{name} was protected by a newer version of the product.", "Update the product.")
        nonce = base64.b64decode(str(header.get("nonce")), validate=True)
    except (ValueError, RecursionError):
        raise _broken(name) from None
    if len(nonce) != 7:
        raise _broken(name)
    return start + text, header, nonce


def _derive(header: dict[str, Any], passphrase: str, name: str = "") -> bytes:
    memory, iterations, lanes = (_bounded(header, key, name) for key in ("memory_kib", "iterations", "lanes"))
    try:
        salt = base64.b64decode(str(header.get("salt")), validate=True)
        kdf = Argon2id(salt=salt, length=32, iterations=iterations, lanes=lanes, memory_cost=memory)
    except (ValueError, binascii.Error):
        raise _broken(name) from None
    return kdf.derive(_normal(passphrase).encode())


def _bounded(header: dict[str, Any], key: str, name: str) -> int:
    # Before any work is done: a doctored file must not eat all memory.
    value = header.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST[key]:
        raise _broken(name)
    return value


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])


def _normal(passphrase: str) -> str:
    # The same keys give é as one or two code points on different systems.
    return unicodedata.normalize("NFC", passphrase)


def _broken(name: str) -> UserError:
    return UserError(f"{name} is damaged or was cut off.", "Ask for the export again, or copy it again.")
