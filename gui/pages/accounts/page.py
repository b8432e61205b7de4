"""Accounts."""

from __future__ import annotations

from gui.console import Page


class AccountsPage(Page):
    """Accounts."""

    id = "accounts"
    title = "Accounts"
    icon = "accounts"
    shortcut = "G, A"
