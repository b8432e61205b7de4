"""Seal a small secret: AES-256-GCM, bound to what it is for and to the row it lies in.

A blob is `version (1 byte) | nonce (12) | ciphertext and tag`. The purpose and the row's identity are authenticated but
not stored, so a blob moved to another row, or passed off as another kind of secret, does not open. A key seals far
fewer than 2**32 blobs, so random nonces do.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_VERSION = 1
_NONCE_BYTES = 12


class SealBroken(Exception):
    """The blob was not sealed by this key for this purpose and row, or it was changed since."""


def seal(key: bytes, plaintext: bytes, purpose: str, row: str) -> bytes:
    """Encrypt `plaintext` under the 32-byte `key` for one purpose and one row."""
    nonce = os.urandom(_NONCE_BYTES)
    return bytes([_VERSION]) + nonce + AESGCM(key).encrypt(nonce, plaintext, _bound_to(purpose, row))


def unseal(key: bytes, blob: bytes, purpose: str, row: str) -> bytes:
    """The plaintext of a blob made by `seal` with the same arguments; raises `SealBroken` otherwise."""
    if len(blob) < 1 + _NONCE_BYTES + 16:
        raise SealBroken("the sealed blob is too short")
    if blob[0] != _VERSION:
        raise SealBroken(f"the sealed blob has version {blob[0]}, which this version of the product does not know")
    nonce, ciphertext = blob[1 : 1 + _NONCE_BYTES], blob[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, _bound_to(purpose, row))
    except InvalidTag:
        raise SealBroken("the sealed blob does not open with this key for this purpose and row") from None


def _bound_to(purpose: str, row: str) -> bytes:
    """Associated data; lengths first, so that no two (purpose, row) pairs make the same bytes."""
    parts = [b"vedette seal", bytes([_VERSION]), purpose.encode(), row.encode()]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
