"""Arguments of the SQL functions: everything comes from outside and is checked here.

A function that cannot judge its input raises `BadInput`; the registry turns that into NULL and a recorded cause.
"""

from __future__ import annotations

import json
from typing import NoReturn

MAX_TEXT = 1 << 20  # characters; the largest policy AWS stores is far below

SqlValue = str | int | float | bytes | None


class BadInput(ValueError):
    """The input cannot be judged; the message finishes the sentence "<function>: …"."""


def quoted(text: str) -> str:
    """A short, plain-ASCII picture of hostile text, fit for a cause or a log line."""
    return ascii(text if len(text) <= 40 else text[:39] + "~")


def as_text(value: SqlValue, what: str) -> str:
    """`value` as text of at most `MAX_TEXT` characters."""
    if not isinstance(value, str):
        raise BadInput(f"{what} is not text")
    if len(value) > MAX_TEXT:
        raise BadInput(f"{what} is larger than 1 MiB")
    return value


def as_integer(value: SqlValue, what: str) -> int:
    """`value` as a whole number; 22 and 22.0 are whole, '22' is not a number."""
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise BadInput(f"{what} is not a whole number")


def load_json(value: SqlValue, what: str) -> object:
    """The JSON in `value`; doubled keys and NaN are refused, because they would hide what is meant."""
    text = as_text(value, what)
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        where = f"column {error.colno}" if error.lineno == 1 else f"line {error.lineno} column {error.colno}"
        raise BadInput(f"{what} is not JSON ({where})") from None
    except RecursionError:
        raise BadInput(f"{what} is nested too deeply") from None
    except BadInput as error:
        raise BadInput(f"{what} {error}") from None
    except ValueError:  # a number of thousands of digits
        raise BadInput(f"{what} is not JSON (a number is too long)") from None


def load_list(value: SqlValue, what: str) -> list[object]:
    """The JSON list in `value`; '' is the empty list."""
    if value == "":
        return []
    loaded = load_json(value, what)
    if not isinstance(loaded, list):
        raise BadInput(f"{what} is not a JSON list")
    return loaded


def dump_list(items: list[str]) -> str:
    """A JSON list in plain ASCII, so that no lone surrogate reaches SQLite."""
    return json.dumps(items, ensure_ascii=True)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadInput("has a doubled key")
    return found


def _constant(name: str) -> NoReturn:
    raise BadInput(f"holds {name}, which is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_constant)
