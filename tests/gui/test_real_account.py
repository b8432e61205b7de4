"""One real account on one real engine: scanned once, then checked again, labelled, printed, edited and removed."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from backend.client import Client
from gui import moments
from gui.pages.accounts.dialogs import RemoveDialog
from gui.pages.accounts.edit import EditAccount
from gui.pages.findings.labels import LabelDialog
from gui.window import ConsoleWindow

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180), pytest.mark.usefixtures("same_home")]
REGION = "eu-west-1"
RULE = "aws-s3-bucket-public-access-block"
BUCKETS = ("acme-closed", "acme-open", "acme-secret", "acme-lost", "acme-labelled")
CLOSED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)


@pytest.fixture(scope="module")
def aws(moto_server: Any) -> Any:
    """The emulator with five open buckets and a user who may read everything."""
    moto_server.reset()
    s3 = moto_server.client("s3", REGION)
    for name in BUCKETS:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    tags = [{"Key": "Environment", "Value": "prod"}, {"Key": "Owner", "Value": "maria"}]
    s3.put_bucket_tagging(Bucket="acme-labelled", Tagging={"TagSet": tags})
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam = moto_server.client("iam")
    iam.create_user(UserName="audit")
    iam.put_user_policy(UserName="audit", PolicyName="read", PolicyDocument=json.dumps(allow))
    yield moto_server
    moto_server.enforce_iam(after=None)


@pytest.fixture(scope="module")
def scanned(aws: Any, tmp_path_factory: pytest.TempPathFactory, shared_home: dict[str, str]) -> Iterator[Path]:
    """A workspace with that account scanned, its engine running."""
    path = tmp_path_factory.mktemp("scanned") / "acme.vedette"
    key = aws.client("iam").create_access_key(UserName="audit")["AccessKey"]
    keys = {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}
    with Client.open(path, face="cli", create=True) as client:
        options = {"endpoint_url": aws.url, "region": REGION, "regions": [REGION]}
        client.call("account.add", name="prod", kind="keys", options=options, keys=keys, demo=True)
        (job,) = client.call("scan.start")
        ended = client.call("job.wait", timeout=120, job=job["id"])
        assert ended["state"] == "done", ended
        client.call("job.wait", timeout=120, job=ended["result"]["evaluation"])
        yield path


@pytest.fixture
def window(scanned: Path, opened: Callable[..., ConsoleWindow]) -> ConsoleWindow:
    moments.freeze(None)
    return opened(scanned)


def show(window: ConsoleWindow, query: str, qtbot: Any) -> Any:
    """The findings page with the cursor on the first finding of a query."""
    window.go("findings", f"{query} presence:*")
    page: Any = window.page
    page.group(False)
    with qtbot.waitSignal(page.model.refreshed):
        page.refresh()
    qtbot.waitUntil(lambda: page.model.rowCount() > 0 and hasattr(page.model.row_data(0), "name"))
    page.view.go(0)
    return page


def check_again(window: ConsoleWindow, query: str, qtbot: Any) -> str:
    """What *Check again* says, within five seconds."""
    page = show(window, query, qtbot)
    began = time.monotonic()
    QTest.keyClick(page.view, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: any("Checking" in text for text in window.toasts.texts()))

    def told() -> bool:
        texts = window.toasts.texts()
        return bool(texts) and not any("Checking" in text for text in texts)

    qtbot.waitUntil(told, timeout=30_000)
    assert time.monotonic() - began < 5, "later than five seconds"
    return str(window.toasts.texts()[-1])


def test_check_again_says_passes_now(window: ConsoleWindow, aws: Any, qtbot: Any) -> None:
    s3 = aws.client("s3", REGION)
    s3.put_public_access_block(Bucket="acme-closed", PublicAccessBlockConfiguration=CLOSED)
    assert check_again(window, f"rule:{RULE} name:acme-closed", qtbot).startswith("acme-closed passes now: ")


def test_check_again_says_still_fails(window: ConsoleWindow, qtbot: Any) -> None:
    assert check_again(window, f"rule:{RULE} name:acme-open", qtbot).startswith("acme-open still fails: ")


def test_check_again_says_gone(window: ConsoleWindow, aws: Any, qtbot: Any) -> None:
    aws.client("s3", REGION).delete_bucket(Bucket="acme-lost")
    assert (
        check_again(window, f"rule:{RULE} name:acme-lost", qtbot) == "acme-lost is gone: there is nothing left to fix."
    )


def test_check_again_says_what_could_not_be_read(window: ConsoleWindow, aws: Any, qtbot: Any) -> None:
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}
    aws.client("iam").put_user_policy(UserName="audit", PolicyName="read", PolicyDocument=json.dumps(allow))
    aws.enforce_iam()
    try:
        said = check_again(window, f"status:fail region:{REGION} resource_type:aws_vpc", qtbot)
    finally:
        aws.enforce_iam(after=None)
    assert " could not be read, so its finding stays as it was." in said
    assert "It needs ec2:DescribeVpcs." in said


def test_a_label_by_hand_stands_over_the_tag_until_it_is_taken_back(window: ConsoleWindow, qtbot: Any) -> None:
    page = show(window, f"rule:{RULE} name:acme-labelled", qtbot)
    QTest.keyClick(page.view, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: page.told_finding() is not None)

    def labels() -> dict[str, tuple[str, str]]:
        return {one.key: (one.value, one.origin) for one in page.told_finding().labels}

    assert labels() == {"environment": ("production", "tag"), "owner": ("maria", "tag")}
    for typed, shown in (("staging", ("staging", "analyst")), ("", ("production", "tag"))):
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        QTest.keyClick(page.view, Qt.Key.Key_T)
        qtbot.waitUntil(lambda: window.findChild(LabelDialog) is not None)
        dialog = window.findChild(LabelDialog)
        assert isinstance(dialog, LabelDialog)
        dialog.boxes["environment"].setCurrentText(typed)
        dialog.finish()
        qtbot.waitUntil(lambda shown=shown: labels()["environment"] == shown, timeout=20_000)
        qtbot.waitUntil(lambda: window.findChild(LabelDialog) is None)


def test_keys_are_changed_and_the_name_too(window: ConsoleWindow, scanned: Path, qtbot: Any) -> None:
    window.go("accounts")
    page: Any = window.page
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    QTest.keyClick(page.view, Qt.Key.Key_E)
    dialog = window.findChild(EditAccount)
    assert isinstance(dialog, EditAccount)
    dialog.name.setText("production")
    dialog.keys["access_key_id"].setText("AKIAIOSFODNN7EXAMPLE")
    dialog.keys["secret_access_key"].setText("canary-of-the-edit")
    dialog.finish()
    qtbot.waitUntil(lambda: page.model.row_data(0).name == "production", timeout=20_000)
    for file in scanned.parent.iterdir():
        assert b"canary-of-the-edit" not in file.read_bytes()


def test_removing_forgets_what_was_found(window: ConsoleWindow, scanned: Path, qtbot: Any) -> None:
    window.go("accounts")
    page: Any = window.page
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    QTest.keyClick(page.view, Qt.Key.Key_Delete)
    dialog = window.findChild(RemoveDialog)
    assert isinstance(dialog, RemoveDialog)
    QTest.keyClick(dialog.forget, Qt.Key.Key_Space)
    dialog._confirm()
    qtbot.waitUntil(lambda: page.states.currentWidget() is page.welcome, timeout=30_000)
    connection = sqlite3.connect(scanned)
    counts = "SELECT (SELECT count(*) FROM finding), (SELECT count(*) FROM scan), (SELECT count(*) FROM triage)"
    left = connection.execute(counts).fetchone()
    connection.close()
    assert left == (0, 0, 0)
