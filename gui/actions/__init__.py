"""Everything the console can do, declared once: menus, command palette, shortcuts and shortcut sheet read it."""

from __future__ import annotations
