"""Evidence: a profile together with where it came from. The file is made to be merged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from schemagen import __version__
from schemagen.errors import InputError
from schemagen.files import read_json, to_json, write_text
from schemagen.profile.codec import profile_from_json, profile_to_json
from schemagen.profile.profile import Profile
from schemagen.sources.decode import DecodeStatistics
from schemagen.sources.provenance import join_sources

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FORMAT = 1
"""The version of the file's form; a reader refuses a newer one."""


@dataclass(slots=True)
class Evidence:
    """What was seen in a sample, and where.

    Attributes:
        name: the topic's name.
        profile: what was seen.
        decoding: the records read; by class those that could not be read.
        sources: the provenance of every source that was read (`Source.provenance`).

    """

    name: str
    profile: Profile = field(default_factory=Profile)
    decoding: DecodeStatistics = field(default_factory=DecodeStatistics)
    sources: list[dict[str, Any]] = field(default_factory=list)

    def merge(self, other: Evidence) -> None:
        """Take in another sample's evidence; `other` must not be used afterwards."""
        self.profile.merge(other.profile)
        self.decoding = self.decoding.merge(other.decoding)
        self.sources.extend(other.sources)

    def to_json(self) -> dict[str, Any]:
        """Return the evidence as JSON-ready values, the same for the same sample."""
        return {
            "schemagen": {"version": __version__, "evidence": FORMAT},
            "topic": self.name,
            "sources": sorted(self.sources, key=lambda source: to_json(source, sort_keys=True)),
            "records": self.decoding.to_json(),
            "profile": profile_to_json(self.profile),
        }

    @classmethod
    def from_json(cls, data: Any, name: str) -> Evidence:
        """Read what `to_json` gave.

        Args:
            data: JSON as it was read.
            name: what to call it in errors, such as the file's path.

        Raises:
            InputError: it is not evidence, or has a newer form.

        """
        try:
            form = data["schemagen"]["evidence"]
            if form != FORMAT:
                raise InputError(
                    f"{name} has the evidence form {form}, this version reads form {FORMAT}.",
                    "Make it again with `schemagen infer`, or use the version that wrote it.",
                )
            return cls(
                name=str(data["topic"]),
                profile=profile_from_json(data["profile"]),
                decoding=DecodeStatistics.from_json(data["records"]),
                sources=[dict(source) for source in data["sources"]],
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(
                f"{name} is not an evidence file of schemagen.",
                "`schemagen infer` writes one beside every schema, as TOPIC.evidence.json.",
            ) from error


def save_evidence(path: Path, evidence: Evidence) -> None:
    """Write an evidence file; the same evidence gives the same bytes."""
    write_text(path, to_json(evidence.to_json(), sort_keys=True))


def load_evidence(path: Path) -> Evidence:
    """Read an evidence file.

    Raises:
        InputError: it can't be read, is not an evidence file, or has a newer form.

    """
    return Evidence.from_json(read_json(path), str(path))


def merge_evidence(
    parts: Iterable[Evidence], name: str, *, partial: bool = False, allow_overlap: bool = False
) -> Evidence:
    """Merge evidence of parts of one topic, in any order with the same result.

    Args:
        parts: the evidence, taken one at a time, so that not all of it has to be in memory.
        name: the topic's name.
        partial: take shards although some are missing (`join_sources`).
        allow_overlap: take the same offsets twice (`join_sources`).

    Raises:
        InputError: the parts do not make a whole: see `join_sources`.

    """
    whole = Evidence(name)
    for part in parts:
        whole.merge(part)
    whole.sources = join_sources(whole.sources, partial=partial, allow_overlap=allow_overlap)
    return whole
