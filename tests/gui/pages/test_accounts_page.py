"""Accounts: first run, adding in four ways, testing, scanning with progress."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from scenes import PROFILES, TESTED

from backend.client import UserError
from gui.pages.accounts.edit import EditAccount


@pytest.fixture
def page(console: Any, qtbot: Any) -> Any:
    window, engine = console
    engine.answers["profile.list"] = PROFILES
    window.go("accounts")
    qtbot.waitUntil(lambda: window.page.model.rowCount() == 4)
    window.page.engine = engine
    return window.page


def asked(page: Any, verb: str) -> list[dict[str, Any]]:
    return [args for name, args in page.engine.asked if name == verb]


def open_form(page: Any, qtbot: Any) -> Any:
    QTest.keyClick(page.view, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: page.form.isVisible() and page.form.groups[0].profile.count() == 3)
    return page.form


def test_the_first_run_offers_what_works(open_console: Callable[[Path], Any], bare: Path, qtbot: Any) -> None:
    window, engine = open_console(bare)
    window.go("accounts")
    page = window.page
    qtbot.waitUntil(lambda: page.states.currentWidget() is page.welcome)
    QTest.keyClick(page.welcome.cloud, Qt.Key.Key_Space)
    assert page.states.currentWidget() is page.form
    qtbot.waitUntil(lambda: ("profile.list", {}) in engine.asked)
    qtbot.waitUntil(lambda: page.form.groups[0].none.isVisibleTo(page.form))
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert page.states.currentWidget() is page.welcome


def test_a_profile_is_tested_before_it_is_saved(page: Any, qtbot: Any) -> None:
    form = open_form(page, qtbot)
    page.engine.answers["account.test"] = {"id": "9", "kind": "account.test", "state": "running", "title": "Test prod"}
    form.test.click()
    qtbot.waitUntil(lambda: bool(asked(page, "account.test")))
    draft = asked(page, "account.test")[0]["draft"]
    assert draft == {"kind": "profile", "options": {"profile": "prod"}, "keys": None}
    page.engine.push("job", job={"id": "9", "kind": "account.test", "state": "done", "title": "T", "result": TESTED})
    qtbot.waitUntil(lambda: any("You are" in one for one in _texts(form.identity)))
    said = "\n".join(_texts(form.identity))
    assert f"You are {TESTED['arn']}" in said
    assert "kms:GetKeyRotationStatus" in said
    assert '"Action": [' in said


def test_saving_and_scanning(page: Any, qtbot: Any) -> None:
    form = open_form(page, qtbot)
    page.engine.answers["account.add"] = {"account": 1}
    page.engine.answers["scan.start"] = [{"id": "4", "kind": "scan", "state": "queued", "subject": {"account": 1}}]
    form.scan.click()
    qtbot.waitUntil(lambda: bool(asked(page, "scan.start")))
    assert asked(page, "account.add")[0]["name"] == "prod"
    assert asked(page, "scan.start") == [{"accounts": [1]}]
    assert page.states.currentWidget() is page.split


def test_keys_are_hidden_and_forgotten_once_saved(page: Any, qtbot: Any) -> None:
    form = open_form(page, qtbot)
    form.kinds.button(1).click()
    keys = form.group
    assert keys.secret.echoMode() is QLineEdit.EchoMode.Password
    form.save.click()
    assert "access key id" in form.problem.text()
    keys.key_id.setText("AKIAEXAMPLE")
    keys.secret.setText("canary-secret")
    form.name.setText("legacy")
    page.engine.answers["account.add"] = {"account": 2}
    page.engine.answers["account.test"] = {"id": "5", "kind": "account.test", "state": "running"}
    form.save.click()
    qtbot.waitUntil(lambda: keys.secret.text() == "")
    found = asked(page, "account.add")[0]
    assert found["keys"] == {"access_key_id": "AKIAEXAMPLE", "secret_access_key": "canary-secret"}
    assert "canary-secret" not in str(found["options"])


def test_a_role_comes_with_its_trust_policy(page: Any, qtbot: Any) -> None:
    form = open_form(page, qtbot)
    form.kinds.button(2).click()
    role = form.group
    role.arn.setText("arn:aws:iam::999900001111:role/audit")
    role.mfa.setText("arn:aws:iam::111122223333:mfa/me")
    external = role.external.text()
    assert external.startswith("vedette-")
    assert len(external) > 36
    policy = role.trust_policy()
    assert f'"sts:ExternalId": "{external}"' in policy
    assert "aws:MultiFactorAuthPresent" in policy
    assert form.name.placeholderText() == "999900001111"
    assert form.draft()["options"]["external_id"] == external


def test_an_organization_names_the_role_in_its_members(page: Any, qtbot: Any) -> None:
    form = open_form(page, qtbot)
    form.kinds.button(3).click()
    form.endpoint.setText("http://127.0.0.1:5000")
    form.regions.setText("eu-west-1, us-east-1")
    options = form.draft()["options"]
    assert options["member_role"] == "OrganizationAccountAccessRole"
    assert options["endpoint_url"] == "http://127.0.0.1:5000"
    assert options["regions"] == ["eu-west-1", "us-east-1"]


def test_an_error_is_told_in_the_form(page: Any, qtbot: Any) -> None:
    form = open_form(page, qtbot)
    page.engine.answers["account.add"] = UserError("There is an account called “prod” already.", "Choose another name.")
    form.save.click()
    qtbot.waitUntil(lambda: form.problem.text() == "There is an account called “prod” already. Choose another name.")


def test_a_scan_shows_what_is_left_and_can_be_cancelled(page: Any, qtbot: Any) -> None:
    job = {
        "id": "1", "kind": "scan", "title": "Scan prod", "state": "running", "done": 10, "total": 50,
        "text": "still reading s3, ec2", "subject": {"account": 1},
    }  # fmt: skip
    page.engine.push("job", job=job)
    qtbot.waitUntil(page.progress.isVisible)
    row = next(iter(page.progress._rows.values()))
    assert row.left.text() == "40 of 50 left"
    assert row.text.accessibleName() == "still reading s3, ec2"
    at = page.model.row_of(1)
    assert page.model.index(at, 3).data() == "40 of 50 left"
    row.stop.click()
    qtbot.waitUntil(lambda: asked(page, "job.cancel") == [{"job": "1"}])
    page.engine.push("job", job={**job, "state": "cancelled"})
    qtbot.waitUntil(lambda: not page.progress.isVisible())


def test_details_show_permissions_and_their_cost(page: Any, qtbot: Any) -> None:
    page.view.go(page.model.row_of(1))
    QTest.keyClick(page.view, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: page.details.title.text() == "prod")
    for _ in range(3):
        QTest.keyClick(page.view, Qt.Key.Key_BracketRight)
        assert page.details.page() is not None
    page.details.bar.setCurrentIndex(1)
    assert "Least-privilege" in "\n".join(_texts(page.details)) or "LEAST-PRIVILEGE" in "\n".join(_texts(page.details))


def test_the_account_leads_to_its_findings(page: Any, qtbot: Any) -> None:
    page.view.go(page.model.row_of(1))
    window = page.window()
    QTest.keyClick(page.view, Qt.Key.Key_F)
    assert window.page.id == "findings"
    assert window.page.query.text() == "account:111122223333 status:fail"


def edit(page: Any, qtbot: Any, name: str) -> EditAccount:
    at = next(row.id for row in page.source.accounts.values() if row.name == name)
    page.view.go(page.model.row_of(at))
    QTest.keyClick(page.view, Qt.Key.Key_E)
    qtbot.waitUntil(lambda: page.window().findChild(EditAccount) is not None)
    found: EditAccount = page.window().findChild(EditAccount)
    return found


def test_an_account_is_edited_by_what_was_changed_alone(page: Any, qtbot: Any) -> None:
    dialog = edit(page, qtbot, "prod")
    assert dialog.options["profile"].text() == "prod"
    dialog.name.setText(" production ")
    dialog.options["regions"].setText("eu-west-1 us-east-1")
    dialog.options["endpoint_url"].setText("http://127.0.0.1:5000")
    dialog.finish()
    qtbot.waitUntil(lambda: bool(asked(page, "account.update")))
    options = {"profile": "prod", "regions": ["eu-west-1", "us-east-1"], "endpoint_url": "http://127.0.0.1:5000"}
    assert asked(page, "account.update") == [{"account": 1, "name": "production", "options": options}]
    qtbot.waitUntil(lambda: page.window().toasts.texts() == ["The account was changed."])


def test_nothing_changed_is_nothing_asked(page: Any, qtbot: Any) -> None:
    edit(page, qtbot, "prod").finish()
    assert not asked(page, "account.update")


def test_new_keys_are_both_or_none_and_are_wiped(page: Any, qtbot: Any) -> None:
    dialog = edit(page, qtbot, "never scanned")
    assert dialog.keys["secret_access_key"].echoMode() is QLineEdit.EchoMode.Password
    dialog.keys["secret_access_key"].setText("canary-secret")
    dialog.finish()
    assert "Paste both" in dialog.problem.text()
    dialog.keys["access_key_id"].setText("AKIANEW")
    secret = dialog.keys["secret_access_key"]
    texts: list[str] = []
    secret.textChanged.connect(texts.append)
    dialog.finish()
    qtbot.waitUntil(lambda: bool(asked(page, "account.update")))
    keys = {"access_key_id": "AKIANEW", "secret_access_key": "canary-secret"}
    assert asked(page, "account.update")[0]["keys"] == keys
    qtbot.waitUntil(lambda: texts == [""])


def test_what_the_engine_refuses_is_told_in_the_form(page: Any, qtbot: Any) -> None:
    page.engine.answers["account.update"] = UserError("There is an account called “x” already.", "Choose another name.")
    dialog = edit(page, qtbot, "prod")
    dialog.name.setText("x")
    dialog.finish()
    qtbot.waitUntil(lambda: dialog.problem.text().endswith("Choose another name."))
    assert dialog.isVisible()
    assert dialog.accept_button.isEnabled()
    dialog.reject()


def test_removing_is_asked_once(page: Any, qtbot: Any) -> None:
    from gui.pages.accounts.dialogs import RemoveDialog

    page.view.go(page.model.row_of(1))
    QTest.keyClick(page.view, Qt.Key.Key_Delete)
    dialog = page.window().findChild(RemoveDialog)
    dialog.forget.setChecked(True)
    dialog._confirm()
    qtbot.waitUntil(lambda: asked(page, "account.remove") == [{"account": 1, "forget": True}])


def _texts(root: Any) -> list[str]:
    from PySide6.QtWidgets import QLabel, QPlainTextEdit

    from gui.parts.wrapped import WrappedText

    found = [one.text for one in root.findChildren(WrappedText)]
    found += [one.text() for one in root.findChildren(QLabel)]
    return found + [one.toPlainText() for one in root.findChildren(QPlainTextEdit)]


def test_the_clipboard_is_left_alone(page: Any) -> None:
    assert QGuiApplication.clipboard() is not None
