"""Binding: each field of a rule is found in the columns of a stream, or reported as missing.

A rule is about one or more kinds of events, its log source. For each kind the condition is compiled
with the fields where these events have them; the rule's predicate is: one of the kinds, and the
condition over its fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sigma.conditions import ConditionAND
from sigma.exceptions import SigmaError
from sqlglot.errors import SqlglotError

from schemagen.choices import Matching
from schemagen.detections.bound import BoundRule, Status
from schemagen.detections.column_index import ColumnIndex
from schemagen.detections.event_kinds import KindBinder
from schemagen.detections.fields import bound_fields
from schemagen.detections.judgement import Judge
from schemagen.detections.keywords import mark_anchored
from schemagen.detections.pipelines import Alternative, SigmaPipeline
from schemagen.detections.predicates import IncomparableError
from schemagen.detections.sample_evidence import SampleEvidence
from schemagen.detections.suggestions import Suggestions
from schemagen.detections.values import UnsupportedValueError
from schemagen.detections.verdicts import pruned
from schemagen.errors import InputError
from schemagen.ksqldb.names import string_literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigma.rule import SigmaLogSource, SigmaRule
    from sqlglot import exp

    from schemagen.detections.fields import FieldUse
    from schemagen.detections.loaded import LoadedRule
    from schemagen.detections.parts import ConditionPart
    from schemagen.detections.pipelines import EventPipeline
    from schemagen.detections.references import Reference
    from schemagen.ksqldb.types import Struct
    from schemagen.profile.kinds import EventKinds
    from schemagen.profile.profile import Node

_ANY = Alternative("any")


@dataclass(frozen=True, slots=True)
class BindOptions:
    """How rules are bound.

    Args:
        matching: how texts are compared.
        rare: the share of events, 0 to 1, below which a field that a rule needs makes it RARE.
        keywords: globs of the paths that keywords are looked for in; none for what the pipelines
            name.

    """

    matching: Matching = Matching.SAFE
    rare: float = 0.001
    keywords: Sequence[str] = ()


class Binder:
    """Binds rules to the columns of one stream.

    Args:
        pipelines: pySigma's pipelines alter a rule first, in their order; then the others say which
            events it is about. Without any of the others a field is the column of its name.
        columns: the columns as they are declared.
        evidence: what was seen of the messages, None where nothing is known.
        options: how.
        kinds: how many of the messages there are of each kind of event, where that is known.

    """

    def __init__(
        self,
        pipelines: Sequence[EventPipeline | SigmaPipeline],
        columns: Struct,
        evidence: Node | None = None,
        options: BindOptions | None = None,
        kinds: EventKinds | None = None,
    ) -> None:
        self.options = wanted = options or BindOptions()
        self.columns = ColumnIndex(columns, evidence)
        self._altering = [one for one in pipelines if isinstance(one, SigmaPipeline)]
        self._resolving = [one for one in pipelines if not isinstance(one, SigmaPipeline)]
        self._resolved: dict[tuple[str | None, ...], tuple[list[Alternative], list[str]]] = {}
        self._sample = SampleEvidence(evidence, kinds)
        self._suggestions = Suggestions(self.columns)
        self._kinds = KindBinder(self.columns, self._sample, wanted.matching, wanted.keywords)
        self._judge = Judge(
            self.columns, self._sample, self._suggestions, wanted.rare, wanted.matching
        )

    def bind(self, loaded: LoadedRule) -> BoundRule:
        """Bind one rule; nothing that is wrong with it raises."""
        try:
            return self._bind(loaded)
        except IncomparableError as error:
            return BoundRule(loaded, Status.TYPE_CLASH, reasons=(_sentence(str(error)),))
        except (SigmaError, UnsupportedValueError) as error:
            text = error.args[0] if error.args else type(error).__name__
            return BoundRule(loaded, Status.UNSUPPORTED, reasons=(_sentence(str(text)),))
        except (InputError, SqlglotError) as error:
            what = error.what if isinstance(error, InputError) else str(error)
            return BoundRule(loaded, Status.UNSUPPORTED, reasons=(_sentence(what),))
        # Whatever a rule makes pySigma or us raise, the others are written.
        except Exception as error:  # noqa: BLE001
            what = f"{_place(loaded)} failed: {type(error).__name__}: {error}"
            return BoundRule(loaded, Status.UNSUPPORTED, reasons=(_sentence(what),))

    @staticmethod
    def names_file(bound: BoundRule) -> bool:
        """Tell whether the reasons of a bound rule hold the path of its file."""
        return any(each.startswith(_place(bound.rule)) for each in bound.reasons)

    def _bind(self, loaded: LoadedRule) -> BoundRule:
        for text in (loaded.title, *loaded.tags, *loaded.fields):
            # An alert carries them.
            string_literal(text)
        logsource, parsed = self._read(loaded)
        conditions: Sequence[Any] = _left(parsed)
        alternatives, reasons = self._resolve(logsource)
        conditions, remarks = self._filtered(loaded, conditions, alternatives)
        kinds = [self._kinds.bind(conditions, one) for one in alternatives or [_ANY]]
        if not alternatives:
            return BoundRule(loaded, Status.UNBOUND, reasons=tuple(map(_sentence, reasons)))
        return self._judge.judge(loaded, kinds, remarks)

    def _filtered(
        self, loaded: LoadedRule, conditions: Sequence[Any], alternatives: Sequence[Alternative]
    ) -> tuple[Sequence[Any], list[str]]:
        """Join the conditions of a rule with those of its filters; remark which are not applied.

        A filter that can't be expressed leaves its rule as it is: too many alerts are seen, those
        that never come are not.
        """
        remarks = []
        for each in loaded.filters:
            try:
                _, parsed = self._altered(each.condition_over(loaded.data))
                (only,) = _left(parsed)
                for alternative in alternatives:
                    self._kinds.bind([only], alternative)
            except (SigmaError, UnsupportedValueError, IncomparableError, SqlglotError) as error:
                why = str(error.args[0]) if error.args else type(error).__name__
                remarks.append(f"The filter `{each.title}` is not applied: {_sentence(why)}")
            else:
                conditions = [ConditionAND([one, only]) for one in conditions]
                remarks.append(f"Filtered by `{each.title}` ({each.path}:{each.line}).")
        return conditions, remarks

    def locate(self, bound: BoundRule, name: str) -> list[tuple[exp.Expr, FieldUse]]:
        """Find where the events of a rule have a field, whether the rule looks at it or not.

        Args:
            bound: a bound rule that is deployable.
            name: the Sigma name.

        Returns:
            For each kind of events that the rule is about, the condition that picks these events,
            and where the field is in them.

        Raises:
            SigmaError: a pipeline refuses the field.

        """
        rule = bound.rule.fresh()
        rule.fields = [name]
        logsource, _ = self._altered(rule)
        mapped = [each for each in rule.fields if isinstance(each, str)] or [name]
        return [
            (
                self._kinds.condition_of(alternative).predicate,
                bound_fields(self.columns, alternative).use(mapped[0]),
            )
            for alternative in self._resolve(logsource)[0]
            if alternative.name in bound.sources
        ]

    def take_apart(self, loaded: LoadedRule) -> list[ConditionPart]:
        """Make each part of a rule's condition apart: one part for each kind of events.

        Raises:
            SigmaError: pySigma or a pipeline refuses the rule.
            UnsupportedValueError: ksqlDB can't express it.
            IncomparableError: a column's type can't be compared.

        """
        logsource, parsed = self._read(loaded)
        alternatives = self._resolve(logsource)[0] or [_ANY]
        conditions, _ = self._filtered(loaded, _left(parsed), alternatives)
        return [self._kinds.take_apart(conditions, each) for each in alternatives]

    def presence(self, references: Sequence[Reference]) -> float | None:
        """Return the share of events that have a value in any of some places; see the evidence."""
        return self._sample.presence(references)

    def suggestions(self, name: str) -> tuple[str, ...]:
        """Return the paths of the columns that are named like a field."""
        return self._suggestions.for_field(name)

    def _read(self, loaded: LoadedRule) -> tuple[SigmaLogSource, Sequence[Any]]:
        """Return the log source and the conditions of a rule as the pipelines alter them."""
        if not self._altering and loaded.conditions:
            return loaded.logsource, loaded.conditions
        return self._altered(loaded.fresh())

    def _altered(self, rule: SigmaRule) -> tuple[SigmaLogSource, Sequence[Any]]:
        for pipeline in self._altering:
            pipeline.apply(rule)
        mark_anchored(rule)
        return rule.logsource, [one.parsed for one in rule.detection.parsed_condition]

    def _resolve(self, logsource: SigmaLogSource) -> tuple[list[Alternative], list[str]]:
        if not self._resolving:
            return [_ANY], []
        key = (logsource.category, logsource.product, logsource.service)
        if key not in self._resolved:
            resolutions = [pipeline.resolve(logsource) for pipeline in self._resolving]
            self._resolved[key] = (
                [one for resolution in resolutions for one in resolution.alternatives],
                [resolution.reason for resolution in resolutions if resolution.reason],
            )
        return self._resolved[key]


def _left(parsed: Sequence[Any]) -> list[Any]:
    """Return what pipelines left of some conditions.

    Raises:
        UnsupportedValueError: they left nothing.

    """
    conditions = [kept for one in parsed if (kept := pruned(one)) is not None]
    if not conditions:
        raise UnsupportedValueError("the pipelines leave nothing of its condition")
    return conditions


def _place(rule: LoadedRule) -> str:
    return f"Compiling {rule.path}:{rule.line}"


def _sentence(text: str) -> str:
    text = " ".join(text.split()).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
