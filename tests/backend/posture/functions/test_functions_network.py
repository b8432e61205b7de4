from __future__ import annotations

import ipaddress
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.posture.functions import network

Ask = Callable[..., object]


@pytest.mark.parametrize(
    ("cidr", "public", "anywhere"),
    [
        ("0.0.0.0/0", 1, 1),
        ("::/0", 1, 1),
        ("0:0::/0", 1, 1),
        ("0000:0000:0000:0000:0000:0000:0000:0000/0", 1, 1),
        ("52.1.2.3/0", 1, 1),  # AWS cuts the host bits off
        ("0.0.0.0/1", 1, 0),
        ("128.0.0.0/1", 1, 0),
        ("::/1", 1, 0),
        ("8000::/1", 1, 0),
        ("2000::/3", 1, 0),
        ("2600::/16", 1, 0),
        ("2600:1f00::/24", 0, 0),
        ("3.0.0.0/8", 1, 0),
        ("3.0.0.0/9", 0, 0),
        ("10.0.0.0/8", 0, 0),
        ("10.0.0.0/7", 1, 0),  # half of it is not private
        ("192.0.0.0/8", 1, 0),
        ("127.0.0.0/8", 0, 0),
        ("fc00::/7", 0, 0),
        ("fe80::/10", 0, 0),
        ("::ffff:0:0/96", 1, 1),  # all of IPv4 in IPv6 clothes
        ("203.0.113.4/32", 0, 0),
        ("203.0.113.4", 0, 0),
        ("", 0, 0),
        ("0.0.0.0/00", None, None),
        ("0.0.0.0/0.0.0.0", None, None),
        ("0.0.0.0/33", None, None),
        (" 0.0.0.0/0", None, None),
        ("0.0.0.0/0\n", None, None),
        ("fe80::1%eth0/64", None, None),
        ("pl-63a5400a", None, None),
        ("٠.0.0.0/0", None, None),
        (b"0.0.0.0/0", None, None),
        (0, None, None),
        (0.5, None, None),
    ],
)
def test_ranges(ask: Ask, cidr: object, public: object, anywhere: object) -> None:
    assert ask("cidr_is_public", cidr) == public
    assert ask("cidr_is_anywhere", cidr) == anywhere


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ('["10.0.0.0/8", "0.0.0.0/0"]', 1),
        ('["10.0.0.0/8", "192.0.2.0/24"]', 0),
        ('["8.0.0.0/9", "8.128.0.0/9"]', 1),
        ('["8.0.0.0/9", "9.128.0.0/9"]', 0),
        ('["::/0", "1.2.3.4/32"]', 1),
        ("[]", 0),
        ("", 0),
        ('["nonsense"]', None),
        ("[null]", None),
        ('{"a": 1}', None),
    ],
)
def test_lists_of_ranges(ask: Ask, ranges: str, expected: object) -> None:
    assert ask("cidrs_any_public", ranges) == expected


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ("10.0.0.0/8", "10.2.3.0/24", 1),
        ("10.2.3.0/24", "10.0.0.0/8", 0),
        ("0.0.0.0/0", "::/0", 0),
        ("10.0.0.0/8", "10.9.9.9", 1),
        ("", "10.0.0.0/8", 0),
        ("10.0.0.0/8", "", 0),
        ("x", "10.0.0.0/8", None),
    ],
)
def test_containment(ask: Ask, outer: str, inner: str, expected: object) -> None:
    assert ask("cidr_contains", outer, inner) == expected


@pytest.mark.parametrize(
    ("ip", "expected"),
    [
        ("52.95.110.1", 1),
        ("10.1.2.3", 0),
        ("100.64.0.1", 0),
        ("169.254.169.254", 0),
        ("172.32.0.1", 1),
        ("2600:1f18::1", 1),
        ("fd00::1", 0),
        ("::1", 0),
        ("::ffff:10.0.0.1", 0),
        ("", 0),
        ("52.95.110.1/32", None),
        ("host.example", None),
    ],
)
def test_addresses(ask: Ask, ip: str, expected: object) -> None:
    assert ask("ip_is_public", ip) == expected


@pytest.mark.parametrize(
    ("port", "low", "high", "expected"),
    [
        (22, 22, 22, 1),
        (22, 0, 65535, 1),
        (22, -1, -1, 1),
        (22, 23, 80, 0),
        (22, 8, -1, 0),  # ICMP echo of any code is no port
        (22, 80, 20, 0),
        (22.0, 20, 25, 1),
        (70000, 0, 65535, None),
        ("22", 0, 65535, None),
        (22, "0", 65535, None),
        (float("inf"), 0, 1, None),
    ],
)
def test_ports(ask: Ask, port: object, low: object, high: object, expected: object) -> None:
    assert ask("port_in", port, low, high) == expected


@pytest.mark.parametrize(
    ("ports", "low", "high", "expected"),
    [
        ("[22, 3389]", 3000, 4000, 1),
        ("[22, 3389]", 23, 3388, 0),
        ('["6000-6010", 1]', 6005, 6005, 1),
        ("[22]", -1, -1, 1),
        ("[]", -1, -1, 0),
        ("[22]", 80, 20, 0),
        ('["x"]', 0, 1, None),
        ("[true]", 0, 1, None),
    ],
)
def test_port_lists(ask: Ask, ports: str, low: int, high: int, expected: object) -> None:
    assert ask("ports_overlap", ports, low, high) == expected


@pytest.mark.parametrize(
    ("protocol", "wanted", "expected"),
    [
        ("-1", "tcp", 1),
        ("all", "udp", 1),
        (-1, "icmp", 1),
        ("6", "tcp", 1),
        ("tcp", 6, 1),
        ("TCP", "tcp", 1),
        ("17", "tcp", 0),
        ("udp", "17", 1),
        ("58", "icmpv6", 1),
        ("tcp", "-1", 0),  # one protocol does not admit all
        ("nope", "tcp", None),
        ("999", "tcp", None),
        ("", "tcp", None),
    ],
)
def test_protocols(ask: Ask, protocol: object, wanted: object, expected: object) -> None:
    assert ask("protocol_matches", protocol, wanted) == expected


@given(st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_every_ipv4_range_reads_and_contains_itself(address: int, prefix: int) -> None:
    text = str(ipaddress.ip_network((address, prefix), strict=False))
    assert network.cidr_contains("0.0.0.0/0", text) == 1
    assert network.cidr_contains(text, text) == 1
    assert network.cidr_is_anywhere(text) == int(prefix == 0)
    assert network.cidr_is_public(text) <= int(prefix <= 8)
