"""What happens to an exception nobody caught: the user's environment is explained, our bug is said to be one."""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal

from backend.client import UserError
from gui.toasts import Toasts

log = logging.getLogger(__name__)


class _Carrier(QObject):
    """Carries an exception of any thread to the GUI thread."""

    raised = Signal(object)


def install_hooks(toasts: Toasts) -> None:
    """Show uncaught exceptions of the GUI thread and of all others as notifications, and log our own bugs."""
    carrier = _Carrier(toasts)
    carrier.raised.connect(toasts.error, Qt.ConnectionType.QueuedConnection)

    def take(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        if not isinstance(error, UserError):
            log.critical("a bug", exc_info=(kind, error, trace))
        carrier.raised.emit(error)

    def take_from_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            take(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook = take
    threading.excepthook = take_from_thread
