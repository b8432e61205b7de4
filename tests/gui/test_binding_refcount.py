"""PySide6 6.12.0 on Python 3.11 loses a reference to None on each call that returns None, and aborts in the end."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject
from PySide6.QtGui import QStandardItem, QStandardItemModel

CALLS = 300  # few enough that a binding with the fault fails here before it aborts the run


def test_calls_that_return_none_do_not_wear_out_none(qapp):
    quiet = QObject()
    model = QStandardItemModel()
    item = QStandardItem()
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        quiet.setObjectName("a")
        item.setText("b")
        model.setColumnCount(1)
    drift = sys.getrefcount(None) - before
    assert abs(drift) < CALLS / 10, f"{drift:+} references to None after {3 * CALLS} calls"
