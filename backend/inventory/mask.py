"""Secrets out of what was collected, before it goes anywhere: the workspace never holds one in clear.

More is masked than is accused: a value that only looks opaque loses its text too, but is not named a secret. The mask
itself is a placeholder, so the rules' secret functions find nothing in masked text; what was found is kept as names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from backend.secret_patterns import entropy, is_harmless, name_promises, value_is_secret
from backend.secret_text import Unreadable, text_has_secret, text_spans, unpack

MASK = "********"
UNREADABLE = "(not readable)"

# Long runs of mixed letters and digits may be a key of a vendor we do not know.
_OPAQUE = re.compile(r"[A-Za-z0-9+/=_~-]{20,4096}")
_TOKEN = re.compile(r"[A-Za-z0-9+/=_.~-]*")
_REST_OF_VALUE = re.compile(r"[^\s\"'@]*")
_OPTION = re.compile(r"--?([A-Za-z][A-Za-z0-9_.-]{1,63})")
_KEY_BLOCK_END = re.compile(r"-----END[ ][A-Z0-9 ]{0,40}-----")
_NAMED = (("name", "value"), ("Name", "Value"), ("key", "value"), ("Key", "Value"), ("HeaderName", "HeaderValue"))


@dataclass(frozen=True)
class MaskedVariables:
    """`shown`: {name: value or mask}. `secret_names`: those whose value is a secret, sorted."""

    shown: dict[str, str]
    secret_names: list[str]


def mask_variables(variables: Mapping[str, Any] | Iterable[Mapping[str, Any]]) -> MaskedVariables:
    """Mask environment variables, given as {name: value} or as a list of {name, value} (ECS)."""
    if isinstance(variables, Mapping):
        pairs = [(str(name), value) for name, value in variables.items()]
    else:
        pairs = [(str(one["name"]), one.get("value")) for one in variables if one.get("name") is not None]
    shown: dict[str, str] = {}
    secret: set[str] = set()
    for name, value in pairs:
        text = "" if value is None else str(value)
        if _holds_secret(name, text):
            shown[name] = MASK
            secret.add(name)
        else:
            shown[name] = _doubtful_masked(name, text)
    return MaskedVariables(shown, sorted(secret))


def mask_value(name: str, value: str) -> str:
    """The value of a variable, or the mask when it is, or may be, a secret."""
    return MASK if _holds_secret(name, value) else _doubtful_masked(name, value)


def _holds_secret(name: str, value: str) -> bool:
    promise = name_promises(name)
    return bool(promise and value_is_secret(promise, value)) or text_has_secret(value)


def _doubtful_masked(name: str, value: str) -> str:
    if is_harmless(value) and "://" not in value:
        return value
    return MASK if name_promises(name) or _is_opaque(value) else value


def mask_text(text: str) -> str:
    """Plain text (a script, a command line) with each secret in it masked."""
    spans = sorted(_whole(text, start, end) for start, end in text_spans(text))
    parts: list[str] = []
    position = 0
    for start, end in spans:
        if start >= position:
            parts += [text[position:start], MASK]
        position = max(position, end)
    return "".join([*parts, text[position:]])


def mask_user_data(data: str) -> tuple[str, bool | None]:
    """(user data in plain with its secrets masked, whether it held one); data as EC2 gives it, base64 or plain.

    What cannot be unpacked is not kept at all, since a secret in it could not be masked: (`UNREADABLE`, None).
    """
    try:
        plain = unpack(data)
    except Unreadable:
        return UNREADABLE, None
    found = text_has_secret(plain)
    if found and plain != data and data in plain:  # binary: the packed form beside the plain one holds it too
        return UNREADABLE, True
    return mask_text(plain), found


def mask_tree(value: Any, *variables: str) -> Any:
    """A parsed answer with every secret in it masked, at any depth, for the column `raw`.

    Texts are masked by their own form and by the member that holds them, {name, value} pairs by that name, the word
    behind an option of a command by that option. Members named in `variables` are objects of free names, masked as
    strictly as environment variables.
    """
    return _mask_below(value, "", frozenset(variables))


def _mask_below(value: Any, name: str, variables: frozenset[str]) -> Any:
    if isinstance(value, str):
        return mask_value(name, value) if name_promises(name) else mask_text(value)
    if isinstance(value, Mapping):
        if name in variables:
            return {key: _mask_variable(str(key), inner) for key, inner in value.items()}
        for key, holder in _NAMED:
            if isinstance(value.get(key), str) and isinstance(value.get(holder), str):
                rest = {one: _mask_below(inner, one, variables) for one, inner in value.items() if one != holder}
                return {**rest, holder: mask_value(value[key], value[holder])}
        return {key: _mask_below(inner, str(key), variables) for key, inner in value.items()}
    if isinstance(value, list):
        names = [name, *(_option(inner) or name for inner in value)]
        return [_mask_below(inner, above, variables) for above, inner in zip(names, value, strict=False)]
    return value


def _option(word: Any) -> str:
    """The name in '--name', for commands given as a list of words; '' for any other word."""
    found = _OPTION.fullmatch(word) if isinstance(word, str) else None
    return found[1] if found else ""


def _mask_variable(name: str, value: Any) -> Any:
    return mask_value(name, value) if isinstance(value, str) else _mask_below(value, name, frozenset())


def _is_opaque(value: str) -> bool:
    if not _OPAQUE.fullmatch(value):
        return False
    mixed = any(sign.isdigit() for sign in value) and any(sign.isalpha() for sign in value)
    return mixed and entropy(value) >= 3.2


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """The span of the whole secret where only its beginning was recognised: a key block to its end line."""
    if text.startswith("-----BEGIN", start):
        closing = _KEY_BLOCK_END.search(text, end)
        return start, closing.end() if closing else len(text)
    known = text[start:end]
    rest = (_TOKEN if _TOKEN.fullmatch(known) else _REST_OF_VALUE).match(text, end)
    return start, rest.end() if rest else end
