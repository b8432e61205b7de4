"""The findings page, by keys: filter, group, look, triage, undo."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from gui.channel import door
from gui.facets.panel import FacetRow
from gui.pages.findings.dialogs import AssignDialog, MuteDialog
from gui.pages.findings.labels import LabelDialog
from gui.pages.findings.page import FindingsPage


@pytest.fixture
def opened(console: Any, qtbot: Any) -> Any:
    window, engine = console
    QTest.keyClick(window, Qt.Key.Key_G)
    QTest.keyClick(window, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: isinstance(window.page, FindingsPage))
    page = window.page
    qtbot.waitUntil(lambda: page.model.rowCount() > 0)
    return page, window, engine


def press(page: FindingsPage, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(page.view, key)


def ask(page: FindingsPage, qtbot: Any, query: str) -> None:
    with qtbot.waitSignal(page.model.refreshed):
        page.query.put(query)


def test_it_opens_grouped_on_what_fails(opened: Any) -> None:
    page, _, _ = opened
    assert page.query.text() == "status:fail"
    first = page.model.row_data(0)
    assert isinstance(first, door.findings.GroupRow)
    assert page.model.index(0, 2).data() == f"{first.failed} of {first.checked}"
    assert "findings of" in page.total.text()
    assert page.view.current() == page.model.id_at(0)


def test_a_group_opens_and_closes_in_place(opened: Any, qtbot: Any) -> None:
    page, _, _ = opened
    groups = page.model.rowCount()
    failed = page.model.row_data(0).matching
    with qtbot.waitSignal(page.model.refreshed):
        press(page, Qt.Key.Key_Right)
    assert page.model.rowCount() == groups + failed
    assert page.model.row_data(1).rule == page.model.row_data(0).key
    with qtbot.waitSignal(page.model.refreshed):
        press(page, Qt.Key.Key_Left)
    assert page.model.rowCount() == groups


def test_details_follow_j_and_k_and_close_with_escape(opened: Any, qtbot: Any) -> None:
    page, _, _ = opened
    with qtbot.waitSignal(page.model.refreshed):
        press(page, Qt.Key.Key_V)
    assert not page.source.grouped
    page.view.go(0)
    press(page, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: page.details.title.text() == page.model.row_data(0).title)
    press(page, Qt.Key.Key_J)
    second = page.model.row_data(1)
    qtbot.waitUntil(lambda: second.name in page.details.subtitle.accessibleName())
    press(page, Qt.Key.Key_BracketRight)
    assert page.details.bar.tabText(page.details.bar.currentIndex()) == "Fix"
    press(page, Qt.Key.Key_K)
    assert page.details.bar.tabText(page.details.bar.currentIndex()) == "Fix"
    press(page, Qt.Key.Key_Escape)
    assert not page.details.isVisible()
    assert page.view.hasFocus()


def test_every_part_of_the_details_can_be_built(opened: Any, qtbot: Any) -> None:
    page, _, _ = opened
    page.group(False)
    for query in (
        "status:fail service:s3",
        "status:unknown",
        "status:muted",
        "status:pass",
        "presence:gone -status:pass",
    ):
        ask(page, qtbot, query)
        assert page.model.rowCount(), query
        page.view.go(0)
        page.open_details()
        qtbot.waitUntil(lambda: page.details.title.text() == getattr(page.model.row_data(0), "title", None))
        for _ in range(5):
            page.details.step_tab(1)
            assert page.details.page() is not None
        page.close_details()


def test_facets_tick_and_hold(opened: Any, qtbot: Any) -> None:
    page, _, _ = opened
    qtbot.waitUntil(lambda: any(one.isVisible() for one in page.facets.findChildren(FacetRow)))
    rows = {one.accessibleName().split(":")[0]: one for one in page.facets.findChildren(FacetRow)}
    high = rows["Severity High"]
    with qtbot.waitSignal(page.model.refreshed):
        QTest.keyClick(high, Qt.Key.Key_Space)
    assert page.query.text() == "status:fail severity:high"
    qtbot.waitUntil(high.isChecked)
    with qtbot.waitSignal(page.model.refreshed):
        QTest.keyClick(rows["Severity Critical"], Qt.Key.Key_Return)
    assert page.query.text() == "status:fail severity:critical"


def test_a_cell_filters_in_and_out(opened: Any, qtbot: Any) -> None:
    page, _, _ = opened
    page.group(False)
    ask(page, qtbot, "status:fail")
    region = page.model.row_data(0).region
    with qtbot.waitSignal(page.model.refreshed):
        page.view.filter_asked.emit("region", region, True)
    assert page.query.text() == f"status:fail -region:{region}"


def test_sorting_happens_in_sql_and_shows_in_the_header(opened: Any, qtbot: Any) -> None:
    page, _, _ = opened
    page.group(False)
    ask(page, qtbot, "status:fail -service:kms")
    with qtbot.waitSignal(page.model.refreshed):
        page.view.sort_asked.emit("name", False)
    names = [page.model.row_data(row).name.lower() for row in range(50)]
    assert names == sorted(names)
    assert page.model.headerData(2, Qt.Orientation.Horizontal) == "Resource ↑"


def test_triage_of_a_selection_and_its_undo(opened: Any, qtbot: Any) -> None:
    page, window, engine = opened
    engine.answers["triage.set"] = {"changed": 3, "skipped": 0, "undo": "t0"}
    engine.answers["triage.undo"] = {"restored": 3, "skipped": 0}
    page.group(False)
    ask(page, qtbot, "status:fail severity:high")
    page.view.go(0)
    for _ in range(2):
        QTest.keyClick(page.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert page.bulk.isVisible()
    assert page.bulk.count.text() == "3 selected"
    chosen = page.view.chosen_ids()
    press(page, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: ("triage.set", {"findings": chosen, "state": "in_progress"}) in engine.asked)
    qtbot.waitUntil(lambda: window.toasts.texts() == ["3 findings set in progress."])
    QTest.keyClick(page.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: ("triage.undo", {"token": "t0"}) in engine.asked)


def test_a_header_stands_for_all_its_findings(opened: Any, qtbot: Any) -> None:
    page, _, engine = opened
    engine.answers["triage.set"] = {"changed": 1, "skipped": 0, "undo": "t"}
    group = page.model.row_data(0)
    press(page, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: any(verb == "triage.set" for verb, _ in engine.asked))
    asked = next(args for verb, args in engine.asked if verb == "triage.set")
    assert len(asked["findings"]) == group.matching


def test_muting_asks_for_reason_end_and_note(opened: Any, qtbot: Any) -> None:
    page, window, engine = opened
    engine.answers["triage.set"] = {"changed": 1, "skipped": 0, "undo": "t"}
    page.group(False)
    ask(page, qtbot, "status:fail severity:high")
    page.view.go(0)
    press(page, Qt.Key.Key_M)
    dialog = window.findChild(MuteDialog)
    dialog.reason.setCurrentIndex(3)
    dialog.finish()
    assert dialog.problem.text() == "Say in the note why."
    QTest.keyClicks(dialog.note, "Ticket 42")
    dialog.end.setCurrentIndex(0)
    dialog.finish()
    qtbot.waitUntil(lambda: any(verb == "triage.set" for verb, _ in engine.asked))
    asked = next(args for verb, args in engine.asked if verb == "triage.set")
    assert (asked["state"], asked["reason"], asked["note"]) == ("muted", "other", "Ticket 42")
    assert 6 * 86_400 < asked["until"] - page.model.row_data(0).last_seen < 8 * 86_400


def test_assigning_offers_who_is_known(opened: Any, qtbot: Any) -> None:
    page, window, engine = opened
    engine.answers["triage.set"] = {"changed": 1, "skipped": 0, "undo": "t"}
    page.group(False)
    ask(page, qtbot, "status:fail")
    qtbot.waitUntil(lambda: bool(page.facets.values("assignee")))
    page.view.go(0)
    press(page, Qt.Key.Key_A)
    dialog = window.findChild(AssignDialog)
    assert {dialog.who.itemText(at) for at in range(dialog.who.count())} >= {"maria", "jo"}
    dialog.who.setCurrentText("ada")
    dialog.finish()
    qtbot.waitUntil(lambda: any(args.get("assignee") == "ada" for verb, args in engine.asked))


def test_labels_are_set_and_taken_back(opened: Any, qtbot: Any) -> None:
    page, window, engine = opened
    page.group(False)
    ask(page, qtbot, "status:fail environment:production")
    page.view.go(0)
    press(page, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: page.told_finding() is not None)
    before = {one.key: one.value for one in page.told_finding().labels}
    press(page, Qt.Key.Key_T)
    qtbot.waitUntil(lambda: window.findChild(LabelDialog) is not None)
    dialog = window.findChild(LabelDialog)
    assert dialog.boxes["environment"].currentText() == before["environment"] == "production"
    dialog.boxes["environment"].setCurrentText("")
    dialog.boxes["criticality"].setCurrentText("high")
    dialog.finish()
    chosen = [page.view.current()]
    qtbot.waitUntil(lambda: ("label.clear", {"findings": chosen, "key": "environment"}) in engine.asked)
    qtbot.waitUntil(lambda: ("label.set", {"findings": chosen, "key": "criticality", "value": "high"}) in engine.asked)
    qtbot.waitUntil(lambda: bool(window.toasts.texts()))
    assert window.toasts.texts() == ["Labelled: no environment by hand, criticality high."]
    assert not any(args.get("key") in ("owner", "sensitivity") for _, args in engine.asked)


def test_several_resources_are_labelled_together(opened: Any, qtbot: Any) -> None:
    page, window, engine = opened
    group = page.model.row_data(0)
    press(page, Qt.Key.Key_T)
    qtbot.waitUntil(lambda: window.findChild(LabelDialog) is not None)
    dialog = window.findChild(LabelDialog)
    assert all(not box.currentText() for box in dialog.boxes.values())
    dialog.boxes["owner"].setCurrentText("team-red")
    dialog.finish()
    qtbot.waitUntil(lambda: any(verb == "label.set" for verb, _ in engine.asked))
    asked = next(args for verb, args in engine.asked if verb == "label.set")
    assert (len(asked["findings"]), asked["key"], asked["value"]) == (group.matching, "owner", "team-red")


def test_a_read_only_workspace_says_why_it_cannot(opened: Any, qtbot: Any) -> None:
    page, window, engine = opened
    engine.read_only = True
    press(page, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: bool(window.toasts.texts()))
    assert "read-only" in window.toasts.texts()[0]
    assert not any(verb == "triage.set" for verb, _ in engine.asked)


def test_nothing_found_says_what_to_do(opened: Any, qtbot: Any) -> None:
    page, _, _ = opened
    ask(page, qtbot, 'name:"no such thing"')
    assert page.states.currentWidget() is page.empty
    qtbot.waitUntil(lambda: "Take a filter out" in page.empty.text.text())
    QTest.keyClick(page.view, Qt.Key.Key_Backspace, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.states.currentWidget() is page.view)


def test_hostile_names_are_shown_as_they_are(opened: Any, qtbot: Any) -> None:
    page, _, _ = opened
    page.group(False)
    ask(page, qtbot, "name:(*script* OR *rtl*)")
    page.source.sort = door.findings.Sort("name")
    with qtbot.waitSignal(page.model.refreshed):
        page.model.refresh()
    names = {page.model.index(row, 2).data() for row in range(page.model.rowCount())}
    assert any("⟨U+202E⟩" in name for name in names)
    assert any(name.startswith("<script>alert(1)</script>") for name in names)
    page.view.go(0)
    page.open_details()
    qtbot.waitUntil(lambda: bool(page.details.title.text()))
    QTest.keyClick(page.view, Qt.Key.Key_Y)
    assert "\u202e" in QGuiApplication.clipboard().text() or "script" in QGuiApplication.clipboard().text()


def test_a_change_elsewhere_refreshes_and_keeps_the_place(opened: Any, qtbot: Any) -> None:
    page, _, engine = opened
    page.view.go(5)
    current = page.view.current()
    with qtbot.waitSignal(page.model.refreshed):
        engine.push("changed", table="finding")
    assert page.view.current() == current


def test_everything_that_takes_the_focus_has_a_name(opened: Any, qtbot: Any) -> None:
    page, window, _ = opened
    page.open_details()
    qtbot.waitUntil(lambda: bool(page.details.title.text()))
    nameless = [
        one
        for one in window.findChildren(QWidget)
        if one.isVisible() and one.focusPolicy() != Qt.FocusPolicy.NoFocus and not one.accessibleName()
        and type(one).__name__ not in ("QWidget", "QStackedWidget", "QFrame", "DetailsPane", "QAbstractButton")
    ]  # fmt: skip
    assert not nameless, [(type(one).__name__, one.objectName()) for one in nameless]
