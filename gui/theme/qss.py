# ruff: noqa: E501 - a rule of the sheet is read on one line
"""The style sheet, written from the token table. Widgets choose a look by their `look` property, never by a colour."""

from __future__ import annotations

from backend.product import resources_root
from gui.theme import tokens as sizes
from gui.theme.tokens import Tokens


def qss(t: Tokens, ui: str, mono: str) -> str:
    """The whole style sheet of one theme; `ui` and `mono` are font families."""
    return "\n".join((_ground(t, ui), _text(t, mono), _buttons(t), _inputs(t), _lists(t), _panes(t), _popups(t)))


def _image(name: str) -> str:
    """A picture the style sheet itself names: it cannot be recoloured, so there is one for each theme."""
    return (resources_root() / "icons" / f"{name}.svg").as_posix()


def _ground(t: Tokens, ui: str) -> str:
    return f"""
* {{ font-family: "{ui}"; outline: none; }}
QMainWindow, QDialog, QWidget[look="page"] {{ background: {t.window}; }}
QWidget[look="rail"] {{ background: {t.rail}; border-right: 1px solid {t.line}; }}
QWidget[look="topbar"] {{ background: {t.window}; border-bottom: 1px solid {t.line}; }}
QFrame[look="card"] {{ background: {t.surface}; border: 1px solid {t.line}; border-radius: {sizes.RADIUS_LARGE}px; }}
QFrame[look="well"] {{ background: {t.sunken}; border: 1px solid {t.line}; border-radius: {sizes.RADIUS}px; }}
QFrame[look="notice"] {{ background: {t.accent_ground}; border: 1px solid {t.line}; border-radius: {sizes.RADIUS}px; }}
QFrame[look="notice-warn"] {{ background: {t.warn_ground}; border: 1px solid {t.line}; border-radius: {sizes.RADIUS}px; }}
QFrame[look="notice-fail"] {{ background: {t.fail_ground}; border: 1px solid {t.line}; border-radius: {sizes.RADIUS}px; }}
QFrame[look="notice-ok"] {{ background: {t.ok_ground}; border: 1px solid {t.line}; border-radius: {sizes.RADIUS}px; }}
QFrame[look="rule"] {{ background: {t.line}; border: none; }}
QScrollArea, QScrollArea > QWidget > QWidget[look="clear"], QStackedWidget {{ background: transparent; border: none; }}
QSplitter::handle {{ background: {t.line}; }}
QSplitter::handle:hover {{ background: {t.accent}; }}
QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line_strong}; padding: 4px 6px; }}
"""


def _text(t: Tokens, mono: str) -> str:
    return f"""
QLabel {{ background: transparent; color: {t.text}; }}
QLabel[look="muted"] {{ color: {t.muted}; }}
QLabel[look="faint"] {{ color: {t.faint}; font-size: {sizes.TEXT_SMALL}px; }}
QLabel[look="overline"] {{ color: {t.muted}; font-size: {sizes.TEXT_SMALL}px; font-weight: 600; }}
QLabel[look="strong"] {{ font-weight: 600; }}
QLabel[look="title"] {{ font-size: {sizes.TEXT_TITLE}px; font-weight: 600; }}
QLabel[look="heading"] {{ font-size: {sizes.TEXT_PAGE}px; font-weight: 600; }}
QLabel[look="figure"] {{ font-size: {sizes.TEXT_FIGURE}px; font-weight: 600; }}
QLabel[look="mono"], QPlainTextEdit[look="code"], QPlainTextEdit[look="query"] {{ font-family: "{mono}"; font-size: 12px; }}
QLabel[look="error"] {{ color: {t.fail}; }}
QLabel[look="ok"] {{ color: {t.ok}; }}
QLabel[look="warn"] {{ color: {t.warn}; }}
QLabel[look="key"] {{ color: {t.muted}; font-family: "{mono}"; font-size: 11px; background: {t.sunken};
  border: 1px solid {t.line_strong}; border-radius: {sizes.RADIUS_SMALL}px; padding: 1px 5px; }}
"""


def _buttons(t: Tokens) -> str:
    return f"""
QPushButton, QToolButton {{ color: {t.text}; background: {t.raised}; border: 1px solid {t.line_strong};
  border-radius: {sizes.RADIUS}px; padding: 5px 12px; min-height: 18px; }}
QPushButton:hover, QToolButton:hover {{ background: {t.hover}; border-color: {t.faint}; }}
QPushButton:pressed, QToolButton:pressed, QToolButton:checked {{ background: {t.selection}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {t.faint}; border-color: {t.line}; background: transparent; }}
QPushButton:focus, QToolButton:focus {{ border: 2px solid {t.focus}; padding: 4px 11px; }}
QPushButton[look="primary"] {{ color: {t.on_accent}; background: {t.accent_fill}; border-color: {t.accent_fill}; font-weight: 600; }}
QPushButton[look="primary"]:hover {{ background: {t.accent_fill_hover}; }}
QPushButton[look="primary"]:focus {{ border: 2px solid {t.text}; }}
QPushButton[look="primary"]:disabled {{ color: {t.faint}; background: {t.sunken}; border-color: {t.line}; }}
QPushButton[look="link"] {{ color: {t.accent}; background: transparent; border: 1px solid transparent; padding: 3px 2px; text-align: left; margin-left: -3px; }}
QPushButton[look="link"]:hover {{ text-decoration: underline; }}
QPushButton[look="link"]:focus {{ border: 2px solid {t.focus}; padding: 2px 1px; }}
QPushButton[look="fold"] {{ color: {t.text}; background: {t.sunken}; border: 1px solid {t.line}; padding: 4px 8px; text-align: left; font-size: 12px; }}
QPushButton[look="fold"]:hover {{ border-color: {t.line_strong}; }}
QPushButton[look="fold"]:focus {{ border: 2px solid {t.focus}; padding: 3px 7px; }}
QPushButton[look="small"] {{ padding: 3px 8px; font-size: 12px; }}
QPushButton[look="small"]:focus {{ padding: 2px 7px; }}
QPushButton[look="choice"] {{ text-align: left; padding: 14px 16px; border-radius: {sizes.RADIUS_LARGE}px; background: {t.surface}; }}
QPushButton[look="delta"], QPushButton[look="delta-bad"], QPushButton[look="delta-good"] {{ border: 1px solid transparent; padding: 3px 9px; font-weight: 600; }}
QPushButton[look="delta"] {{ color: {t.muted}; background: {t.info_ground}; }}
QPushButton[look="delta-bad"] {{ color: {t.fail}; background: {t.fail_ground}; }}
QPushButton[look="delta-good"] {{ color: {t.ok}; background: {t.ok_ground}; }}
QPushButton[look="delta"]:disabled, QPushButton[look="delta-bad"]:disabled, QPushButton[look="delta-good"]:disabled {{ color: {t.faint}; background: transparent; border-color: {t.line}; }}
QPushButton[look="delta"]:focus, QPushButton[look="delta-bad"]:focus, QPushButton[look="delta-good"]:focus {{ border: 2px solid {t.focus}; padding: 2px 8px; }}
QPushButton[look="segment"] {{ background: transparent; border: 1px solid transparent; color: {t.muted}; padding: 4px 10px; }}
QPushButton[look="segment"]:hover {{ color: {t.text}; }}
QPushButton[look="segment"]:checked {{ background: {t.selection}; color: {t.text}; border-color: {t.line_strong}; }}
QPushButton[look="segment"]:focus {{ border: 2px solid {t.focus}; padding: 3px 9px; }}
QPushButton[look="chip"], QPushButton[look="chip-out"] {{ background: {t.accent_ground}; border: 1px solid {t.line}; color: {t.text};
  border-radius: 11px; padding: 2px 9px; min-height: 16px; font-size: 12px; }}
QPushButton[look="chip-out"] {{ background: {t.fail_ground}; }}
QPushButton[look="chip"]:focus, QPushButton[look="chip-out"]:focus {{ border: 2px solid {t.focus}; padding: 1px 8px; }}
QToolButton[look="plain"] {{ background: transparent; border: 1px solid transparent; padding: 4px; color: {t.muted}; }}
QToolButton[look="plain"]:hover {{ background: {t.hover}; color: {t.text}; }}
QToolButton[look="plain"]:checked {{ background: {t.selection}; color: {t.text}; }}
QToolButton[look="plain"]:focus {{ border: 2px solid {t.focus}; padding: 3px; }}
QToolButton::menu-indicator {{ image: none; width: 0; }}
QPushButton::menu-indicator {{ image: none; width: 0; }}
QCheckBox, QRadioButton {{ color: {t.text}; spacing: 8px; padding: 2px; border: 1px solid transparent; border-radius: {sizes.RADIUS_SMALL}px; }}
QCheckBox:focus, QRadioButton:focus {{ border: 1px solid {t.focus}; }}
QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {t.line_strong}; border-radius: 3px; background: {t.raised}; }}
QCheckBox::indicator:checked {{ background: {t.accent_fill}; border-color: {t.accent_fill}; image: url("{_image("tick")}"); }}
QRadioButton::indicator {{ width: 14px; height: 14px; border: 1px solid {t.line_strong}; border-radius: 8px; background: {t.raised}; }}
QRadioButton::indicator:checked {{ background: {t.accent}; border-color: {t.accent}; }}
"""


def _inputs(t: Tokens) -> str:
    return f"""
QLineEdit, QComboBox, QSpinBox, QDateEdit, QPlainTextEdit {{ color: {t.text}; background: {t.raised};
  border: 1px solid {t.line_strong}; border-radius: {sizes.RADIUS}px; padding: 5px 8px;
  selection-background-color: {t.selection}; selection-color: {t.text}; }}
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDateEdit:focus, QPlainTextEdit:focus {{ border: 2px solid {t.focus}; padding: 4px 7px; }}
QLineEdit:disabled, QComboBox:disabled {{ color: {t.faint}; background: {t.surface}; }}
QLineEdit[look="bad"] {{ border-color: {t.fail}; }}
QPlainTextEdit[look="code"] {{ background: {t.sunken}; border: 1px solid {t.line}; }}
QFrame[look="well"] QPlainTextEdit[look="code"] {{ background: transparent; border: 1px solid transparent; padding: 4px 6px; }}
QFrame[look="well"] QPlainTextEdit[look="code"]:focus {{ border: 1px solid {t.focus}; }}
QComboBox::drop-down {{ border: none; width: 22px; }}
QComboBox::down-arrow {{ image: url("{_image(f"arrow-{t.name}")}"); width: 12px; height: 12px; margin-right: 8px; }}
QComboBox QAbstractItemView {{ background: {t.raised}; border: 1px solid {t.line_strong}; selection-background-color: {t.selection}; padding: 4px; }}
QProgressBar {{ background: {t.sunken}; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 3px; }}
"""


def _lists(t: Tokens) -> str:
    return f"""
QTableView, QListView, QTreeView {{ background: {t.surface}; color: {t.text}; border: none; gridline-color: {t.line};
  selection-background-color: {t.selection}; selection-color: {t.text}; alternate-background-color: {t.surface}; }}
QTableView[look="framed"], QListView[look="framed"] {{ border: 1px solid {t.line}; border-radius: {sizes.RADIUS}px; }}
QTableView:focus, QListView[look="framed"]:focus {{ border: 1px solid {t.focus}; }}
QTableView[look="list"] {{ border: 1px solid transparent; }}
QTableView[look="list"]:focus {{ border: 1px solid {t.focus}; }}
QHeaderView {{ background: {t.raised}; border: none; }}
QHeaderView::section {{ background: {t.raised}; color: {t.muted}; border: none; border-bottom: 1px solid {t.line};
  padding: 0 8px; font-size: {sizes.TEXT_SMALL}px; font-weight: 600; }}
QHeaderView::section:hover {{ color: {t.text}; }}
QHeaderView::down-arrow, QHeaderView::up-arrow {{ width: 0; height: 0; }}
QTableCornerButton::section {{ background: {t.raised}; border: none; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {t.line_strong}; border-radius: 3px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 28px; }}
QScrollBar::handle:horizontal {{ min-width: 28px; }}
QScrollBar::handle:hover {{ background: {t.faint}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background: none; border: none; width: 0; height: 0; }}
"""


def _panes(t: Tokens) -> str:
    return f"""
QWidget[look="pane"] {{ background: {t.surface}; }}
QWidget[look="bulk"] {{ background: {t.accent_ground}; border-top: 1px solid {t.line}; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {t.line}; }}
QTabBar {{ background: transparent; border: none; qproperty-drawBase: 0; }}
QTabBar::tab {{ background: transparent; color: {t.muted}; padding: 7px 10px; border: none; border-bottom: 2px solid transparent; }}
QTabBar::tab:hover {{ color: {t.text}; }}
QTabBar::tab:selected {{ color: {t.text}; border-bottom: 2px solid {t.accent}; font-weight: 600; }}
QTabBar::tab:selected:focus {{ background: {t.selection}; }}
"""


def _popups(t: Tokens) -> str:
    return f"""
QMenu {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line_strong}; padding: 5px; }}
QMenu::item {{ padding: 6px 24px 6px 12px; border-radius: {sizes.RADIUS_SMALL}px; }}
QMenu::item:selected {{ background: {t.selection}; }}
QMenu::item:disabled {{ color: {t.faint}; }}
QMenu::separator {{ height: 1px; background: {t.line}; margin: 5px 6px; }}
QFrame[look="popup"] {{ background: {t.raised}; border: 1px solid {t.line_strong}; border-radius: {sizes.RADIUS_LARGE}px; }}
QFrame[look="popup"] QListView, QListView[look="popup"] {{ background: {t.raised}; }}
QListView[look="popup"] {{ border: 1px solid {t.line_strong}; padding: 4px; }}
QFrame[look="popup"] QLabel {{ background: transparent; }}
"""
