"""How the console looks: one token table drives palette, style sheet, icons and charts."""

from __future__ import annotations
