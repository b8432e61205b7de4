"""Tags, which AWS spells in four ways, as one object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def tags_of(tags: Mapping[str, str] | Iterable[Mapping[str, Any]] | None) -> dict[str, str] | None:
    """{key: value} from a list of {Key, Value} (or {key, value}, {TagKey, TagValue}) or from a plain object."""
    if tags is None:
        return None
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    found: dict[str, str] = {}
    for tag in tags:
        key = tag.get("Key", tag.get("key", tag.get("TagKey")))
        if key is not None:
            found[str(key)] = str(tag.get("Value", tag.get("value", tag.get("TagValue", ""))) or "")
    return found


def name_of(tags: Iterable[Mapping[str, Any]] | None, otherwise: str) -> str:
    """The tag Name, by which EC2 resources are known; `otherwise` (their id) when it is missing or empty."""
    return (tags_of(tags) or {}).get("Name") or otherwise
