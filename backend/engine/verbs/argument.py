"""What a verb takes: each argument's kind, checked before the verb runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from backend.errors import UserError


class _Required:
    pass


REQUIRED: Final = _Required()
LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Arg:
    """One argument. `kind` is a name in `KINDS`; `choices`, when given, are all it may be; None only as the default."""

    kind: str
    default: Any = REQUIRED
    choices: tuple[str, ...] = ()
    longest: int = 10_000  # characters of a text, items of a list

    def check(self, verb: str, name: str, value: Any) -> Any:
        """The value, or `UserError` naming verb and argument."""
        if value is None and self.default is None:
            return None
        expected, fits = KINDS[self.kind]
        if not fits(value):
            raise UserError(f"{verb}: “{name}” must be {expected}, not {_shown(value)}.")
        if self.choices and value not in self.choices:
            raise UserError(f"{verb}: “{name}” must be one of {', '.join(self.choices)}, not {_shown(value)}.")
        if isinstance(value, (str, list, dict)) and len(value) > self.longest:
            raise UserError(f"{verb}: “{name}” is too long ({len(value):,}; at most {self.longest:,}).")
        return value


def check_arguments(verb: str, declared: Mapping[str, Arg], given: Any) -> dict[str, Any]:
    """All arguments of a call, defaults filled in; `UserError` for one that is missing, unknown or of a wrong kind."""
    if not isinstance(given, dict):
        raise UserError(f"{verb}: the arguments must be an object.")
    for name in given:
        if name not in declared:
            known = ", ".join(declared) or "none"
            raise UserError(f"{verb} takes no argument “{str(name)[:60]}”; it takes: {known}.")
    values: dict[str, Any] = {}
    for name, argument in declared.items():
        if name in given:
            values[name] = argument.check(verb, name, given[name])
        elif argument.default is REQUIRED:
            raise UserError(f"{verb}: the argument “{name}” is missing.")
        else:
            values[name] = argument.default
    return values


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -LARGEST <= value <= LARGEST


def _is_text(value: Any) -> bool:
    # A NUL ends a text for many C functions; a lone surrogate is no UTF-8 and cannot be stored.
    return isinstance(value, str) and "\0" not in value and not any("\ud800" <= char <= "\udfff" for char in value)


def _is_list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(fits(item) for item in value)


KINDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "text": ("a text", _is_text),
    "word": ("a text that is not empty", lambda value: _is_text(value) and bool(value.strip())),
    "integer": ("a whole number", _is_integer),
    "flag": ("true or false", lambda value: isinstance(value, bool)),
    "object": ("an object", lambda value: isinstance(value, dict)),
    "integers": ("a list of whole numbers", _is_list_of(_is_integer)),
    "texts": ("a list of texts", _is_list_of(_is_text)),
    "objects": ("a list of objects", _is_list_of(lambda value: isinstance(value, dict))),
    "path": ("an absolute path", lambda value: _is_text(value) and value.startswith("/")),
    "any": ("a JSON value", lambda value: True),
}


def _shown(value: Any) -> str:
    # A secret in the wrong place must not come back in an error text.
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int):
        return f"{value}"[:30]
    words = {str: "a text", list: "a list", dict: "an object", float: "a number with a fraction"}
    return "this text" if isinstance(value, str) and not value else words.get(type(value), type(value).__name__)
