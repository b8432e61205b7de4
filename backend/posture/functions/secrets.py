"""Are there secrets where they should not be? Answers name variables and never repeat a value."""

from __future__ import annotations

from collections.abc import Mapping

from backend.posture.functions.arguments import BadInput, SqlValue, as_text, dump_list, load_json
from backend.secret_patterns import has_secret_format, name_promises, variable_is_secret
from backend.secret_text import Unreadable, text_has_secret, unpack


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
    try:
        return int(text_has_secret(unpack(as_text(text, "user data"))))
    except Unreadable as error:
        raise BadInput(f"user data {error}") from None


def _secret_names(variables: SqlValue) -> set[str]:
    return {name for name, value in _pairs(variables) if isinstance(value, str) and variable_is_secret(name, value)}


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
