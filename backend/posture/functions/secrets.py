"""Are there secrets where they should not be? Answers name variables and never repeat a value."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Mapping

from backend.posture.functions.arguments import BadInput, SqlValue, as_text, dump_list, load_json
from backend.posture.functions.secret_formats import has_secret_format, name_promises, value_is_secret

_MAX_UNPACKED = 1 << 20  # user data is at most 16 KiB; more than this unpacked is a bomb
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*")
# NAME=value, NAME: value, export NAME='value', "name": "value"
_ASSIGNMENT = re.compile(
    r"""(?<![A-Za-z0-9_.-])([A-Za-z_][A-Za-z0-9_.-]{1,63})["']?[ \t]{0,4}[=:][ \t]{0,4}"""
    r"""(?:"([^"\n]{1,256})"|'([^'\n]{1,256})'|([^\s"';,]{1,256}))"""
)


def looks_like_secret(text: SqlValue) -> int:
    """1 when the text holds an access key, private key, token, JWT or a connection string with a password."""
    return int(has_secret_format(as_text(text, "the text")))


def env_has_secret(variables: SqlValue) -> int:
    """1 when an environment variable holds a secret, by its value's form or by its name and value together."""
    return int(bool(_secret_names(variables)))


def env_secret_names(variables: SqlValue) -> str:
    """JSON list of the names (never the values) of the environment variables that hold a secret, sorted."""
    return dump_list(sorted(_secret_names(variables)))


def json_keys_any_secret(value: SqlValue) -> int:
    """1 when a key of the JSON object is named like a secret (DB_PASSWORD, apiToken), whatever its value."""
    return int(any(name_promises(name) for name, _ in _pairs(value)))


def userdata_has_secret(text: SqlValue) -> int:
    """1 when user data, plain or base64 and gzip as EC2 stores it, holds a secret."""
    plain = _unpack(as_text(text, "user data"))
    if has_secret_format(plain):
        return 1
    for found in _ASSIGNMENT.finditer(plain):
        value = found[2] or found[3] or found[4]
        promise = name_promises(found[1])
        if promise and value_is_secret(promise, value):
            return 1
    return 0


def _secret_names(variables: SqlValue) -> set[str]:
    found: set[str] = set()
    for name, value in _pairs(variables):
        if not isinstance(value, str):
            continue
        promise = name_promises(name)
        if has_secret_format(value) or (promise and value_is_secret(promise, value)):
            found.add(name)
    return found


def _pairs(value: SqlValue) -> list[tuple[str, object]]:
    """Names and values of {"NAME": "value"} or of [{"name": …, "value": …}] (ECS, CodeBuild); '' has none."""
    if value == "":
        return []
    loaded = load_json(value, "the variables")
    if isinstance(loaded, Mapping):
        return list(loaded.items())
    if not isinstance(loaded, list):
        raise BadInput("the variables are neither a JSON object nor a list of name and value")
    pairs: list[tuple[str, object]] = []
    for item in loaded:
        name = item.get("name") if isinstance(item, Mapping) else None
        if not isinstance(item, Mapping) or not isinstance(name, str):
            raise BadInput("the variables are neither a JSON object nor a list of name and value")
        # CodeBuild says where a value comes from; a reference to a store is no secret
        kept = item.get("type") in ("PARAMETER_STORE", "SECRETS_MANAGER")
        pairs.append((name, None if kept else item.get("value")))
    return pairs


def _unpack(text: str) -> str:
    stripped = text.strip()
    if not stripped or not _BASE64.fullmatch(stripped):
        return text
    try:
        raw = base64.b64decode(re.sub(r"\s+", "", stripped), validate=True)
    except (binascii.Error, ValueError):
        return text
    if raw[:2] == b"\x1f\x8b":
        raw = _inflate(raw)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        # binary, or plain text that happens to be valid base64 ("export"): look at both
        return f"{text}\n{raw.decode('latin-1')}"


def _inflate(raw: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(raw, _MAX_UNPACKED)
    except zlib.error:
        raise BadInput("user data is damaged gzip") from None
    if unpacker.unconsumed_tail:
        raise BadInput("user data unpacks to more than 1 MiB")
    return plain
