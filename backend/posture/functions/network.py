"""Address ranges, ports and protocols.

The lists of special ranges are our own and not `ipaddress.is_global`, whose answer changes between Python releases.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from backend.posture.functions.arguments import BadInput, SqlValue, as_integer, as_text, load_list, quoted

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# No single customer is given more than a /8 of IPv4, and regional registries themselves get /12 of IPv6: a rule this
# wide names strangers, whatever its author meant. It also catches the internet written as two halves.
BROAD_V4 = 8
BROAD_V6 = 16

_SPECIAL: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
        "240.0.0.0/4", "::/128", "::1/128", "64:ff9b:1::/48", "100::/64", "2001:db8::/32", "fc00::/7", "fe80::/10",
        "ff00::/8",
    )
)  # fmt: skip
_CIDR = re.compile(r"([0-9a-fA-F:.]{2,45})(?:/(0|[1-9][0-9]{0,2}))?")
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")

_SHORT = 4_096  # characters; of a longer text no answer is kept, so that memory stays bounded

_PROTOCOLS = {
    "icmp": 1, "igmp": 2, "ipv4": 4, "tcp": 6, "egp": 8, "udp": 17, "rdp": 27, "ipv6": 41, "gre": 47, "esp": 50,
    "ah": 51, "icmpv6": 58, "ospf": 89, "ipip": 94, "pim": 103, "vrrp": 112, "l2tp": 115, "sctp": 132,
}  # fmt: skip
_ALL_PROTOCOLS = -1


@lru_cache(maxsize=4096)
def parse_cidr(text: str) -> Network:
    """The range `text` names; a bare address is a range of one. Host bits are cut off, as AWS does."""
    found = _CIDR.fullmatch(text)
    if found is None:
        raise BadInput(f"{quoted(text)} is not a CIDR range")
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise BadInput(f"{quoted(text)} is not a CIDR range") from None
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        mapped = network.network_address.ipv4_mapped
        return ipaddress.ip_network((int(mapped or 0), network.prefixlen - 96))
    return network


def network_is_public(network: Network) -> bool:
    """Whether `network` is as good as the internet: at most /8 (IPv4) or /16 (IPv6) and not inside a special range."""
    broad = BROAD_V4 if network.version == 4 else BROAD_V6
    return network.prefixlen <= broad and not any(_inside(network, special) for special in _SPECIAL)


def cidr_is_public(cidr: SqlValue) -> int:
    """1 for the internet or a range as good as it; '' (no range, say a group as source) is 0."""
    text = as_text(cidr, "the range")
    return int(text != "" and _is_public(text))


def cidr_is_anywhere(cidr: SqlValue) -> int:
    """1 for exactly 0.0.0.0/0 or ::/0 however spelt; '' is 0."""
    text = as_text(cidr, "the range")
    return int(text != "" and parse_cidr(text).prefixlen == 0)


def cidrs_any_public(cidrs: SqlValue) -> int:
    """1 when one range of the JSON list is public, or neighbours in it together make a public one."""
    text = as_text(cidrs, "the list")
    return int(_known_any_public(text) if len(text) <= _SHORT else _any_public(text))


def _any_public(text: str) -> bool:
    ranges = [as_text(_scalar(item), "a range of the list") for item in load_list(text, "the list")]
    networks = [parse_cidr(one) for one in ranges]  # all of them: one that cannot be read spoils the answer
    if any(_is_public(one) for one in ranges):
        return True
    v4 = [network for network in networks if isinstance(network, ipaddress.IPv4Network)]
    v6 = [network for network in networks if isinstance(network, ipaddress.IPv6Network)]
    joined: list[Network] = [*ipaddress.collapse_addresses(v4), *ipaddress.collapse_addresses(v6)]
    return any(network_is_public(network) for network in joined)


# Thousands of groups say the same few things.
_known_any_public = lru_cache(maxsize=4_096)(_any_public)


def cidr_contains(outer: SqlValue, inner: SqlValue) -> int:
    """1 when every address of `inner` lies in `outer`; ranges of different IP versions never do; '' is 0."""
    outer_text, inner_text = as_text(outer, "the outer range"), as_text(inner, "the inner range")
    if not outer_text or not inner_text:
        return 0
    return int(_contains(outer_text, inner_text))


def ip_is_public(ip: SqlValue) -> int:
    """1 for an address reachable on the internet, 0 for private, shared, link-local and other special ones; '' is 0."""
    text = as_text(ip, "the address")
    if text == "":
        return 0
    network = parse_cidr(text)
    if "/" in text:
        raise BadInput(f"{quoted(text)} is not an address")
    return int(not any(_inside(network, special) for special in _SPECIAL))


def port_in(port: SqlValue, from_port: SqlValue, to_port: SqlValue) -> int:
    """1 when `port` lies in from_port..to_port; -1 for both (the absent value) means all ports."""
    wanted = as_integer(port, "the port")
    if not 0 <= wanted <= 65535:
        raise BadInput("the port is not between 0 and 65535")
    low, high = as_integer(from_port, "the first port"), as_integer(to_port, "the last port")
    return int((low == -1 and high == -1) or low <= wanted <= high)


def ports_overlap(ports: SqlValue, from_port: SqlValue, to_port: SqlValue) -> int:
    """1 when from_port..to_port (-1, -1: all) admits a port of the JSON list, whose items are 22 or "6000-6010"."""
    low, high = as_integer(from_port, "the first port"), as_integer(to_port, "the last port")
    if low == -1 and high == -1:
        low, high = 0, 65535
    text = as_text(ports, "the list of ports")
    spans = _known_spans(text) if len(text) <= _SHORT else _spans(text)
    if low > high:
        return 0
    for start, end in spans:  # a plain loop: a rule about all risky ports asks this a hundred thousand times
        if start <= high and low <= end:
            return 1
    return 0


def protocol_matches(protocol: SqlValue, wanted: SqlValue) -> int:
    """1 when a rule for `protocol` ('-1', 'all', '6', 6, 'tcp') admits the protocol `wanted` ('tcp', 'udp', '17' …)."""
    admitted, asked = _protocol(protocol), _protocol(wanted)
    return int(admitted in (_ALL_PROTOCOLS, asked))


@lru_cache(maxsize=4_096)
def _is_public(text: str) -> bool:
    return network_is_public(parse_cidr(text))


@lru_cache(maxsize=4_096)
def _contains(outer: str, inner: str) -> bool:
    return _inside(parse_cidr(inner), parse_cidr(outer))


def _inside(inner: Network, outer: Network) -> bool:
    if isinstance(inner, ipaddress.IPv4Network) and isinstance(outer, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, ipaddress.IPv6Network) and isinstance(outer, ipaddress.IPv6Network):
        return inner.subnet_of(outer)
    return False


def _scalar(item: object) -> SqlValue:
    return item if isinstance(item, str | int | float) else None


def _spans(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(_span(item) for item in load_list(text, "the list of ports"))


_known_spans = lru_cache(maxsize=256)(_spans)


def _span(item: object) -> tuple[int, int]:
    if isinstance(item, int) and not isinstance(item, bool):
        return item, item
    found = re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?", item) if isinstance(item, str) else None
    if found is None:
        raise BadInput("the list of ports holds something that is no port")
    return int(found[1]), int(found[2] or found[1])


def _protocol(value: SqlValue) -> int:
    if isinstance(value, str):
        name = value.strip().lower()
        if name in ("all", "-1"):
            return _ALL_PROTOCOLS
        if name in _PROTOCOLS:
            return _PROTOCOLS[name]
        if not re.fullmatch(r"[0-9]{1,3}", name):
            raise BadInput(f"{quoted(value)} is not a protocol")
        number = int(name)
    else:
        number = as_integer(value, "the protocol")
    if not -1 <= number <= 255:
        raise BadInput("the protocol is not between -1 and 255")
    return number
