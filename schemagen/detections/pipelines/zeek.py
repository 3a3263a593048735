"""Zeek's logs as JSON, all in one topic or each in its own.

Sources: Zeek's documentation of its logs (conn, dns, http, x509, …), the fields of Sigma's
taxonomy for the categories dns, firewall, proxy and webserver, and the names `_path` (the JSON
streaming logs) and `@stream` (logs collected for a SIEM) for what log a record is of.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from schemagen.detections.pipelines.model import (
    Alternative,
    Candidates,
    Condition,
    Resolution,
    names_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sigma.rule import SigmaLogSource

LOG = Candidates(("_path", "@stream"))
"""Where a record says of what log it is: in either, where sensors of two sorts share a topic."""

SEPARATORS = (".", "_")
"""What stands between the parts of a name: `id.orig_h`, or `id_orig_h` where dots won't do."""


_BOTH = (
    "`uri` of Zeek is the path and the query: what asks for the end of the path, or for the "
    "beginning of the query, misses events."
)


def _one(name: str, note: str = "") -> Candidates:
    names = dict.fromkeys(name.replace(".", between) for between in SEPARATORS)
    return Candidates(tuple(names), note=note)


_ENDS = {
    "_path": LOG,
    "src_ip": _one("id.orig_h"),
    "src_port": _one("id.orig_p"),
    "dst_ip": _one("id.resp_h"),
    "dst_port": _one("id.resp_p"),
}
_WEB = _ENDS | {
    "c-ip": _one("id.orig_h"),
    "c-uri": _one("uri"),
    "c-uri-query": _one("uri", _BOTH),
    "c-useragent": _one("user_agent"),
    "cs-bytes": _one("request_body_len"),
    "cs-cookie": _one("cookie"),
    "cs-host": _one("host"),
    "cs-method": _one("method"),
    "cs-referer": _one("referrer"),
    "cs-referrer": _one("referrer"),
    "cs-uri": _one("uri"),
    "cs-uri-query": _one("uri", _BOTH),
    "cs-uri-stem": _one("uri", _BOTH),
    "cs-user-agent": _one("user_agent"),
    "cs-username": _one("username"),
    "dst_host": _one("host"),
    "r-dns": _one("host"),
    "sc-bytes": _one("response_body_len"),
    "sc-status": _one("status_code"),
}
_NAMES: Mapping[str, Mapping[str, Candidates]] = {
    "conn": _ENDS,
    "dns": _ENDS | {
        "answer": _one("answers"),
        "record_type": _one("qtype_name"),
        "response": _one("answers"),
    },
    "http": _WEB,
}  # fmt: skip
"""The fields of Sigma's taxonomy that Zeek has under other names, by log."""

_TEXTS = {
    "dns": ("query", "answers"),
    "http": ("method", "host", "uri", "referrer", "origin", "user_agent", "username"),
}
"""The texts in which keywords are looked for, by log."""

_PATH_ONLY = "`uri` of Zeek is the path and the query: what asks for a host in it never matches."

_CATEGORIES = {"dns": "dns", "firewall": "conn", "proxy": "http", "webserver": "http"}
"""The log that serves a category."""


@dataclass(frozen=True, slots=True)
class ZeekPipeline:
    """The logs of Zeek.

    Args:
        name: the name that the user gave it by.
        conditional: whether the log is a condition; without, the topic holds nothing but the
            events that its rules are about.

    """

    name: str = "zeek"
    conditional: bool = True

    def resolve(self, logsource: SigmaLogSource) -> Resolution:
        """Find which log a rule is about: its service, or what serves its category."""
        category, product, service = names_of(logsource)
        if product not in (None, "zeek", "bro"):
            return Resolution((), f"`{self.name}` maps Zeek's logs, the rule is for {product}")
        if category is not None and category not in _CATEGORIES:
            return Resolution((), f"no log of Zeek serves the category `{category}`")
        if product is None and category is None:
            return Resolution((), f"`{self.name}` maps Zeek's logs, the rule is for {service}")
        log = service or _CATEGORIES.get(category or "")
        notes = (_PATH_ONLY,) if category == "proxy" else ()
        return Resolution((self._alternative(log, notes),))

    def without_conditions(self) -> ZeekPipeline:
        """Return the same mapping for a topic that holds nothing but such events."""
        return replace(self, conditional=False)

    def _alternative(self, log: str | None, notes: tuple[str, ...]) -> Alternative:
        return Alternative(
            log or "any",
            (Condition("_path", LOG, (log,)),) if log and self.conditional else (),
            _NAMES.get(log or "", _ENDS),
            notes=notes,
            keywords=_TEXTS.get(log or "", ()),
            separators=SEPARATORS,
        )
