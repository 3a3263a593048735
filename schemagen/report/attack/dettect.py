"""The data sources of a topic as DeTT&CT's data source administration, version 1.1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from schemagen.report.drift_phrases import plain
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from schemagen.report.attack.data_sources import DataSource

_PLATFORMS = {"windows": "Windows", "linux": "Linux", "macos": "macOS"}
_BEST = 5
_KINDS = 10


def dettect_file(
    topic: str, sources: Sequence[DataSource], products: Collection[str], seen: date | None
) -> str:
    """Write the file: each data source of which the topic has events.

    Of its five scores one is measured, how complete the fields are for the rules; the others are 0
    until somebody who knows gives them.

    Args:
        topic: the topic's name.
        sources: the data sources.
        products: the products of the rules' log sources, by Sigma's names.
        seen: the day of the newest sampled record, None where nobody knows.

    """
    name = plain(topic, 250)
    platforms = [_PLATFORMS[each] for each in sorted(products) if each in _PLATFORMS] or ["all"]
    made = {
        "version": 1.1,
        "file_type": "data-source-administration",
        "name": f"schemagen: {name}",
        "domain": "enterprise-attack",
        "systems": [{"applicable_to": name, "platform": platforms}],
        "data_sources": [
            {"data_source_name": each.name, "data_source": [_details(each, name, seen)]}
            for each in sources
            if each.events
        ],
    }
    return yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=100)


def _details(source: DataSource, topic: str, seen: date | None) -> dict[str, Any]:
    kinds = sorted(source.kinds, key=lambda kind: (-source.kinds[kind], kind))
    more = f" and {len(kinds) - _KINDS:,} more" if len(kinds) > _KINDS else ""
    return {
        "applicable_to": [topic],
        "date_registered": seen,
        "date_connected": None,
        "products": [plain(kind, 100) for kind in kinds[:_KINDS]],
        "available_for_data_analytics": True,
        "comment": f"{counted(source.events, 'event')} in the sample{more and ', kinds' + more}; "
        f"{source.bound:,} of {counted(source.rules, 'rule')} can match. Only "
        "data_field_completeness is measured.",
        "data_quality": {
            "device_completeness": 0,
            "data_field_completeness": round(_BEST * source.share),
            "timeliness": 0,
            "consistency": 0,
            "retention": 0,
        },
    }
