"""Protocols, ports and ranges as security groups, network ACLs and routes spell them, brought to one spelling.

Rules compare these columns in plain SQL, so each has one form only: protocols by name where they have one, a span of
ports that is never open-ended, and the IP version beside the range.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

ANY_PROTOCOL = "-1"
_NAMES = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": ANY_PROTOCOL}
_WITH_PORTS = ("tcp", "udp", ANY_PROTOCOL)
_UNIQUE_LOCAL = ipaddress.IPv6Network("fc00::/7")


def protocol_of(value: Any) -> str | None:
    """'tcp', 'udp', 'icmp', 'icmpv6', '-1' for all, or the number of another protocol as text; None when not said."""
    if value is None:
        return None
    text = str(value).strip().lower()
    return _NAMES.get(text, text)


def ports_of(protocol: str | None, first: Any, last: Any) -> tuple[int, int]:
    """The span of ports: 0 to 65535 where all are meant, -1 to -1 for protocols without ports.

    For ICMP it is type and code, as AWS gives them.
    """
    if protocol == ANY_PROTOCOL:  # whatever ports stand beside it, AWS ignores them
        return 0, 65535
    if protocol in _WITH_PORTS:
        low = 0 if first is None or int(first) < 0 else int(first)
        high = 65535 if last is None or int(last) < 0 else int(last)
        return low, high
    return -1 if first is None else int(first), -1 if last is None else int(last)


def family_of(cidr: str) -> str:
    """'ipv4', 'ipv6', or '' where there is no range."""
    if not cidr:
        return ""
    return "ipv6" if ":" in cidr else "ipv4"


def range_of(entry: Mapping[str, Any], v4: str, v6: str) -> str:
    """The range of an entry that holds either an IPv4 or an IPv6 one; '' for neither."""
    return str(entry.get(v4) or entry.get(v6) or "")


def is_local_v6(address: str) -> bool:
    """Whether an IPv6 address is one of the private ones (fc00::/7), which no internet gateway carries."""
    try:
        return ipaddress.IPv6Address(address.partition("/")[0]) in _UNIQUE_LOCAL
    except ValueError:
        return False
