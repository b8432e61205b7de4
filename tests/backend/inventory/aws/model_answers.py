"""Sample answers generated from botocore's own service models: answers that nobody here wrote."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.model import OperationModel, Shape

MOMENT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
DEEPEST = 8


@cache
def operation_model(operation: str) -> OperationModel:
    """The model of 'service.Operation'; raises when botocore knows no such thing."""
    service, name = operation.split(".")
    return botocore.session.get_session().get_service_model(service).operation_model(name)


def full(operation: str) -> dict[str, Any]:
    """An answer with every member that the model has."""
    shape = operation_model(operation).output_shape
    return {} if shape is None else _value(shape, 0, shape.name)


def hollow(operation: str) -> dict[str, Any]:
    """An answer whose lists hold one structure each, with no member in it."""
    shape = operation_model(operation).output_shape
    return {} if shape is None else _hollow(shape, 0)


def with_unknown_members(answer: Any) -> Any:
    """The answer with a member in every structure that no model knows yet."""
    if isinstance(answer, dict):
        return {**{key: with_unknown_members(value) for key, value in answer.items()}, "ANewMember": {"Of": ["2031"]}}
    if isinstance(answer, list):
        return [with_unknown_members(value) for value in answer]
    return answer


def without_one(answer: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(path, answer) for every member left out alone."""
    for path in _paths(answer):
        smaller = copy.deepcopy(answer)
        inner: Any = smaller
        for step in path[:-1]:
            inner = inner[step]
        del inner[path[-1]]
        yield ".".join(map(str, path)), smaller


def _paths(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*above, key)
            yield from _paths(inner, (*above, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _paths(inner, (*above, number))


def _value(shape: Shape, depth: int, name: str) -> Any:
    kind = shape.type_name
    if kind == "structure":
        if depth > DEEPEST:
            return {}
        return {key: _value(member, depth + 1, key) for key, member in shape.members.items()}
    if kind == "list":
        return [] if depth > DEEPEST else [_value(shape.member, depth + 1, name)]
    if kind == "map":
        keys = shape.key.metadata.get("enum") or [_value(shape.key, depth + 1, "key")]
        return {} if depth > DEEPEST else {key: _value(shape.value, depth + 1, name) for key in keys}
    if kind == "timestamp":
        return MOMENT
    if kind == "boolean":
        return True
    if kind in ("integer", "long"):
        return max(7, int(shape.metadata.get("min", 7)))
    if kind in ("float", "double"):
        return 7.5
    if kind == "blob":
        return b"bytes"
    return _string(shape, name)


def _string(shape: Shape, name: str) -> str:
    choices = shape.metadata.get("enum")
    if choices:
        return str(choices[0])
    if "arn" in name.lower():
        return "arn:aws:service:eu-west-1:123456789012:type/example"
    if "region" in name.lower():
        return "eu-west-1"
    text = f"text-of-{name}"
    return text.ljust(int(shape.metadata.get("min", 0)), "x")


def _hollow(shape: Shape, depth: int) -> Any:
    if shape.type_name == "structure":
        if depth and not any(member.type_name in ("list", "structure") for member in shape.members.values()):
            return {}
        if depth > DEEPEST:
            return {}
        return {
            key: _hollow(member, depth + 1)
            for key, member in shape.members.items()
            if member.type_name in ("list", "structure", "map")
        }
    if shape.type_name == "list":
        return [_hollow(shape.member, depth + 1)] if shape.member.type_name == "structure" else []
    return {}
