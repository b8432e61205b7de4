"""What a first day needs, on real engines: the vault's passphrase, an organization, the demo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gui import moments
from gui.window import ConsoleWindow

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def window(tmp_path: Path, opened: Callable[..., ConsoleWindow]) -> ConsoleWindow:
    moments.freeze(None)
    return opened(tmp_path / "first.vedette")


def add(window: ConsoleWindow, kind: int, qtbot: Any) -> Any:
    """The form that adds an account, at one way to sign in."""
    window.go("accounts")
    page: Any = window.page
    qtbot.waitUntil(lambda: page.states.currentWidget() is page.welcome, timeout=20_000)
    QTest.keyClick(page.welcome.cloud, Qt.Key.Key_Space)
    page.form.kinds.button(kind).click()
    return page


def asked(window: ConsoleWindow, qtbot: Any, before: Any = None) -> Any:
    qtbot.waitUntil(lambda: window.prompts.dialog not in (None, before), timeout=30_000)
    return window.prompts.dialog


def test_the_vaults_passphrase_is_chosen_then_asked_for(
    window: ConsoleWindow, emulator: Any, tmp_path: Path, qtbot: Any
) -> None:
    page = add(window, 1, qtbot)
    keys = page.form.group
    keys.key_id.setText("AKIAIOSFODNN7EXAMPLE")
    keys.secret.setText("canary-of-the-vault")
    page.form.name.setText("legacy")
    page.form.endpoint.setText(emulator.url)
    page.form.save.click()
    dialog = asked(window, qtbot)  # there is no key store here
    assert dialog.windowTitle() == "Choose a passphrase for the vault"
    QTest.keyClicks(dialog.field, PASSPHRASE)
    QTest.keyClicks(dialog.again, PASSPHRASE)
    QTest.keyClick(dialog.again, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1, timeout=30_000)
    qtbot.waitUntil(lambda: not window.board.active(), timeout=60_000)  # the test that follows saving
    window.link.call("vault.lock")
    window.toasts.clear()
    page.test(page.model.id_at(0))
    wrong = asked(window, qtbot)
    assert wrong.windowTitle() == "Unlock the vault"
    QTest.keyClicks(wrong.field, "not this one")
    QTest.keyClick(wrong.field, Qt.Key.Key_Return)
    right = asked(window, qtbot, wrong)
    QTest.keyClicks(right.field, PASSPHRASE)
    QTest.keyClick(right.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: any("You are arn:aws:" in text for text in window.toasts.texts()), timeout=60_000)
    for file in tmp_path.iterdir():
        content = file.read_bytes()
        assert b"canary-of-the-vault" not in content
        assert PASSPHRASE.encode() not in content


def test_an_organizations_accounts_are_listed_and_chosen(
    window: ConsoleWindow, emulator: Any, home: Path, qtbot: Any
) -> None:
    organizations = emulator.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    for name in ("shop", "data"):
        organizations.create_account(AccountName=name, Email=f"{name}@example.com")
    folder = home / ".aws"
    folder.mkdir()
    (folder / "credentials").write_text("[root]\naws_access_key_id = test\naws_secret_access_key = test\n")
    page = add(window, 3, qtbot)
    qtbot.waitUntil(lambda: page.form.group.profile.profile() == "root", timeout=30_000)
    page.form.endpoint.setText(emulator.url)
    page.form.regions.setText("eu-west-1")
    page.form.save.click()
    qtbot.waitUntil(lambda: page.model.rowCount() == 1, timeout=30_000)
    page.view.go(0)
    QTest.keyClick(page.view, Qt.Key.Key_L)
    qtbot.waitUntil(lambda: page.model.rowCount() == 4, timeout=60_000)
    qtbot.waitUntil(lambda: any("3 accounts in the organization" in one for one in window.toasts.texts()))
    members = {row.name: row for row in page.source.accounts.values() if row.kind == "member"}
    assert {"shop", "data"} < set(members)
    assert members["shop"].identity.startswith("arn:aws:sts::")
    page.view.go(page.model.row_of(members["data"].id))
    QTest.keyClick(page.view, Qt.Key.Key_U)  # left out of scans
    qtbot.waitUntil(lambda: not page.source.accounts[members["data"].id].selected, timeout=20_000)


def test_the_demo_is_set_up_beside_an_empty_workspace(window: ConsoleWindow, home: Path, qtbot: Any) -> None:
    window.go("accounts")
    page: Any = window.page
    qtbot.waitUntil(lambda: page.states.currentWidget() is page.welcome, timeout=20_000)
    QTest.keyClick(page.welcome.sample, Qt.Key.Key_Space)
    QTest.keyClick(page.welcome.sample, Qt.Key.Key_Space)  # once is enough
    qtbot.waitUntil(lambda: any("Scanning it" in text for text in window.toasts.texts()), timeout=90_000)
    # There is no display here: the demo says so, and writes its report instead of opening its window.
    qtbot.waitUntil(lambda: any("The audit report is" in text for text in window.toasts.texts()), timeout=180_000)
    folder = home / ".local/share/vedette/demo"
    assert (folder / "demo.vedette").exists()
    assert (folder / "demo-audit-report.pdf").read_bytes().startswith(b"%PDF")
    assert not page.source.accounts, "the demo never mixes with this workspace"
    assert page.demo._log is None
