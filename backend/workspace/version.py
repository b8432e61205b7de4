"""What marks a workspace file. Apart from the schema: a client says hello without loading sqlite-utils (0.3 s)."""

from __future__ import annotations

APPLICATION_ID = 0x56454454  # "VEDT": `file` and our own refusal of foreign databases rest on it
SCHEMA_VERSION = 1  # PRAGMA user_version; a file with a higher one is refused
SUFFIX = ".vedette"
