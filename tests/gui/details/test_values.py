"""Values as a person reads them: documents folded, times told, nothing that was not collected passes for empty."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit

from gui.details.prose import LONG, Reason, readable
from gui.details.values import Folded, document, is_short, shown, summary, values
from gui.parts.wrapped import WrappedText

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"},
    ],
}


@pytest.mark.parametrize(
    ("name", "value", "text", "look"),
    [
        ("policy", None, "not collected", "missing"),
        ("policy", "", "empty", "muted"),
        ("ports", [], "none", "muted"),
        ("ips", ["10.0.0.1", "10.0.0.2"], "10.0.0.1, 10.0.0.2", "mono"),
        ("age", float("inf"), "never", "mono"),
        ("size", 3.0, "3", "mono"),
        ("open", True, "yes", "mono"),
        ("port", 22, "22", "mono"),
    ],
)
def test_scalars(name: str, value: Any, text: str, look: str) -> None:
    assert shown(name, value) == (text, look)


def test_a_time_is_a_date_only_in_a_column_of_times() -> None:
    assert shown("created_at", 1_764_000_000)[0] == "2025-11-24T16:00:00Z"
    assert shown("bytes", 1_764_000_000)[0] == "1764000000"


def test_what_a_document_is() -> None:
    assert summary(POLICY) == "2 statements: 1 Allow, 1 Deny"
    assert summary({"Statement": {"Effect": "Allow"}}) == "1 statement: 1 Allow"
    assert summary({"Statement": "nonsense"}) == "1 member"
    assert summary([1, 2, 3]) == "3 items"
    assert document(json.dumps(POLICY)) == POLICY
    assert document("{not json}") is None
    assert document('"text"') is None
    assert is_short(["a", "b"])
    assert not is_short([{"a": 1}])


PLAIN = st.none() | st.booleans() | st.floats() | st.text()


@given(st.recursive(PLAIN, lambda one: st.lists(one) | st.dictionaries(st.text(), one)))
def test_no_document_of_an_api_breaks_them(found: Any) -> None:
    if isinstance(found, (list, dict)) and found:
        assert summary(found)
        is_short(found)
    assert shown("name_at", found)[0] is not None


@given(st.text())
def test_no_reason_breaks_the_prose(text: str) -> None:
    assert isinstance(readable(text), str)


def test_lists_in_reasons_read_as_words() -> None:
    said = 'Anyone may ["s3:putobject", "s3:get,object"] here; ["iam:PassRole + ec2:RunInstances"]. Else ["a'
    assert readable(said) == ('Anyone may s3:putobject, s3:get,object here; iam:PassRole + ec2:RunInstances. Else ["a')
    assert readable("Addresses [], anyone [] (no). Else []") == "Addresses none, anyone none (no). Else none"
    for quoted in ('{"Action": []}', '{"Action": ["a"]}', '{"Action":["a","b"]}'):
        assert readable(quoted) == quoted


def test_a_document_is_folded_until_it_is_asked_for(themed: Any) -> None:
    made = values([("name", "acme"), ("policy", json.dumps(POLICY)), ("ips", '["10.0.0.1"]')])
    said = {one.text for one in made.findChildren(WrappedText)}
    assert {"name", "acme", "ips", "10.0.0.1"} <= said
    folded = made.findChild(Folded)
    assert not made.findChildren(QPlainTextEdit)
    assert folded.head.accessibleName().endswith("folded")
    QTest.keyClick(folded.head, Qt.Key.Key_Space)
    assert folded.head.accessibleName().endswith("open")
    assert json.loads(made.findChildren(QPlainTextEdit)[0].toPlainText()) == POLICY
    made.deleteLater()


def test_a_long_reason_shows_its_beginning(themed: Any) -> None:
    text = "Word " * 200
    made = Reason(text)
    assert len(made.said.text) <= LONG + 2
    made.more.click()
    assert made.said.text == text
    made.deleteLater()
