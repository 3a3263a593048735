"""Join what several readings say of their sources, and refuse what can't be one whole.

Evidence of parts can be merged in any order, and the provenance with it: the parts of one division
(`shards`) become the one entry that a reading of the whole would have written, to the byte. So do
readings that took every record of different partitions of a topic. All else stays side by side.

A record in two readings would count twice, so ranges of offsets must not overlap; and a division of
which a part is missing is not whole.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from schemagen.errors import InputError
from schemagen.files import to_json
from schemagen.sources.sampling import joined
from schemagen.sources.shards import files_fingerprint
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Entry = dict[str, Any]

_SHOWN = 10
_UNDIVIDED = 0


def join_sources(
    sources: Iterable[Entry], *, partial: bool = False, allow_overlap: bool = False
) -> list[Entry]:
    """Join the provenance of all parts, in any order with the same result.

    Args:
        sources: entries as `Source.provenance` and this function give them; they are not changed.
        partial: take a division of which parts are missing; its entry says so, and the missing
            parts can be joined later.
        allow_overlap: take ranges of offsets that overlap: the same offsets of another cluster, or
            of a topic that was created again, are other records. So it takes a list of files that
            was read twice, for other files can have the same names.

    Raises:
        InputError: an entry has not the form that this version writes; parts are missing, given
            twice, or overlap.

    """
    try:
        parts = list(sources)
        if not allow_overlap:
            _refuse_overlap(parts)
            _refuse_other_division(parts)
        divisions = len({key for key in map(_division, parts) if key is not None})
        wholes = [
            _join_division(group, partial=partial, divisions=divisions)
            if "shards" in group[0]
            else group[0]
            for group in _grouped(parts, _division)
        ]
        if allow_overlap:
            return wholes
        return [
            group[0] if len(group) == 1 else _join_readings(group)
            for group in _grouped(wholes, _read_in_full)
        ]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise InputError(
            "The evidence's account of its sources has not the form that this version writes.",
            "Make the evidence again with `schemagen infer`.",
        ) from error


def _grouped(sources: list[Entry], key: Callable[[Entry], str | None]) -> list[list[Entry]]:
    """Put sources of one key together; one without a key stays alone."""
    groups: dict[str | int, list[Entry]] = {}
    for number, source in enumerate(sources):
        named = key(source)
        groups.setdefault(number if named is None else named, []).append(source)
    return list(groups.values())


def planned_state(expired: int, missing: int = 0, of: int = 0) -> Entry:
    """Return whether all that was planned was read: `complete`, and the `reason` why not."""
    reasons = []
    if missing:
        reasons.append(f"{missing:,} of {counted(of, 'part')} missing")
    if expired:
        reasons.append(f"{counted(expired, 'planned offset')} had expired")
    return {"complete": False, "reason": "; ".join(reasons)} if reasons else {"complete": True}


def _division(source: Entry) -> str | None:
    """Return the name of the division that a source is a part of."""
    shards = source.get("shards")
    if shards is None:
        return None
    return f"shards {source['kind']} {shards['plan']} {shards['of']}"


def _read_in_full(source: Entry) -> str | None:
    """Return what a reading of every record has in common with those of other partitions."""
    if source.get("kind") != "kafka" or source["strategy"] != "all" or "shards" in source:
        return None
    own = {"partitions", "records", "complete", "reason"}
    return "all " + to_json({k: v for k, v in source.items() if k not in own}, sort_keys=True)


def _join_division(group: list[Entry], *, partial: bool, divisions: int) -> Entry:
    """Join the parts of one division, of so many that there are parts of."""
    first = group[0]
    of = first["shards"]["of"]
    missing = _missing(group)
    if missing and not partial:
        listed = ", ".join(f"{index}/{of}" for index in missing[:_SHOWN])
        more = f" and {len(missing) - _SHOWN:,} more" if len(missing) > _SHOWN else ""
        raise InputError(
            f"Of the {of:,} parts of {_name(first)} {len(missing):,} "
            f"{'is' if len(missing) == 1 else 'are'} missing: {listed}{more}.",
            "Give them too, or merge what is there with --partial."
            if divisions == 1
            else f"There are parts of {divisions} divisions here: every shard needs the same "
            "split, or the same list of files, and the same number of shards.",
        )
    whole = {k: v for k, v in first.items() if k not in {"shards", "reason"}}
    whole |= _files(group) if first["kind"] == "files" else _partitions(group)
    expired = sum(each.get("expired", 0) for each in whole.get("partitions", {}).values())
    whole |= planned_state(expired, len(missing), of)
    if missing:
        read = sorted(index for each in group for index in each["shards"]["read"])
        whole["shards"] = {**first["shards"], "read": read}
    return whole


def _join_readings(group: list[Entry]) -> Entry:
    """Join readings of all records of different partitions."""
    whole = {k: v for k, v in group[0].items() if k != "reason"}
    reasons = {reason for each in group for reason in each.get("reason", "").split("; ")}
    reason = "; ".join(sorted(reasons - {""}))
    whole |= _partitions(group) | {"complete": all(each["complete"] for each in group)}
    return whole | ({"reason": reason} if reason else {})


def _missing(group: list[Entry]) -> list[int]:
    of = group[0]["shards"]["of"]
    read: set[int] = set()
    for source in group:
        indexes = set(source["shards"]["read"])
        if twice := read & indexes:
            raise InputError(
                f"Part {min(twice)}/{of} of {_name(source)} is given twice.",
                "Leave one of them out: its records would count twice.",
            )
        read |= indexes
    return sorted(set(range(of)) - read)


def _partitions(group: list[Entry]) -> Entry:
    partitions: dict[str, Entry] = {}
    for source in group:
        for number, read in source["partitions"].items():
            other = partitions.get(number)
            partitions[number] = read if other is None else _one_partition(other, read)
    return {"records": sum(source["records"] for source in group), "partitions": partitions}


def _one_partition(one: Entry, other: Entry) -> Entry:
    both = {
        "low": min(one["low"], other["low"]),
        "high": max(one["high"], other["high"]),
        "ranges": joined((start, end) for each in (one, other) for start, end in each["ranges"]),
        "records": one["records"] + other["records"],
        "first_time": _extreme(min, one["first_time"], other["first_time"]),
        "last_time": _extreme(max, one["last_time"], other["last_time"]),
    }
    expired = one.get("expired", 0) + other.get("expired", 0)
    return {**both, "expired": expired} if expired else both


def _extreme(choose: Callable[[list[str]], str], *times: str | None) -> str | None:
    # All are written alike, in UTC and with the same number of digits: their order is that of text.
    known = [time for time in times if time is not None]
    return choose(known) if known else None


def _files(group: list[Entry]) -> Entry:
    files = []
    for same in zip(*(source["files"] for source in group), strict=True):
        read = [file for file in same if "records" in file]
        whole = {"path": same[0]["path"]}
        if read:
            # A file is read whole, by one shard.
            whole = {**whole, **read[0], "records": sum(file["records"] for file in read)}
        files.append(whole)
    # What a shard leaves out in the folders of its machine can differ.
    return {"files": files, "skipped": max(source["skipped"] for source in group)}


def _refuse_overlap(sources: list[Entry]) -> None:
    """Refuse ranges of one partition that several sources have read."""
    ranges: dict[tuple[str, str], list[list[int]]] = {}
    for source in sources:
        for number, read in source.get("partitions", {}).items():
            ranges.setdefault((source["topic"], number), []).extend(read["ranges"])
    for (topic, number), spans in sorted(ranges.items()):
        spans.sort()
        for before, after in pairwise(spans):
            if after[0] < before[1]:
                end = min(before[1], after[1])
                raise InputError(
                    f"Two parts have both read the offsets {after[0]:,} to {end - 1:,} of "
                    f"partition {number} of topic {topic}: their records would count twice.",
                    "Leave one part out. If these are other records all the same (of another "
                    "cluster, or of a topic that was created again), say --allow-overlap.",
                )


def _refuse_other_division(sources: list[Entry]) -> None:
    """Refuse parts of a list of files of which something else has read that list, too.

    A folder keeps the parts of an earlier division beside those of a later one.
    """
    readings: dict[str, set[int]] = {}
    for source in sources:
        if source.get("kind") != "files":
            continue
        if shards := source.get("shards"):
            readings.setdefault(shards["plan"], set()).add(shards["of"])
        else:
            named = files_fingerprint(file["path"] for file in source["files"])
            readings.setdefault(named, set()).add(_UNDIVIDED)
    for divisions in readings.values():
        if len(divisions) > 1:
            ways = [
                "as a whole" if of == _UNDIVIDED else f"in {counted(of, 'part')}"
                for of in sorted(divisions)
            ]
            raise InputError(
                f"The same list of files was read {' and '.join(ways)}: its records would count "
                "twice.",
                "Keep the parts of one division. If these are other files of the same names, say "
                "--allow-overlap.",
            )


def _name(source: Entry) -> str:
    return f"topic {source['topic']}" if source["kind"] == "kafka" else "the files"
