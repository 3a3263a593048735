"""Sigma's conditions as predicates: pySigma's backend for ksqlDB, which makes trees and no text.

Where a field is in the events is asked of `Fields`; what a value asks of it is the compiler's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sigma.conversion.base import Backend
from sigma.conversion.state import ConversionState
from sigma.exceptions import SigmaFeatureNotSupportedByBackendError
from sqlglot import exp

from schemagen.choices import Matching
from schemagen.detections.compiler import Compiler, Fields
from schemagen.detections.fields import named_columns
from schemagen.detections.logic import conjunction, disjunction, negation
from schemagen.detections.values import UnsupportedValueError
from schemagen.ksqldb.dialect import nodes, write, write_expression
from schemagen.ksqldb.names import needs_quotes

if TYPE_CHECKING:
    from sigma.conditions import (
        ConditionAND,
        ConditionFieldEqualsValueExpression,
        ConditionNOT,
        ConditionOR,
        ConditionValueExpression,
    )
    from sigma.processing.pipeline import ProcessingPipeline
    from sigma.rule import SigmaRule

    from schemagen.detections.compiler import Condition


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
        fields = fields or named_columns([name.strip() for name in keywords.split(",")])
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
        raise SigmaFeatureNotSupportedByBackendError(
            "a correlation is several statements: `schemagen ddl` writes them"
        )

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
