"""What the Allows of a policy leave once its Denies are taken off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from backend.posture.functions.arguments import BadInput
from backend.posture.functions.globs import is_wild, overlap, subsumes
from backend.posture.functions.policy_conditions import hits_strangers, narrows
from backend.posture.functions.policy_model import Document, Statement

_MAX_COMPARISONS = 400_000


@dataclass(frozen=True, slots=True)
class Grant:
    """An Allow and the action patterns of it that no Deny takes away."""

    statement: Statement
    actions: tuple[str, ...]


def public_grants(document: Document, query: str = "*") -> Iterator[Grant]:
    """What anyone in the world may do, as far as it meets the action pattern `query` (lower case)."""
    denies = [deny for deny in document.denies if denies_strangers(deny)]
    return _grants(document, query, denies, is_public)


def identity_grants(document: Document, query: str = "*") -> Iterator[Grant]:
    """What the policy allows whoever it speaks of, as far as it meets the action pattern `query` (lower case)."""
    return _grants(document, query, outright_denies(document), lambda allow: True)


def outright_denies(document: Document) -> list[Statement]:
    """The Denies that hit whoever the policy speaks of, whatever he does."""
    return [deny for deny in document.denies if not deny.conditions and _hits_everyone(deny)]


def allows_call(allow: Statement, action: str) -> bool:
    """Whether an Allow speaks of a call (lower case, no wildcard)."""
    return covers(allow, action) != allow.not_actions


def denies_call(denies: Sequence[Statement], allow: Statement, action: str) -> bool:
    """Whether one of `denies` takes a call away from an Allow, on all of its resources."""
    return any(_takes(deny, allow, action) and covers_resources(deny, allow) for deny in denies)


def is_public(allow: Statement) -> bool:
    """Whether an Allow lets in everyone, with no condition that narrows it."""
    if allow.principals is None:
        return False
    everyone = allow.not_principals or allow.principals.anyone
    return everyone and not any(narrows(condition) for condition in allow.conditions)


def denies_strangers(deny: Statement) -> bool:
    """Whether a Deny hits everyone who is not named or known somewhere."""
    if deny.principals is None or deny.principals.anyone == deny.not_principals:
        return False
    return all(hits_strangers(condition) for condition in deny.conditions)


def _hits_everyone(deny: Statement) -> bool:
    return deny.principals is None or (deny.principals.anyone and not deny.not_principals)


def covers_resources(deny: Statement, allow: Statement) -> bool:
    """Whether `deny` speaks of every resource that `allow` speaks of."""
    if deny.resources is None or (not deny.not_resources and "*" in deny.resources):
        return True
    if allow.resources is None or allow.not_resources:
        return False
    _limit(len(deny.resources) * len(allow.resources))
    if deny.not_resources:
        return not any(overlap(spared, wanted) for spared in deny.resources for wanted in allow.resources)
    return all(any(subsumes(denied, wanted) for denied in deny.resources) for wanted in allow.resources)


def covers_action(statement: Statement, action: str) -> bool:
    """Whether `statement` speaks of every action that fits the pattern `action` (lower case)."""
    if statement.not_actions:
        return not any(overlap(spared, action) for spared in statement.actions)
    return covers(statement, action)


def covers(statement: Statement, action: str) -> bool:
    """Whether one of the patterns written in `statement` (Action or NotAction) takes in all of `action`."""
    return statement.patterns.take_in(action)


def _grants(
    document: Document, query: str, denies: Sequence[Statement], wanted: Callable[[Statement], bool]
) -> Iterator[Grant]:
    comparisons = 0
    for allow in document.allows:
        if not wanted(allow):
            continue
        against = [deny for deny in denies if covers_resources(deny, allow)]
        met = _met(allow, query)
        comparisons += len(met) * sum(deny.patterns.wild + len(deny.actions) * deny.not_actions for deny in against)
        _limit(comparisons)
        left = tuple(action for action in met if not any(_takes(deny, allow, action) for deny in against))
        if left:
            yield Grant(allow, left)


def _met(allow: Statement, query: str) -> list[str]:
    """The patterns in which `allow` and `query` meet."""
    if allow.not_actions:
        return [] if covers(allow, query) else [query]
    if query == "*":
        return list(allow.actions)
    if not is_wild(query):
        return [query] if covers(allow, query) else []
    return [part for pattern in allow.actions if (part := _meet(pattern, query)) is not None]


def _takes(deny: Statement, allow: Statement, action: str) -> bool:
    if covers_action(deny, action):
        return True
    # all but M is denied, and M was never allowed
    return allow.not_actions and deny.not_actions and all(covers(allow, spared) for spared in deny.actions)


def _meet(pattern: str, query: str) -> str | None:
    if subsumes(query, pattern):
        return pattern
    if subsumes(pattern, query):
        return query
    return query if overlap(pattern, query) else None


def _limit(comparisons: int) -> None:
    if comparisons > _MAX_COMPARISONS:
        raise BadInput("policy is too complex to judge")
