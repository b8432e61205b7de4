"""The judge of policies as it was first written: every pattern against every question, nothing remembered.

The oracle for `test_policy_speed`. It shares with the product only what one statement, one wildcard and one condition
mean.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import unquote

from backend.posture.functions.arguments import MAX_TEXT, BadInput, load_json
from backend.posture.functions.escalation import PATHS, Need, _counts
from backend.posture.functions.globs import is_wild, overlap, subsumes
from backend.posture.functions.policy import _reaches_everything, _reaches_service, _unconditional
from backend.posture.functions.policy_grants import covers_resources, denies_strangers, is_public
from backend.posture.functions.policy_model import Document, Room, Statement, statements_of


def read(text: str) -> Document:
    """One document, or all of a list."""
    if text == "":
        return Document()
    loaded = load_json(unquote(text) if text.lstrip()[:3].upper() in ("%7B", "%5B", "%20", "%0A") else text, "policy")
    room, statements = Room(), list[Statement]()
    for document in loaded if isinstance(loaded, list) else [loaded]:
        if isinstance(document, str) and len(document) <= MAX_TEXT:
            document = load_json(unquote(document) if document[:3].upper() == "%7B" else document, "policy")
        statements += statements_of(document, room)
    return Document(tuple(one for one in statements if one.allow), tuple(one for one in statements if not one.allow))


def covers(statement: Statement, action: str) -> bool:
    return any(subsumes(pattern, action) for pattern in statement.actions)


def covers_action(statement: Statement, action: str) -> bool:
    if statement.not_actions:
        return not any(overlap(spared, action) for spared in statement.actions)
    return covers(statement, action)


def grants(document: Document, query: str, *, public: bool) -> Iterator[tuple[Statement, tuple[str, ...]]]:
    """Each Allow with what of it meets the query and no Deny takes away."""
    for allow in document.allows:
        if public and not is_public(allow):
            continue
        left = tuple(
            action
            for action in _met(allow, query)
            if not any(
                _hits(deny, public=public) and covers_resources(deny, allow) and _takes(deny, allow, action)
                for deny in document.denies
            )
        )
        if left:
            yield allow, left


def _hits(deny: Statement, *, public: bool) -> bool:
    if public:
        return denies_strangers(deny)
    everyone = deny.principals is None or (deny.principals.anyone and not deny.not_principals)
    return not deny.conditions and everyone


def _met(allow: Statement, query: str) -> list[str]:
    if allow.not_actions:
        return [] if covers(allow, query) else [query]
    if query == "*":
        return list(allow.actions)
    if not is_wild(query):
        return [query] if covers(allow, query) else []
    return [part for pattern in allow.actions if (part := _meet(pattern, query)) is not None]


def _meet(pattern: str, query: str) -> str | None:
    if subsumes(query, pattern):
        return pattern
    if subsumes(pattern, query):
        return query
    return query if overlap(pattern, query) else None


def _takes(deny: Statement, allow: Statement, action: str) -> bool:
    if covers_action(deny, action):
        return True
    return allow.not_actions and deny.not_actions and all(covers(allow, spared) for spared in deny.actions)


def escalation_paths(text: str) -> str:
    document = read(text)

    def holds(need: Need) -> bool:
        return any(_counts(allow, need) for allow, _ in grants(document, need.action.lower(), public=False))

    found: set[str] = set()
    for path in PATHS:
        joined = [need.action for need in path.one_of if holds(need)][:1]
        if all(holds(need) for need in path.needs) and (joined or not path.one_of):
            found.add(" + ".join([*(need.action for need in path.needs), *joined]))
    return json.dumps(sorted(found))


def public_action(text: str, action: str) -> int:
    return int(any(True for _ in grants(read(text), action.lower(), public=True)))


def action(text: str, action: str) -> int:
    return int(any(True for _ in grants(read(text), action.lower(), public=False)))


def admin(text: str) -> int:
    document = read(text)
    allows = [one for one in document.allows if _unconditional(one) and _reaches_everything(one)]
    return int(any(_all_actions(one, allows) for one in allows) and not _denied(document, "*"))


def service_admin(text: str, service: str) -> int:
    document, query = read(text), f"{service.lower()}:*"
    reached = any(
        _unconditional(one) and covers_action(one, query) and _reaches_service(one, service.lower())
        for one in document.allows
    )
    return int(reached and not _denied(document, query))


def _all_actions(allow: Statement, others: list[Statement]) -> bool:
    if not allow.not_actions:
        return any(subsumes(action, "*:*") for action in allow.actions)
    if not any(overlap(spared, "iam:*") for spared in allow.actions):
        return True
    return all(any(covers_action(other, spared) for other in others if other is not allow) for spared in allow.actions)


def _denied(document: Document, query: str) -> bool:
    whole = Statement("", True, None, False, ("*",), False, ("*",), False, ())
    return any(
        not deny.conditions and covers_action(deny, query) and covers_resources(deny, whole) for deny in document.denies
    )


__all__ = ["BadInput", "action", "admin", "escalation_paths", "public_action", "read", "service_admin"]
