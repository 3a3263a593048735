"""Sigma's conditions as predicates: pySigma's backend for ksqlDB, which makes trees and no text.

Where a field is in the events is asked of `Fields`; what a value asks of it is said here.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from sigma.conditions import (
    ConditionFieldEqualsValueExpression,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.conversion.base import Backend
from sigma.conversion.state import ConversionState
from sigma.exceptions import SigmaFeatureNotSupportedByBackendError
from sigma.types import (
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
)
from sqlglot import exp

from schemagen.detections import predicates
from schemagen.detections.logic import conjunction, disjunction, negation
from schemagen.detections.predicates import Matching, Value
from schemagen.detections.regex import UntranslatableError, translate
from schemagen.detections.values import UnsupportedValueError, pattern, pattern_of
from schemagen.ksqldb.dialect import nodes, write, write_expression
from schemagen.ksqldb.names import needs_quotes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from ipaddress import IPv4Network, IPv6Network

    from sigma.conditions import ConditionAND, ConditionItem, ConditionNOT
    from sigma.processing.pipeline import ProcessingPipeline
    from sigma.rule import SigmaRule
    from sigma.types import SigmaType

    from schemagen.detections.values import Pattern

    Condition = (
        ConditionItem | ConditionFieldEqualsValueExpression | ConditionValueExpression | None
    )
    Test = Callable[[Value], exp.Expr]


class Fields(Protocol):
    """Where Sigma's fields are in the events."""

    def match(self, name: str, test: Test) -> exp.Expr:
        """Tell whether a value of the field passes a test."""

    def match_anywhere(self, test: Test) -> exp.Expr:
        """Tell whether a value of the fields that keywords are looked for in passes a test."""

    def match_pair(
        self, name: str, other: str, test: Callable[[Value, Value], exp.Expr]
    ) -> exp.Expr:
        """Tell whether values of two fields pass a test together."""

    def exists(self, name: str) -> exp.Expr:
        """Tell whether the field is there; null can't be told from missing."""


class Compiler:
    """Turns conditions into predicates over some fields."""

    def __init__(self, fields: Fields, matching: Matching = Matching.SAFE) -> None:
        self.fields = fields
        self.matching = matching

    def either(self, conditions: list[Condition], inner: Callable[[Any], exp.Expr]) -> exp.Expr:
        """Join by OR; values of one field are compared together."""
        found: list[Callable[[], exp.Expr]] = []
        lists: dict[str | None, _Values] = {}
        for condition in _flat(conditions):
            if isinstance(
                condition, (ConditionFieldEqualsValueExpression, ConditionValueExpression)
            ):
                field = getattr(condition, "field", None)
                values = lists.get(field, _Values())
                if values.take(condition.value, keyword=field is None):
                    if field not in lists:
                        lists[field] = values
                        found.append(partial(self._match_values, field, values))
                    continue
            found.append(partial(inner, condition))
        return disjunction([make() for make in found])

    def value(self, field: str | None, value: SigmaType) -> exp.Expr:
        """Match one value of a rule."""
        values = _Values()
        if values.take(value, keyword=field is None):
            return self._match_values(field, values)
        if isinstance(value, SigmaFieldReference):
            test = partial(predicates.same, starts=value.starts_with, ends=value.ends_with)
            return self.fields.match_pair(field or "", value.field, test)
        return self._match(field, _single(value))

    def _match_values(self, field: str | None, values: _Values) -> exp.Expr:
        return self._match(field, values.test(self.matching))

    def _match(self, field: str | None, test: Test) -> exp.Expr:
        if field is None:
            return self.fields.match_anywhere(test)
        return self.fields.match(field, test)


class _Values:
    """Values of a list that are compared together."""

    def __init__(self) -> None:
        self.patterns: list[Pattern] = []
        self.numbers: list[float] = []
        self.networks: list[IPv4Network | IPv6Network] = []

    def take(self, value: SigmaType, *, keyword: bool) -> bool:
        """Take a value in, if it is of a kind that goes together."""
        if isinstance(value, SigmaString):
            text = pattern_of(value, cased=isinstance(value, SigmaCasedString))
            self.patterns.append(text.inside() if keyword else text)
        elif isinstance(value, SigmaNumber) and not isinstance(value, SigmaTimestampPart):
            if keyword:
                self.patterns.append(pattern([str(value.number)], cased=False).inside())
            else:
                self.numbers.append(value.number)
        elif isinstance(value, SigmaCIDRExpression):
            self.networks.append(value.network)
        else:
            return False
        return True

    def test(self, matching: Matching) -> Test:
        """Give the test for any of them."""
        return partial(_any_value, self.patterns, self.numbers, self.networks, matching)


def _any_value(
    patterns: list[Pattern],
    numbers: list[float],
    networks: list[IPv4Network | IPv6Network],
    matching: Matching,
    value: Value,
) -> exp.Expr:
    if value.is_text and numbers:
        digits = [pattern([str(number)], cased=False) for number in numbers]
        patterns, numbers = patterns + digits, []
    found: list[exp.Expr] = []
    clash: predicates.ClashError | None = None
    tests: list[Callable[[], exp.Expr]] = []
    if numbers:
        tests.append(partial(predicates.equals_any_number, value, numbers))
    if patterns:
        tests.append(partial(predicates.matches_any, value, patterns, matching))
    if networks:
        tests.append(partial(predicates.in_any_network, value, networks))
    for test in tests:
        try:
            found.append(test())
        except predicates.ClashError as error:
            clash = error
    if not found and clash is not None:
        raise clash
    return disjunction(found)


def _single(value: SigmaType) -> Test:
    """Give the test for a value that stands alone."""
    if isinstance(value, SigmaBool):
        return partial(predicates.equals_boolean, wanted=value.boolean)
    if isinstance(value, SigmaRegularExpression):
        return partial(predicates.finds, java=_java(value))
    if isinstance(value, SigmaCompareExpression):
        return partial(predicates.compares, operator=value.op, wanted=value.number.number)
    if isinstance(value, SigmaTimestampPart):
        part = value.timestamp_part.name.lower()
        raise UnsupportedValueError(f"the modifier `{part}`, a part of a time, is not supported")
    raise UnsupportedValueError(f"values of the kind {type(value).__name__} are not supported")


def _java(value: SigmaRegularExpression) -> str:
    if value.contains_placeholder():
        raise UnsupportedValueError("the regular expression has a placeholder without values")
    flags = 0
    for flag in value.flags:
        flags |= value.sigma_to_python_flags[flag]
    try:
        return translate(str(value.regexp), flags)
    except UntranslatableError as error:
        raise UnsupportedValueError(
            f"the regular expression can't be written for Java: {error}"
        ) from None


def _flat(conditions: list[Condition]) -> Iterator[Condition]:
    for condition in conditions:
        if isinstance(condition, ConditionFieldEqualsValueExpression) and isinstance(
            condition.value, SigmaExpansion
        ):
            field = condition.field
            inner = [ConditionFieldEqualsValueExpression(field, v) for v in condition.value.values]
            yield from _flat(list(inner))
        elif isinstance(condition, ConditionValueExpression) and isinstance(
            condition.value, SigmaExpansion
        ):
            yield from _flat([ConditionValueExpression(v) for v in condition.value.values])
        elif type(condition) is ConditionOR:
            yield from _flat(list(condition.args))
        else:
            yield condition


class KsqldbBackend(Backend):
    """pySigma's backend: conditions of rules as predicates of ksqlDB.

    Used on its own, a field is the column of its name: `a.b.c` is `a->b->c`, a VARCHAR.

    Args:
        processing_pipeline: pySigma's pipeline, None for none.
        collect_errors: whether rules that can't be compiled are collected in `errors`.
        fields: where the fields are; None for columns named like them.
        matching: how texts are compared: `safe` or `like`.
        keywords: the columns that keywords are looked for in, with commas between them.
        stream: the stream that statements select from.
        backend_options: further options, kept for pipelines.

    """

    name: ClassVar[str] = "ksqlDB"
    formats: ClassVar[dict[str, str]] = {
        "default": "Predicates for a WHERE clause",
        "statement": "SELECT statements for a push query",
    }
    requires_pipeline: ClassVar[bool] = False

    def __init__(  # noqa: PLR0913 - each is an option of `sigma convert`
        self,
        processing_pipeline: ProcessingPipeline | None = None,
        collect_errors: bool = False,  # noqa: FBT001, FBT002 - pySigma's signature
        *,
        fields: Fields | None = None,
        matching: str = Matching.SAFE,
        keywords: str = "message",
        stream: str = "EVENTS",
        **backend_options: Any,
    ) -> None:
        super().__init__(processing_pipeline, collect_errors, **backend_options)
        if fields is None:
            from schemagen.detections.fields import named_columns  # noqa: PLC0415 (a cycle)

            fields = named_columns([name.strip() for name in keywords.split(",")])
        self.compiler = Compiler(fields, Matching(matching))
        self.stream = stream

    # -- conditions ---------------------------------------------------------------------------

    def convert_condition(self, cond: Condition, state: ConversionState) -> exp.Expr:
        """Make the predicate of a condition.

        Raises:
            SigmaFeatureNotSupportedByBackendError: it can't be expressed.

        """
        try:
            found: exp.Expr = super().convert_condition(cond, state)
        except UnsupportedValueError as error:
            raise SigmaFeatureNotSupportedByBackendError(
                str(error), source=getattr(cond, "source", None)
            ) from None
        return found

    def convert_condition_or(self, cond: ConditionOR, state: ConversionState) -> exp.Expr:
        """Join by OR."""
        return self.compiler.either(
            list(cond.args), lambda inner: self.convert_condition(inner, state)
        )

    def convert_condition_and(self, cond: ConditionAND, state: ConversionState) -> exp.Expr:
        """Join by AND."""
        return conjunction([self.convert_condition(inner, state) for inner in cond.args])

    def convert_condition_not(self, cond: ConditionNOT, state: ConversionState) -> exp.Expr:
        """Negate."""
        return negation(self.convert_condition(cond.args[0], state))

    def convert_condition_as_in_expression(
        self, cond: ConditionOR | ConditionAND, state: ConversionState
    ) -> exp.Expr:
        """Never asked for: IN is made where values are joined."""
        raise NotImplementedError

    def _field(
        self,
        cond: ConditionFieldEqualsValueExpression,
        state: ConversionState,  # noqa: ARG002 (pySigma's signature)
    ) -> exp.Expr:
        return self.compiler.value(cond.field, cond.value)

    def _keyword(
        self,
        cond: ConditionValueExpression,
        state: ConversionState,  # noqa: ARG002 (pySigma's signature)
    ) -> exp.Expr:
        return self.compiler.value(None, cond.value)

    convert_condition_field_eq_val_str = _field
    convert_condition_field_eq_val_str_case_sensitive = _field
    convert_condition_field_eq_val_num = _field
    convert_condition_field_eq_val_timestamp_part = _field
    convert_condition_field_eq_val_bool = _field
    convert_condition_field_eq_val_re = _field
    convert_condition_field_eq_val_cidr = _field
    convert_condition_field_compare_op_val = _field
    convert_condition_field_eq_field = _field
    convert_condition_field_eq_query_expr = _field
    convert_condition_val_str = _keyword
    convert_condition_val_num = _keyword
    convert_condition_val_re = _keyword
    convert_condition_query_expr = _keyword

    def convert_condition_field_eq_val_null(
        self,
        cond: ConditionFieldEqualsValueExpression,
        state: ConversionState,  # noqa: ARG002 (pySigma's signature)
    ) -> exp.Expr:
        """Tell whether a field is null or missing."""
        return negation(self.compiler.fields.exists(cond.field))

    def convert_condition_field_exists(
        self,
        cond: ConditionFieldEqualsValueExpression,
        state: ConversionState,  # noqa: ARG002 (pySigma's signature)
    ) -> exp.Expr:
        """Tell whether a field is there."""
        return self.compiler.fields.exists(cond.field)

    def convert_condition_field_not_exists(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> exp.Expr:
        """Tell whether a field is not there."""
        return negation(self.convert_condition_field_exists(cond, state))

    def convert_condition_val(
        self, cond: ConditionValueExpression, state: ConversionState
    ) -> exp.Expr:
        """Match a keyword."""
        return self._keyword(cond, state)

    # -- correlations -------------------------------------------------------------------------

    def _correlation(self, *_: Any, **__: Any) -> Any:
        raise SigmaFeatureNotSupportedByBackendError("correlation rules are not supported yet")

    convert_correlation_event_count_rule = _correlation
    convert_correlation_extended_temporal_ordered_rule = _correlation
    convert_correlation_extended_temporal_rule = _correlation
    convert_correlation_temporal_ordered_rule = _correlation
    convert_correlation_temporal_rule = _correlation
    convert_correlation_value_avg_rule = _correlation
    convert_correlation_value_count_rule = _correlation
    convert_correlation_value_median_rule = _correlation
    convert_correlation_value_percentile_rule = _correlation
    convert_correlation_value_sum_rule = _correlation

    # -- whole rules --------------------------------------------------------------------------

    def predicate(self, rule: SigmaRule) -> exp.Expr:
        """Make the predicate of a rule; several conditions are alternatives.

        Raises:
            SigmaError: it can't be expressed.

        """
        self.init_processing_pipeline()
        self.last_processing_pipeline.apply(rule)
        state = ConversionState()
        conditions = rule.detection.parsed_condition
        return disjunction([self.convert_condition(one.parsed, state) for one in conditions])

    def finalize_query_default(
        self, rule: SigmaRule, query: exp.Expr, index: int, state: ConversionState
    ) -> str:
        """Write a predicate."""
        del rule, index, state
        return write_expression(query)

    def finalize_query_statement(
        self, rule: SigmaRule, query: exp.Expr, index: int, state: ConversionState
    ) -> str:
        """Write a statement."""
        del rule, index, state
        source = exp.Table(this=exp.Identifier(this=self.stream, quoted=needs_quotes(self.stream)))
        select = exp.Select(
            expressions=[exp.Star()],
            from_=exp.From(this=source),
            where=exp.Where(this=query),
            options=[nodes.Emit(this="CHANGES")],
        )
        return write(select)

    def finalize_output_statement(self, queries: list[str]) -> str:
        """Join the statements."""
        return "\n\n".join(queries)
