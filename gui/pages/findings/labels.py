"""Labels of a resource (environment, owner, criticality, sensitivity): what its tags say, and the analyst over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLayout, QWidget

from gui.channel.link import EngineLink
from gui.console import Console
from gui.details.sections import pairs, paragraph, section
from gui.moments import plural
from gui.parts.form import FormDialog
from gui.parts.layouts import button

KEYS = ("environment", "owner", "criticality", "sensitivity")
USUAL: Mapping[str, tuple[str, ...]] = {
    "environment": ("production", "staging", "development", "test"),
    "owner": (),
    "criticality": ("critical", "high", "medium", "low"),
    "sensitivity": ("restricted", "confidential", "internal", "public"),
}
_LONGEST = 200
_ORIGIN = {"tag": "from its tags", "analyst": "set by hand"}


def part(labels: Sequence[Any], edit: Callable[[], None]) -> QLayout:
    """The section of the details: what is said, by whom, and the way to change it."""
    found = {one.key: one for one in labels}
    lines = [
        (key.capitalize(), f"{found[key].value} ({_ORIGIN.get(found[key].origin, found[key].origin)})", "")
        for key in KEYS
        if key in found
    ]
    change = button("Label the resource… (T)" if lines else "Label it: environment, owner, … (T)", "link")
    change.clicked.connect(edit)
    parts: list[QWidget] = (
        [pairs(lines)] if lines else [paragraph("No tag says whose it is or how it matters.", "muted")]
    )
    return section("Asset", *parts, change)


class LabelDialog(FormDialog):
    """`labelled` carries {label: value}; '' takes back what was set by hand. What was not touched is not in it."""

    labelled = Signal(object)  # not `dict`: that would become a QVariantMap, and its order the alphabet's

    def __init__(self, count: int, labels: Sequence[Any], known: Mapping[str, Sequence[str]], parent: QWidget) -> None:
        said = (
            "What you say stands over the resource's tags, ranks its findings, and can be filtered by. Empty: what its"
            " tags say holds again."
        )
        super().__init__(
            parent, "Label the resource" if count == 1 else f"Label {plural(count, 'resource')}", said, "Label"
        )
        current = {one.key: one.value for one in labels} if count == 1 else {}
        self._before = {key: current.get(key, "") for key in KEYS}
        self.boxes: dict[str, QComboBox] = {}
        for key in KEYS:
            box = QComboBox()
            box.setEditable(True)
            box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
            box.addItems(list(dict.fromkeys((*USUAL[key], *known.get(key, ())))))
            box.setCurrentText(self._before[key])
            edit = box.lineEdit()
            if edit is not None:
                edit.setMaxLength(_LONGEST)
                edit.setPlaceholderText("not set" if count == 1 else "left as it is")
                edit.returnPressed.connect(self.finish)
            self.boxes[key] = box
            self.field(key.capitalize(), box)
        self.boxes["environment"].setFocus()

    def finish(self) -> None:
        values = {key: box.currentText().strip() for key, box in self.boxes.items()}
        self.labelled.emit({key: value for key, value in values.items() if value != self._before[key]})
        self.accept()


class Labelling:
    """Opens the dialog and carries its answer to the engine, one verb for each label."""

    def __init__(self, console: Console, window: Callable[[], QWidget]) -> None:
        self._console, self._window = console, window

    def ask(self, findings: Sequence[int], labels: Sequence[Any], known: Mapping[str, Sequence[str]]) -> None:
        """Label the resources of these findings; `labels` are those in force where it is one."""
        dialog = LabelDialog(len(findings), labels, known, self._window())
        dialog.labelled.connect(lambda values: self.apply(list(findings), values))
        dialog.open()

    def apply(self, findings: list[int], values: Mapping[str, str]) -> None:
        """Set these labels, and clear those that are empty."""
        link: EngineLink = self._console.link
        waiting = set(values)

        def done(key: str, _: object) -> None:
            waiting.discard(key)
            if not waiting:
                words = ", ".join(f"{one} {value}" if value else f"no {one} by hand" for one, value in values.items())
                self._console.toasts.say(f"Labelled: {words}.")

        for key, value in values.items():
            args: dict[str, Any] = {"findings": findings, "key": key}
            if value:
                link.call("label.set", {**args, "value": value}, partial(done, key))
            else:
                link.call("label.clear", args, partial(done, key))
