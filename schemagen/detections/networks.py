"""CIDR networks as regular expressions over the text of an address.

Exact: an address matches in each spelling that RFC 4291 (section 2.2) allows, whatever zeros are
left out and wherever `::` stands, and nothing that is no address matches. The expressions are for
text in lower case.
"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipaddress import IPv6Network

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_HEX = "[0-9a-f]"
_GROUP = f"{_HEX}{{1,4}}"
_GROUPS = 8
_BITS = 16


def expression(network: IPv4Network | IPv6Network) -> str:
    """Make the expression that matches the whole text of each address of a network."""
    if isinstance(network, IPv4Network):
        return _v4(int(network.network_address), network.prefixlen)
    # A zone, such as %eth0, is no part of the address.
    return f"(?:{'|'.join(_v6(network))})(?:%[^%]+)?"


def _v4(address: int, prefix: int) -> str:
    octets = []
    for place in range(4):
        first = address >> (24 - 8 * place) & 0xFF
        fixed = min(max(prefix - 8 * place, 0), 8)
        octets.append(_octets(first, first + (1 << (8 - fixed)) - 1))
    return r"\.".join(octets)


def _octets(first: int, last: int) -> str:
    if (first, last) == (0, 255):
        return _OCTET
    if first == last:
        return str(first)
    return "(?:" + "|".join(map(str, range(first, last + 1))) + ")"


def _v6(network: IPv6Network) -> list[str]:
    address, prefix = int(network.network_address), network.prefixlen
    firsts = [address >> (112 - _BITS * place) & 0xFFFF for place in range(_GROUPS)]
    free = [_BITS - min(max(prefix - _BITS * place, 0), _BITS) for place in range(_GROUPS)]
    groups = [_group(first, bits) for first, bits in zip(firsts, free, strict=True)]
    v4 = _v4(address & 0xFFFFFFFF, max(prefix - 96, 0))
    spellings = [":".join([*groups[:6], _tail(groups[6:], v4)])]
    for before in range(_GROUPS):
        for after in range(_GROUPS - before):
            left_out = range(before, _GROUPS - after)
            # What `::` stands for is zero: the network must have an address with zeros there.
            if all(firsts[place] == 0 for place in left_out):
                last = groups[_GROUPS - after :]
                two = 2
                ending = ":".join(last)
                if after >= two:
                    ending = ":".join([*last[:-two], _tail(last[-two:], v4)])
                spellings.append(":".join(groups[:before]) + "::" + ending)
    return spellings


def _tail(groups: list[str], v4: str) -> str:
    """Give the last two groups, or the four octets that can stand for them."""
    return f"(?:{':'.join(groups)}|{v4})"


def _group(first: int, bits: int) -> str:
    """Match the spellings of a group from `first` on, of which the last bits are free."""
    if bits == _BITS:
        return _GROUP
    spellings = []
    for digits in range(1, 5):
        if first >= 16**digits:
            continue
        nibbles = ""
        for place in reversed(range(digits)):
            value = first >> 4 * place & 0xF
            open_bits = min(max(bits - 4 * place, 0), 4)
            nibbles += _nibble(value, value + (1 << open_bits) - 1)
        spellings.append(nibbles)
    return f"(?:{'|'.join(spellings)})" if len(spellings) > 1 else spellings[0]


def _nibble(first: int, last: int) -> str:
    if (first, last) == (0, 15):
        return _HEX
    digits = "0123456789abcdef"[first : last + 1]
    return digits if len(digits) == 1 else f"[{digits}]"
