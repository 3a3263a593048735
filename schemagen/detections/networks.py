"""CIDR networks as regular expressions over the text of an address.

Exact: an address matches in each spelling that RFC 4291 (section 2.2) allows, whatever zeros are
left out and wherever `::` stands, and nothing but an address matches. The expressions are for text
in lower case.
"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipaddress import IPv6Network

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_HEX = "[0-9a-f]"
_GROUP = f"{_HEX}{{1,4}}"
_DOTTED = r"[0-9]+(?:\.[0-9]+){3}"
_LAST_IS_V4 = rf"(?=[0-9a-f:]*:(?:{_OCTET}(?:\.{_OCTET}){{3}}|{_HEX}*)(?:%|\z))"
"""Looks ahead whether what stands behind the last colon are four octets, if it has dots."""
_GROUPS = 8
_BEFORE_V4 = 96
_BITS = 16


def expression(network: IPv4Network | IPv6Network) -> str:
    """Make the expression that matches the whole text of each address of a network."""
    if isinstance(network, IPv4Network):
        return _v4(int(network.network_address), network.prefixlen)
    # A zone, such as %eth0, is not part of the address.
    return f"{_v6(network)}(?:%[^%]+)?"


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


def _v6(network: IPv6Network) -> str:
    address, prefix = int(network.network_address), network.prefixlen
    firsts = [address >> (112 - _BITS * place) & 0xFFFF for place in range(_GROUPS)]
    free = [_BITS - min(max(prefix - _BITS * place, 0), _BITS) for place in range(_GROUPS)]
    groups = [_group(first, bits) for first, bits in zip(firsts, free, strict=True)]
    fixed = -(-prefix // _BITS)
    v4 = _v4(address & 0xFFFFFFFF, prefix - 96) if prefix > _BEFORE_V4 else _DOTTED
    spellings = [f"{_row(groups[:6])}:(?:{groups[6]}:{groups[7]}|{v4})"]
    for before in range(_GROUPS):
        for after in range(_GROUPS - before):
            # What `::` stands for is zero: the network must have an address with zeros there.
            if any(firsts[before : _GROUPS - after]):
                continue
            if after <= _GROUPS - fixed:
                # Nothing of what follows is fixed, so that all its lengths are one expression.
                if after == 0:
                    tail = _free(min(_GROUPS - 1 - before, _GROUPS - fixed))
                    spellings.append(f"{_row(groups[:before])}::{tail}")
                continue
            last = groups[_GROUPS - after :]
            two = 2
            ending = _row(last)
            if after >= two:
                ending = ":".join([*last[:-two], f"(?:{last[-two]}:{last[-1]}|{v4})"])
            spellings.append(f"{_row(groups[:before])}::{ending}")
    return f"{_LAST_IS_V4}(?:{'|'.join(spellings)})"


def _row(groups: list[str]) -> str:
    """Join groups by colons, written short where nothing of them is fixed."""
    free = 0
    while free < len(groups) and groups[-1 - free] == _GROUP:
        free += 1
    row = ":".join(groups[: len(groups) - free])
    more = f"{{{free}}}" if free > 1 else ""
    if not free:
        return row
    if not row:
        return _GROUP if free == 1 else f"{_GROUP}(?::{_GROUP}){{{free - 1}}}"
    return f"{row}(?::{_GROUP}){more}"


def _free(most: int) -> str:
    """Match up to some groups of which nothing is fixed, the last two perhaps as octets."""
    if most == 0:
        return ""
    if most == 1:
        return f"(?:{_GROUP})?"
    return f"(?:(?:{_GROUP}:){{0,{most - 1}}}{_GROUP}|(?:{_GROUP}:){{0,{most - 2}}}{_DOTTED})?"


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
