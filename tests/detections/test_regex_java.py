"""Regular expressions of rules, written for Java; networks as expressions."""

from __future__ import annotations

import ipaddress
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemagen.detections.networks import expression
from schemagen.detections.regex import UntranslatableRegexError, quoted, translate


@pytest.mark.parametrize(
    ("python", "java"),
    [
        ("abc", "abc"),
        (r"(?P<name>a)(?P=name)", r"(a)(?:\1)"),
        (r"a\Z", r"a\z"),
        (r"[[a]", r"[\[a]"),
        (r"[a&&b]", r"[a\&b]"),
        (r"[]a]", r"[\]a]"),
        (r"a{b", r"a\{b"),
        (r"a{,3}", "a{0,3}"),
        (r"a{2}", "a{2}"),
        (r"a{2,}?", "a{2,}?"),
        (r"\v", r"\x{b}"),
        (r"\012", r"\x{a}"),
        (r"(?#remark)a", "a"),
        (r"(?x) a  b # remark", "ab"),
        (r"(?i:a)b", "(?iu:a)b"),
        (r"(?<!a)b(?=c)(?!d)", "(?<!a)b(?=c)(?!d)"),
        (r"a++(?>b)", "a++(?>b)"),
        (r"a.b", "(?d)a.b"),
        (r"(?:ab)*?c", "(?:ab)*?c"),
        (r"[^\w\-]", r"[^\w\-]"),
        (r"\\\.exe", r"\\\.exe"),
    ],
)
def test_what_python_reads_is_written_as_java_reads_it(python, java):
    assert translate(python) == java


def test_flags_go_inline_with_what_makes_java_match_as_python_does():
    assert translate("^a.", re.IGNORECASE | re.MULTILINE | re.DOTALL) == "(?diums)^a."


@pytest.mark.parametrize("pattern", ["(a)(?(1)b|c)", "a(", "[z-a]"])
def test_what_java_cannot_say_is_refused(pattern):
    with pytest.raises(UntranslatableRegexError):
        translate(pattern)


@given(st.text(max_size=20))
def test_a_quoted_text_matches_itself_and_nothing_longer(text):
    python = re.sub(r"\\x\{([0-9a-f]+)\}", lambda m: rf"\U{int(m[1], 16):08x}", quoted(text))
    assert re.fullmatch(python, text)
    assert not re.fullmatch(python, text + "x")


def address_in(network, text):
    python = expression(network).replace(r"\z", r"\Z")
    return re.fullmatch(f"(?:{python})", text.lower()) is not None


def spellings(address):
    yield str(address)
    if address.version == 6:
        yield address.exploded.upper()
        groups = [f"{int(group, 16):x}" for group in address.exploded.split(":")]
        yield ":".join(groups)
        yield ":".join([*groups[:6], str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))])
        for first in range(8):
            for last in range(first + 1, 9):
                if set(groups[first:last]) == {"0"}:
                    yield ":".join(groups[:first]) + "::" + ":".join(groups[last:])


@st.composite
def networks_and_addresses(draw):
    version = draw(st.sampled_from([4, 6]))
    bits = 32 if version == 4 else 128
    network_class = ipaddress.IPv4Network if version == 4 else ipaddress.IPv6Network
    address_class = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    seed = draw(st.sampled_from([0, 1, 0xFE80 << 112, 0xFFFF << 32]) | st.integers(0, 2**128 - 1))
    number = seed % 2**bits
    prefix = draw(st.integers(0, bits))
    network = network_class((number, prefix), strict=False)
    inside = draw(st.integers(0, 2 ** (bits - prefix) - 1))
    near = int(network.network_address) | inside
    if draw(st.booleans()):
        near ^= 1 << draw(st.integers(0, bits - 1))
    return network, address_class(near)


@given(networks_and_addresses())
def test_a_network_matches_its_addresses_in_every_spelling_and_no_other(drawn):
    network, address = drawn
    for text in spellings(address):
        assert address_in(network, text) is (address in network), text


@pytest.mark.parametrize(
    "text",
    [
        *("", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4.5", "1.2.3.4 ", "1.2.3.4/32"),
        *("::1::", "1:2:3:4:5:6:7:8:9", "1::2::3", "::999.2.3.4", "::1234567", "::1.2.3"),
        *("1:2:3:4:5:6:7", "g::", "::1%"),
    ],
)
@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0"])
def test_what_is_no_address_is_in_no_network(text, network):
    assert not address_in(ipaddress.ip_network(network), text)
