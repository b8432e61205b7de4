"""Who is at the other end of a Unix socket."""

from __future__ import annotations

import os
import socket
import struct

_CREDENTIALS = struct.Struct("3i")


def peer_uid(connection: socket.socket) -> int:
    """User id of the process that connected (or listens), as the kernel knows it."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(raw)[1])


def is_same_user(connection: socket.socket) -> bool:
    """Whether the peer runs as we do. Not even root may speak for another user."""
    return peer_uid(connection) == os.geteuid()
