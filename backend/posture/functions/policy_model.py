"""IAM policy documents, read into typed statements.

Every spelling AWS accepts is read: one statement or a list, one string or a list, element names in any case. An element
the policy grammar does not have is refused, because it might be meant to narrow the statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from backend.posture.functions.action_patterns import ActionPatterns
from backend.posture.functions.arguments import BadInput, quoted
from backend.posture.functions.globs import tidy

MAX_ITEMS = 10_000  # actions, resources, principals and values of one document
_ELEMENTS = frozenset(
    ("sid", "effect", "principal", "notprincipal", "action", "notaction", "resource", "notresource", "condition")
)
_ANYONE = frozenset(("*", "arn:aws:iam::*:root", "arn:*", "arn:aws:*", "arn:aws:iam::*:*", "arn:aws:sts::*:*"))


@dataclass(frozen=True, slots=True)
class Principals:
    """Whom a statement names: each field holds the names as written; `anyone` is set by a `*` that means the world."""

    anyone: bool = False
    aws: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    federated: tuple[str, ...] = ()
    canonical: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key, in lower case: `operator` without quantifier ("forallvalues:") and "ifexists"."""

    operator: str
    quantifier: str
    if_exists: bool
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; actions in lower case; `resources` None where the policy hangs on its one resource."""

    sid: str
    allow: bool
    principals: Principals | None
    not_principals: bool
    actions: tuple[str, ...]
    not_actions: bool
    resources: tuple[str, ...] | None
    not_resources: bool
    conditions: tuple[Condition, ...]
    patterns: ActionPatterns = field(init=False, compare=False, repr=False)  # `actions`, sorted
    known: dict[str, int] = field(init=False, compare=False, repr=False)  # answers worked out once, by question

    def __post_init__(self) -> None:
        """Sort the actions once, because a table of escalation paths asks for many of them."""
        object.__setattr__(self, "patterns", ActionPatterns(self.actions))
        object.__setattr__(self, "known", {})


@dataclass(frozen=True, slots=True)
class Document:
    """All statements of a policy, Allows and Denies apart."""

    allows: tuple[Statement, ...] = ()
    denies: tuple[Statement, ...] = ()

    @classmethod
    def of(cls, statements: Sequence[Statement]) -> Document:
        """Sorted by effect, in order."""
        return cls(
            tuple(statement for statement in statements if statement.allow),
            tuple(statement for statement in statements if not statement.allow),
        )


def statements_of(document: object, room: Room) -> list[Statement]:
    """The statements of one parsed document; `room` is what is left to it and those read with it."""
    if not isinstance(document, Mapping):
        raise BadInput("policy is not a JSON object")
    elements = _lower_keys(document)
    if "statement" not in elements:
        raise BadInput("policy has no Statement")
    variables = elements.get("version") == "2012-10-17"
    found = elements["statement"]
    items = found if isinstance(found, list) else [found]
    return [_statement(item, room, variables=variables) for item in items]


class Room:
    """What is left of the items a document may have."""

    def __init__(self) -> None:
        self.left = MAX_ITEMS

    def take(self, count: int) -> None:
        """One thing with `count` items in it; `BadInput` when there is no room for it."""
        self.left -= count + 1
        if self.left < 0:
            raise BadInput(f"policy has more than {MAX_ITEMS:,} elements")


def _statement(item: object, room: Room, *, variables: bool) -> Statement:
    if not isinstance(item, Mapping):
        raise BadInput("policy has a Statement that is not an object")
    room.take(0)
    elements = _lower_keys(item)
    for name in elements:
        if name not in _ELEMENTS:
            raise BadInput(f"policy has an unknown element {quoted(name)}")
    effect = elements.get("effect")
    if effect not in ("Allow", "Deny"):
        raise BadInput("policy has a Statement whose Effect is neither Allow nor Deny")
    actions, not_actions = _either(elements, "action", "notaction", room)
    if actions is None:
        raise BadInput("policy has a Statement without Action")
    resources, not_resources = _either(elements, "resource", "notresource", room)
    if "principal" in elements and "notprincipal" in elements:
        raise BadInput("policy has a Statement with both Principal and NotPrincipal")
    not_principals = "notprincipal" in elements
    written = "notprincipal" if not_principals else "principal"
    sid = elements.get("sid", "")
    return Statement(
        sid=sid if isinstance(sid, str) else "",
        allow=effect == "Allow",
        principals=_principals(elements[written], room) if written in elements else None,
        not_principals=not_principals,
        actions=tuple(dict.fromkeys(tidy(action.lower()) for action in actions)),
        not_actions=not_actions,
        resources=None if resources is None else tuple(dict.fromkeys(tidy(resource) for resource in resources)),
        not_resources=not_resources,
        conditions=_conditions(elements.get("condition"), room, variables=variables),
    )


def _either(elements: Mapping[str, object], name: str, negated: str, room: Room) -> tuple[list[str] | None, bool]:
    if name in elements and negated in elements:
        raise BadInput(f"policy has a Statement with both {name} and {negated}")
    if negated in elements:
        return _strings(elements[negated], negated, room), True
    if name in elements:
        return _strings(elements[name], name, room), False
    return None, False


def _principals(value: object, room: Room) -> Principals:
    if isinstance(value, str):
        value = {"AWS": value}
    if not isinstance(value, Mapping):
        raise BadInput("policy has a Principal that is neither text nor an object")
    kinds: dict[str, tuple[str, ...]] = {"aws": (), "service": (), "federated": (), "canonicaluser": ()}
    for kind, names in value.items():
        if kind.lower() not in kinds:
            raise BadInput(f"policy has an unknown kind of Principal {quoted(kind)}")
        kinds[kind.lower()] = tuple(_strings(names, "principal", room))
    return Principals(
        anyone=any(_is_anyone(name) for name in kinds["aws"]) or "*" in kinds["service"] or "*" in kinds["federated"],
        aws=kinds["aws"],
        services=kinds["service"],
        federated=kinds["federated"],
        canonical=kinds["canonicaluser"],
    )


def _is_anyone(name: str) -> bool:
    """A star, or an ARN with a star for the account (AWS refuses it today; old and emulated stores hold it)."""
    tidied = tidy(name)
    parts = tidied.split(":", 5)
    return tidied in _ANYONE or (len(parts) == 6 and parts[0] == "arn" and ("*" in parts[4] or "?" in parts[4]))


def _conditions(value: object, room: Room, *, variables: bool) -> tuple[Condition, ...]:
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        raise BadInput("policy has a Condition that is not an object")
    found: list[Condition] = []
    for written, keys in value.items():
        operator = written.lower()
        quantifier, colon, rest = operator.partition(":")
        if not colon:
            quantifier, rest = "", operator
        if_exists = rest.endswith("ifexists")
        if not isinstance(keys, Mapping):
            raise BadInput("policy has a Condition operator without keys")
        for key, values in keys.items():
            texts = _strings(values, "condition", room)
            if not variables:  # before 2012-10-17 "${…}" is plain text, which no request carries
                texts = [text.replace("${", "$ {") for text in texts]
            found.append(Condition(rest.removesuffix("ifexists"), quantifier, if_exists, key.lower(), tuple(texts)))
    return tuple(found)


def _strings(value: object, what: str, room: Room) -> list[str]:
    items = value if isinstance(value, list) else [value]
    room.take(len(items))
    texts: list[str] = []
    for item in items:
        if isinstance(item, bool):
            texts.append("true" if item else "false")
        elif isinstance(item, str):
            texts.append(item)
        elif isinstance(item, int | float) and what == "condition":
            texts.append(str(item))
        elif isinstance(item, int) and what == "principal" and 0 <= item < 10**12:
            texts.append(f"{item:012d}")  # an account id that lost its quotes
        else:
            raise BadInput(f"policy has an entry under {what} that is not text")
    return texts


def _lower_keys(mapping: Mapping[str, object]) -> dict[str, object]:
    lowered = {str(key).lower(): value for key, value in mapping.items()}
    if len(lowered) != len(mapping):
        raise BadInput("policy has a doubled element")
    return lowered
