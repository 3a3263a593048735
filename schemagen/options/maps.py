"""Options that say which objects are maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.options.groups import option, option_group
from schemagen.options.values import share

if TYPE_CHECKING:
    from schemagen.project import TopicConfig
    from schemagen.schema.maps import MapPolicy


@option_group("Maps")
class MapFlags:
    """Which objects are maps: their keys are data."""

    map_paths: list[str] | None = option("--map GLOB", "These objects are maps; repeatable.")
    no_map_paths: list[str] | None = option(
        "--no-map GLOB", "These objects are never maps; repeatable."
    )
    map_min_keys: int = option(
        "--map-min-keys N", "An object with fewer distinct keys is not a map.", default=50, min=1
    )
    map_max_presence: str = option(
        "--map-max-presence SHARE",
        "An object with a key in more than this share of its occurrences is not a map.",
        default="20%",
    )
    map_min_new: str = option(
        "--map-min-new SHARE",
        "An object that brings a key seen nowhere else in fewer than this share of its "
        "occurrences is not a map.",
        default="5%",
    )

    def policy(self, topic: TopicConfig) -> MapPolicy:
        """Return what makes an object a map, by the options and the project file.

        Raises:
            InputError: a share can't be read.

        """
        from schemagen.schema.maps import MapPolicy

        return MapPolicy(
            min_keys=self.map_min_keys,
            max_presence=share(self.map_max_presence, "--map-max-presence"),
            min_new=share(self.map_min_new, "--map-min-new"),
            force=[*topic.maps, *(self.map_paths or [])],
            forbid=[*topic.not_maps, *(self.no_map_paths or [])],
        )
