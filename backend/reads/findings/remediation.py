"""How to fix a finding, with the resource's own names filled in.

A placeholder is `{column}`. In a command its value is quoted for a POSIX shell, whatever it holds; one that was
not collected stays visible as `<column>`.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.reads.visible import hidden, visible

_PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
_SAFE = re.compile(r"[A-Za-z0-9@%+=:,./_-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Remediation:
    """Rendered; '' where the rule gives none. `missing` are placeholders of the command without a value."""

    text: str
    cli: str
    terraform: str
    missing: tuple[str, ...]


def render(parts: Mapping[str, str], values: Mapping[str, Any]) -> Remediation:
    """Fill the remediation `parts` (text, cli, terraform) of a rule."""
    text, _ = fill(parts.get("text", ""), values)
    terraform, _ = fill(parts.get("terraform", ""), values)
    cli, missing = command(parts.get("cli", ""), values)
    return Remediation(text, cli, terraform, missing)


def fill(template: str, values: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """`template` for a reader: values with their hidden characters shown. Also the placeholders left open."""
    missing: dict[str, None] = {}

    def put(match: re.Match[str]) -> str:
        value = values.get(match[1])
        if value is None:
            missing[match[1]] = None
            return f"<{match[1]}>"
        return visible(_plain(value))

    return _PLACEHOLDER.sub(put, template), tuple(missing)


def command(template: str, values: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """`template` for a shell: each value stays one word, or part of one, of the command."""
    out: list[str] = []
    missing: dict[str, None] = {}
    quote, in_json, at = "", False, 0
    for match in _PLACEHOLDER.finditer(template):
        quote, in_json = _state(template[at : match.start()], quote, in_json)
        out.append(template[at : match.start()])
        at = match.end()
        value = values.get(match[1])
        if value is None:
            missing[match[1]] = None
            out.append(f"<{match[1]}>")
            continue
        text = _plain(value)
        if quote == "'" and in_json:
            text = json.dumps(text)[1:-1]
        # Inside quotes of the template: end them, put the value in quotes of its own, begin them again.
        out.append(text if _SAFE.fullmatch(text) else quote + shell_word(text) + quote)
    out.append(template[at:])
    return "".join(out), tuple(missing)


def shell_word(text: str) -> str:
    """`text` as one word of a POSIX shell; characters that cannot be seen as escapes (`$'…'`, bash and zsh)."""
    if not any(hidden(char) for char in text):
        return shlex.quote(text)
    out: list[str] = []
    for char in text:
        code = ord(char)
        if char in "'\\":
            out.append("\\" + char)
        elif not hidden(char):
            out.append(char)
        elif code < 0x80:
            out.append(f"\\x{code:02x}")
        else:
            out.append(f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    return "$'" + "".join(out) + "'"


def _state(text: str, quote: str, in_json: bool) -> tuple[str, bool]:
    """Which quotes are open after `text`; inside single ones, also whether a JSON string is."""
    escaped = False
    for char in text:
        if escaped:
            escaped = False
        elif char == "\\" and quote != "'":
            escaped = True
        elif quote == "'" and char == '"':
            in_json = not in_json
        elif char == quote:
            quote, in_json = "", False
        elif not quote and char in "'\"":
            quote = char
    return quote, in_json


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)
