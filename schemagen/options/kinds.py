"""The option that says what tells kinds of events."""

from __future__ import annotations

from schemagen.options.groups import option, option_group


@option_group("Kinds of events")
class KindFlags:
    """What tells kinds of events."""

    kind: list[str] | None = option(
        "--kind FIELD",
        "This field tells kinds of events, alone or with a second one; repeatable. [default: what "
        "schemagen.toml or the schema says, or what is found in the first records]",
    )
