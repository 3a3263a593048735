"""What ksqlDB's engine allows to be done with streams and queries, in a few lines.

The rules are those of `StructuredDataSource.java` (CREATE OR REPLACE), `EngineContext.java` and
`MetaStoreImpl.java` (DROP): the judge of plans, written apart from what makes them.
"""

from __future__ import annotations

from sqlglot import exp

from schemagen.ksqldb.dialect import columns, nodes, properties, stream_name
from schemagen.ksqldb.names import stored
from schemagen.ksqldb.types import Field, Struct


class RefusedError(Exception):
    """ksqlDB would refuse the statement."""


class Catalogue:
    def __init__(self, script):
        self.sources = {}  # name: the statement that made it
        self.readers = {}  # the id of a query: (what it reads, what it writes, by INSERT)
        for statement in script:
            self.run(statement)

    def run(self, statement):
        if isinstance(statement, exp.Create):
            self._create(statement)
        elif isinstance(statement, exp.Insert):
            self._insert(statement)
        elif isinstance(statement, nodes.DropSource):
            self._drop(stream_name(statement))
        elif isinstance(statement, nodes.QueryControl):
            self._terminate(statement.this.this)
        elif isinstance(statement, nodes.AlterSource):
            self._alter(statement)
        else:
            raise RefusedError(f"unexpected {type(statement).__name__}")

    def _create(self, statement):
        name = stream_name(statement)
        old = self.sources.get(name)
        query = statement.args.get("expression")
        if old is not None and not statement.args.get("replace"):
            raise RefusedError(f"{name} exists already")
        reads = None if query is None else self._sources(statement)
        if old is not None:
            self._replaceable(name, old, statement)
        self.sources[name] = statement
        if query is not None:
            self.readers[f"CSAS_{name}"] = (reads, name, False)

    def _alter(self, statement):
        altered = self.sources[stream_name(statement)].copy()
        altered.this.set("expressions", [*altered.this.expressions, *statement.expressions])
        self.sources[stream_name(statement)] = altered

    def _replaceable(self, name, old, new):
        if (old.args.get("expression") is None) != (new.args.get("expression") is None):
            raise RefusedError("a stream over a topic and one made by a query are two things")
        if old.args["kind"] != new.args["kind"]:
            raise RefusedError("a stream is not a table")
        if new.args.get("expression") is not None:
            self._upgradable(name, old, new)
            return
        if old.args.get("source"):
            raise RefusedError("a SOURCE stream can't be replaced")
        if properties(old) != properties(new):
            raise RefusedError("topic, formats and event time must stay")
        before, after = columns(old), columns(new)
        if after[: len(before)] != before:
            raise RefusedError("columns can only be added at the end")

    def _upgradable(self, name, old, new):
        writers = [key for key, (_, sink, _) in self.readers.items() if sink == name]
        if len(writers) > 1:
            raise RefusedError(f"several queries write into {name}: {writers}")
        before, after = (each.args["expression"] for each in (old, new))
        if any(each.args.get("joins") or each.args.get("group") for each in (before, after)):
            raise RefusedError("upgrades of joins and groups are not supported")
        if self._sources(old) != self._sources(new):
            raise RefusedError("the query reads something else")
        names = [[column.alias_or_name for column in each.expressions] for each in (before, after)]
        if names[1][: len(names[0])] != names[0]:
            raise RefusedError("columns of a query can only be added at the end")

    def _insert(self, statement):
        target = stream_name(statement)
        if target not in self.sources:
            raise RefusedError(f"there is no {target}")
        identifier = properties(statement).get("QUERY_ID", f"INSERTQUERY_{len(self.readers)}")
        if identifier in self.readers:
            raise RefusedError(f"there is a query {identifier} already")
        self.readers[identifier] = (self._sources(statement), target, True)

    def _sources(self, statement):
        found = self._read(statement)
        for source in found - self.sources.keys():
            raise RefusedError(f"there is no {source}")
        return found

    def _read(self, statement):
        select = statement.args["expression"]
        clauses = (select.args["from_"], *(select.args.get("joins") or ()))
        names = [clause.find(exp.Table).this for clause in clauses]
        return {stored(each.this, quoted=bool(each.args.get("quoted"))) for each in names}

    def _drop(self, name):
        if name not in self.sources:
            raise RefusedError(f"there is no {name}")
        # What a query made depends on its sources for good, also when the query has ended.
        for other, statement in self.sources.items():
            if statement.args.get("expression") is not None and name in self._read(statement):
                raise RefusedError(f"{other} is made of {name}")
        for identifier, (reads, writes, by_insert) in list(self.readers.items()):
            if name in reads or (writes == name and by_insert):
                raise RefusedError(f"{identifier} reads or writes {name}")
            if writes == name:
                del self.readers[identifier]
        del self.sources[name]

    def _terminate(self, identifier):
        if identifier not in self.readers:
            raise RefusedError(f"there is no query {identifier}")
        del self.readers[identifier]

    def columns(self, name):
        found = columns(self.sources[name])
        return Struct(tuple(Field(each.name, each.quoted, each.type) for each in found))
