"""What Kafka allows a topic to be called."""

from __future__ import annotations

import re

# org.apache.kafka.common.internals.Topic
_NAME = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}")

NAME_HINT = "A topic's name has letters, digits, dots, underscores and hyphens, 249 at most."


def is_topic_name(text: str) -> bool:
    """Return whether a topic can have this name."""
    return _NAME.fullmatch(text) is not None
