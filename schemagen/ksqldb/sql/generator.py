"""The top of the generator: statements."""

from __future__ import annotations

import re
from typing import ClassVar

from sqlglot import exp

from schemagen.ksqldb.names import NON_RESERVED, UnwritableError
from schemagen.ksqldb.sql import nodes
from schemagen.ksqldb.sql.nodes import Precedence
from schemagen.ksqldb.sql.write_queries import QueryWriter, one_of
from schemagen.ksqldb.sql.writer import forms, is_no_field

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VERBATIM = re.compile(r"[A-Za-z_][A-Za-z0-9_@]*|[-=<>+*/%()\[\],.]|<>|!=|<=|>=|\|\||:=|->|=>")


class KsqlDBGenerator(QueryWriter):
    """Writes statements of ksqlDB, without their semicolon."""

    PARTS: ClassVar = {
        **QueryWriter.PARTS,
        **forms(
            {
                exp.ColumnConstraint: "kind",
                exp.Create: "this kind replace source exists properties expression",
                exp.Insert: "this properties expression",
                exp.PrimaryKeyColumnConstraint: "",
                exp.Properties: "expressions",
                exp.Property: "this value",
                exp.Schema: "this expressions",
                exp.Tuple: "expressions",
                exp.Values: "expressions",
                nodes.AlterSource: "kind this expressions",
                nodes.Assertion: "kind this id absent properties timeout",
                nodes.CreateType: "this expression exists",
                nodes.Define: "this expression",
                nodes.DropSource: "kind this exists delete_topic",
                nodes.Explain: "this",
                nodes.HeaderColumnConstraint: "this",
                nodes.KeyColumnConstraint: "",
                nodes.QueryControl: "kind this",
                nodes.SetProperty: "this expression",
                nodes.Undefine: "this",
                nodes.UnsetProperty: "this",
                nodes.Verbatim: "expressions",
            }
        ),
    }

    # -- CREATE -------------------------------------------------------------------------------

    def write_create(self, node: exp.Create) -> str:
        """Write CREATE STREAM or TABLE, with columns or with a query."""
        words = ["CREATE"]
        words += ["OR REPLACE"] if node.args.get("replace") else []
        words += ["SOURCE"] if node.args.get("source") else []
        words.append(one_of(node.args.get("kind"), "STREAM", "TABLE"))
        words += ["IF NOT EXISTS"] if node.args.get("exists") else []
        head = f"{' '.join(words)} {self.text(node.this)}"
        with_sql = self._with(node)
        query = node.args.get("expression")
        if query is None:
            return head + with_sql
        if not isinstance(query, exp.Select) or isinstance(node.this, exp.Schema):
            raise UnwritableError("A statement with a query takes a SELECT, and no columns.")
        return f"{head}{with_sql} AS{self.between()}{self.text(query)}"

    def write_schema(self, node: exp.Schema) -> str:
        """Write a source's name and its columns, or the columns that values go into."""
        if not node.expressions:
            raise UnwritableError("A stream without columns can't be written.")
        kinds = {type(item) for item in node.expressions}
        if kinds == {exp.Identifier}:
            names = [self.text(item) for item in node.expressions]
            return f"{self.text(node.this)} ({', '.join(names)})"
        if kinds != {exp.ColumnDef}:
            raise UnwritableError("Something that is not a column stands among the columns.")
        return self.text(node.this) + self.block(" (", node.expressions, ")")

    def write_columnconstraint(self, node: exp.ColumnConstraint) -> str:
        """Write what a column is besides a part of the value."""
        return self.text(node.args["kind"])

    def write_primarykeycolumnconstraint(self, _: exp.PrimaryKeyColumnConstraint) -> str:
        """Write the key of a table."""
        return "PRIMARY KEY"

    def write_keycolumnconstraint(self, _: nodes.KeyColumnConstraint) -> str:
        """Write the key of a stream."""
        return "KEY"

    def write_headercolumnconstraint(self, node: nodes.HeaderColumnConstraint) -> str:
        """Write the record's headers, or one of them."""
        return "HEADERS" if node.this is None else f"HEADER({self.literal_text(node.this)})"

    def _with(self, node: exp.Expr) -> str:
        properties = node.args.get("properties")
        return f" {self.text(properties)}" if properties is not None else ""

    def write_properties(self, node: exp.Properties) -> str:
        """Write WITH and its properties."""
        if not node.expressions or {type(item) for item in node.expressions} != {exp.Property}:
            raise UnwritableError("WITH needs its properties.")
        return self.block("WITH (", node.expressions, ")")

    def write_property(self, node: exp.Property) -> str:
        """Write one property."""
        key = node.this
        if isinstance(key, exp.Var) and _WORD.fullmatch(key.this):
            # Quoted only where needed: most names of properties are not keywords.
            name = self.text(exp.Identifier(this=key.this.upper()))
        else:
            name = self.literal_text(key)
        equals = " = " if self.broken else "="
        return f"{name}{equals}{self._property_value(node.args['value'])}"

    def _property_value(self, node: object) -> str:
        inner = node.this if isinstance(node, exp.Neg) else node
        if not isinstance(inner, (exp.Literal, exp.Boolean, exp.Null)):
            raise UnwritableError("A property takes a text, a number, TRUE, FALSE or NULL.")
        return self.expression(node)

    def write_createtype(self, node: nodes.CreateType) -> str:
        """Write CREATE TYPE."""
        exists = "IF NOT EXISTS " if node.args.get("exists") else ""
        if not isinstance(node.expression, exp.DataType):
            raise UnwritableError("CREATE TYPE needs a type.")
        return f"CREATE TYPE {exists}{self.name(node.this)} AS {self.text(node.expression)}"

    # -- other statements ---------------------------------------------------------------------

    def write_insert(self, node: exp.Insert) -> str:
        """Write INSERT INTO with a query or with values."""
        into = f"INSERT INTO {self.text(node.this)}"
        source = node.expression
        with_sql = self._with(node)
        if isinstance(source, exp.Values) and not with_sql:
            return f"{into} {self.text(source)}"
        if not isinstance(source, exp.Select) or not isinstance(node.this, exp.Table):
            raise UnwritableError("INSERT INTO takes a SELECT, or VALUES without WITH.")
        return f"{into}{with_sql}{self.between()}{self.text(source)}"

    def write_values(self, node: exp.Values) -> str:
        """Write the one row that ksqlDB takes."""
        if len(node.expressions) != 1 or not isinstance(node.expressions[0], exp.Tuple):
            raise UnwritableError("INSERT INTO takes one row of values.")
        row = [self.expression(item, Precedence.CONCAT) for item in node.expressions[0].expressions]
        return f"VALUES ({', '.join(row)})"

    def write_dropsource(self, node: nodes.DropSource) -> str:
        """Write DROP."""
        kind = one_of(node.args["kind"], "STREAM", "TABLE", "TYPE")
        exists = "IF EXISTS " if node.args.get("exists") else ""
        delete = " DELETE TOPIC" if node.args.get("delete_topic") else ""
        this = self.name(node.this) if kind == "TYPE" else self.source(node.this)
        return f"DROP {kind} {exists}{this}{delete}"

    def write_querycontrol(self, node: nodes.QueryControl) -> str:
        """Write TERMINATE, PAUSE or RESUME."""
        kind = one_of(node.args["kind"], "TERMINATE", "PAUSE", "RESUME")
        return f"{kind} {'ALL' if node.this is None else self.name(node.this)}"

    def write_setproperty(self, node: nodes.SetProperty) -> str:
        """Write SET."""
        return f"SET {self.literal_text(node.this)} = {self.literal_text(node.expression)}"

    def write_unsetproperty(self, node: nodes.UnsetProperty) -> str:
        """Write UNSET."""
        return f"UNSET {self.literal_text(node.this)}"

    def write_define(self, node: nodes.Define) -> str:
        """Write DEFINE."""
        return f"DEFINE {self._variable(node.this)} = {self.literal_text(node.expression)}"

    def write_undefine(self, node: nodes.Undefine) -> str:
        """Write UNDEFINE."""
        return f"UNDEFINE {self._variable(node.this)}"

    def _variable(self, node: object) -> str:
        name = self.name(node)
        if name.startswith("`") or name.upper() in NON_RESERVED:
            raise UnwritableError("A variable's name takes no quotes and is not a keyword.")
        return name

    def write_altersource(self, node: nodes.AlterSource) -> str:
        """Write ALTER, one column an ADD."""
        kind = one_of(node.args["kind"], "STREAM", "TABLE")
        if not node.expressions or any(is_no_field(item) for item in node.expressions):
            raise UnwritableError("ALTER needs new columns with a name and a type, and no more.")
        added = [f"ADD COLUMN {self.text(item)}" for item in node.expressions]
        return f"ALTER {kind} {self.source(node.this)} {', '.join(added)}"

    def write_assertion(self, node: nodes.Assertion) -> str:
        """Write ASSERT TOPIC or ASSERT SCHEMA."""
        kind = one_of(node.args["kind"], "TOPIC", "SCHEMA")
        words = ["ASSERT NOT EXISTS" if node.args.get("absent") else "ASSERT", kind]
        if node.this is not None:
            words += [] if kind == "TOPIC" else ["SUBJECT"]
            words.append(self._resource(node.this))
        if node.args.get("id") is not None:
            words += ["ID", self._property_value(node.args["id"])]
        words = [" ".join(words) + self._with(node)]
        if node.args.get("timeout") is not None:
            words += ["TIMEOUT", self.text(node.args["timeout"])]
        return " ".join(words)

    def _resource(self, node: object) -> str:
        return self.name(node) if isinstance(node, exp.Identifier) else self.literal_text(node)

    def write_explain(self, node: nodes.Explain) -> str:
        """Write EXPLAIN."""
        return f"EXPLAIN {self.text(node.this)}"

    def write_verbatim(self, node: nodes.Verbatim) -> str:
        """Write a statement word by word."""
        words = []
        for part in node.expressions:
            if isinstance(part, exp.Var):
                if not _VERBATIM.fullmatch(part.this):
                    raise UnwritableError("A statement holds something that is not a word of it.")
                words.append(part.this)
            elif isinstance(part, (exp.Identifier, exp.Literal)):
                words.append(self.text(part))
            else:
                raise UnwritableError(f"{type(part).__name__} stands where only a word can.")
        return " ".join(words)
