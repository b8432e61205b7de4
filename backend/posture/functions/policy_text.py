"""Policies as they are stored, read once.

IAM hands documents out URL-encoded. A JSON list of documents is one document with all their statements. A role's
policies are asked about together and by many rules, and the same AWS policy hangs on hundreds of roles, so each
document is remembered, alone and as a member of a list.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import unquote

from backend.posture.functions.arguments import MAX_TEXT, BadInput, SqlValue, as_text, load_json
from backend.posture.functions.policy_model import MAX_ITEMS, Document, Room, Statement, statements_of

# Of longer texts fewer are remembered, so that memory stays bounded whatever they hold.
_SHORT, _LONG = 2_048, 32_768
_ENCODED = ("%7B", "%5B", "%20", "%0A")

EMPTY = Document()


def read_policy(value: SqlValue) -> Document:
    """The policy in `value`; '' means that there is no policy and reads as one without statements."""
    text = as_text(value, "policy")
    if text == "":
        return EMPTY
    if len(text) <= _SHORT:
        return _short(text)
    return _long(text) if len(text) <= _LONG else _very_long(text)


def _read(text: str) -> Document:
    if text[0] == "{":
        return _member(text)[0]
    loaded = load_json(unquote(text) if text.lstrip()[:3].upper() in _ENCODED else text, "policy")
    documents = loaded if isinstance(loaded, list) else [loaded]
    return _of_known_members(documents) or _of_all(documents)


_short = lru_cache(maxsize=4_096)(_read)
_long = lru_cache(maxsize=256)(_read)
_very_long = lru_cache(maxsize=8)(_read)  # above all, the questions of one rule to one role's policies


def _of_all(documents: list[object]) -> Document:
    room = Room()
    statements: list[Statement] = []
    for document in documents:
        statements.extend(statements_of(_loaded(document), room))
    return Document.of(statements)


def _of_known_members(documents: list[object]) -> Document | None:
    """The same from remembered members, or None when one of them, or all together, cannot be read."""
    left = MAX_ITEMS
    allows: list[Statement] = []
    denies: list[Statement] = []
    for text in documents:
        if not isinstance(text, str) or len(text) > MAX_TEXT:
            return None
        try:
            document, taken = _member(text)
        except BadInput:
            return None
        left -= taken
        if left < 0:
            return None
        allows += document.allows
        denies += document.denies
    return Document(tuple(allows), tuple(denies))


def _loaded(document: object) -> object:
    if isinstance(document, str) and len(document) <= MAX_TEXT:
        return load_json(unquote(document) if document[:3].upper() == "%7B" else document, "policy")
    return document


def _member(text: str) -> tuple[Document, int]:
    if len(text) <= _SHORT:
        return _short_member(text)
    return _long_member(text) if len(text) <= _LONG else _very_long_member(text)


def _read_member(text: str) -> tuple[Document, int]:
    """(one document, how much room it takes)."""
    room = Room()
    return Document.of(statements_of(_loaded(text), room)), MAX_ITEMS - room.left


_short_member = lru_cache(maxsize=4_096)(_read_member)
_long_member = lru_cache(maxsize=256)(_read_member)
_very_long_member = lru_cache(maxsize=32)(_read_member)
