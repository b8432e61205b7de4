"""Charts say their numbers to a screen reader, and draw nothing they do not have."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from gui.charts.bars import BarItem, BarRow, Bars
from gui.charts.gauge import Gauge, grade
from gui.charts.meter import Meter
from gui.charts.trend import Trend
from gui.theme.active import fill


def test_the_gauge_names_and_colours_its_score(themed: Any) -> None:
    gauge = Gauge()
    gauge.show_score(None)
    assert gauge.accessibleName() == "Score: none yet"
    gauge.show_score(91.4)
    assert gauge.accessibleName() == "Score 91 of 100"
    image = gauge.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert fill("ok").name() in colours
    assert [grade(one) for one in (90, 70, 50, 10, None)] == ["ok", "medium", "high", "critical", "muted"]
    gauge.deleteLater()


def test_bars_are_buttons_and_the_longest_fills(themed: Any, qtbot: Any) -> None:
    bars = Bars("Service")
    bars.show_items([BarItem("s3", "<b>s3</b>", 12), BarItem("ec2", "ec2", 3)])
    rows = bars.findChildren(BarRow)
    assert [one.accessibleName() for one in rows] == ["Service: <b>s3</b>, 12", "Service: ec2, 3"]
    with qtbot.waitSignal(bars.chosen) as chosen:
        QTest.keyClick(rows[1], Qt.Key.Key_Space)
    assert chosen.args == ["ec2"]
    bars.show_items([])
    assert not any(one.isVisibleTo(bars) for one in rows)
    bars.deleteLater()


def test_the_trend_holds_one_point_as_well_as_many(themed: Any) -> None:
    trend = Trend("Score over time")
    trend.resize(400, 160)
    for points in ([], [(1_764_000_000, 61.0)], [(1_764_000_000 + at * 86_400, 60.0 + at) for at in range(40)]):
        trend.show_points(points)
        assert not trend.grab().isNull()
    assert trend.accessibleName() == "Score over time: 40 points, now 99"
    QTest.mouseMove(trend, QPoint(200, 80))
    trend.grab()
    trend.deleteLater()


def test_the_meter_never_rounds_up(themed: Any) -> None:
    meter = Meter("Coverage")
    meter.show_share(0.996)
    assert meter.accessibleName() == "Coverage: 99.6%"
    meter.deleteLater()
