"""The text of an event: how Windows renders the fields of a record for a reader.

Only the lines with the fields are made; the paragraphs that explain the event, which Windows adds
to many messages of the Security log, are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

TAB = 8
TABS = 3  # the column that values start in


@dataclass(frozen=True, slots=True)
class Section:
    """A block of a message: pairs of label and field, indented below a title where it has one."""

    title: str
    rows: tuple[tuple[str, str], ...]


def account_section(title: str, prefix: str) -> Section:
    """Return the four lines about an account whose fields begin with `prefix`."""
    return Section(
        title,
        (
            ("Security ID", f"{prefix}UserSid"),
            ("Account Name", f"{prefix}UserName"),
            ("Account Domain", f"{prefix}DomainName"),
            ("Logon ID", f"{prefix}LogonId"),
        ),
    )


def _row(label: str, value: str, *, indented: bool) -> str:
    heading = f"{label}:"
    # Ids of logon sessions are the one value that the message spells otherwise than the field.
    if label.endswith("Logon ID"):
        value = value.upper().replace("0X", "0x")
    tabs = "\t" * max(1, TABS - len(heading) // TAB)
    return f"\t{heading}{tabs}{value}" if indented else f"{heading}\t{tabs}{value}"


def security_message(headline: str, sections: tuple[Section, ...], data: dict[str, str]) -> str:
    """Render a record of the Security log; a field that is missing leaves its label alone."""
    blocks = [headline]
    for section in sections:
        titled = bool(section.title)
        rows = [_row(label, data.get(name, ""), indented=titled) for label, name in section.rows]
        blocks.append("\n".join([f"{section.title}:", *rows] if titled else rows))
    return "\n\n".join(blocks)


def sysmon_message(headline: str, data: dict[str, str]) -> str:
    """Render a record of Sysmon: every field on a line of its own."""
    return "\n".join([f"{headline}:", *(f"{name}: {value}" for name, value in data.items())])
