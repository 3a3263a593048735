"""What a ksqlDB server has and does, in the tests: the sandbox, the sequence, its answers.

What is allowed decides `catalogue.py`, the words are those of `ksqldb_refusals.py`.
"""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass, field

import ksqldb_refusals as refusals
from catalogue import Catalogue, RefusedError
from ksqldb_formatting import cleanup_policy, create_text
from sqlglot import exp

from schemagen.errors import InputError
from schemagen.ksqldb.dialect import nodes, parse_script, properties, stream_name

KNOWN_PROPERTIES = {"auto.offset.reset", "cache.max.bytes.buffering"}
HOST = "localhost:18688"
READS = ("LIST", "SHOW", "DESCRIBE")
GUARD = "NO_SUCH_DRY_RUN_GUARD"


@dataclass
class Fault:
    """What goes wrong with one statement that changes something, counted from 1.

    kind: `lost-before` and `lost-after` the server acted, `refuse`, `busy`, `slow`, `fails`,
    `quicker`: somebody else sends the same just before.
    """

    at: int
    kind: str


@dataclass
class Held:
    """What the server keeps of a persistent query."""

    id: str
    text: str
    settings: dict
    state: str = "RUNNING"
    tasks: int = 1
    errors: list = field(default_factory=list)
    committed: int = 0


class KsqlServer:
    """A server: its topics, its statements, its queries, and what tests ask of it."""

    def __init__(self, topics=(), limit=2147483647):
        self.topics = dict.fromkeys(topics, 1)
        self.limit = limit
        self.catalogue = Catalogue([])
        self.held = {}
        self.statements = {}
        self.sequence = -2
        self.commands = {}
        self.faults = []
        self.acted = 0
        self.starting = 0
        self.tasks = 1
        self.user = None
        self.forbidden = False
        self.version = "8.5.0-0"
        self.cluster = "C"
        self.ill = set()
        self.functions = set()
        self.ends = {}
        self.failed = {}
        self.rate = 5.0
        self.rows = None
        self.denied = set()
        self.properties = {}
        self.requests = []
        self.lock = threading.RLock()

    # -- what tests ask -----------------------------------------------------------------------

    @property
    def sent(self):
        """The bodies of the requests that change something, dry runs among them."""
        return [
            body
            for method, path, body in self.requests
            if (method, path) == ("POST", "/ksql") and not body["ksql"].startswith(READS)
        ]

    @property
    def executed(self):
        """The first words of the statements that were sent to be executed, in order."""
        texts = [body["ksql"] for body in self.sent if GUARD not in body["ksql"]]
        return [" ".join(text.split()[:3]).rstrip(";") for text in texts]

    def run(self, *statements, **settings):
        """Execute statements of somebody else, without a trace in `requests`."""
        for text in statements:
            self.execute(text, settings)

    # -- statements ---------------------------------------------------------------------------

    def post(self, body):
        text, settings = body["ksql"], body.get("streamsProperties") or {}
        number = body.get("commandSequenceNumber", -1)
        if number >= 0 and number > self.sequence:
            raise refusals.behind(number)
        for key in settings:
            if key.removeprefix("ksql.streams.") not in KNOWN_PROPERTIES:
                raise refusals.unknown_property(key, text)
        statements = split(text)
        if statements and statements[0].startswith(READS):
            return [self.read(statements[0])]
        self.check_limit(statements)
        sandbox = self.sandbox()
        for each in statements:
            sandbox.execute(each, settings)
        return [self.act(each, settings) for each in statements]

    def sandbox(self):
        other = KsqlServer(limit=self.limit)
        other.topics = dict(self.topics)
        other.catalogue = copy.copy(self.catalogue)
        other.catalogue.sources = dict(self.catalogue.sources)
        other.catalogue.readers = dict(self.catalogue.readers)
        other.held = dict(self.held)
        other.statements = dict(self.statements)
        other.sequence = self.sequence
        return other

    def check_limit(self, statements):
        count = len(self.held)
        for each in statements:
            (tree,) = parse_script(each)
            if isinstance(tree, nodes.QueryControl):
                count -= str(tree.this.this).upper() in self.held
            elif isinstance(tree, nodes.DropSource):
                count -= self.maker(stream_name(tree)) is not None
            elif tree.args.get("expression") is not None and not tree.args.get("replace"):
                count += 1
        if count > self.limit:
            raise refusals.too_many_queries(" ".join(statements), count, self.limit)

    def act(self, text, settings):
        """Execute a statement with the faults that a test asks for."""
        self.acted += 1
        kinds = {each.kind for each in self.faults if each.at == self.acted}
        if "lost-before" in kinds:
            raise ConnectionAbortedError
        if "refuse" in kinds:
            raise refusals.bad_statement("Somebody else was quicker.", text)
        if "quicker" in kinds:
            self.execute(text, settings)
        if "busy" in kinds:
            raise refusals.busy(text)
        if "fails" in kinds:
            entity = self.entity(text, "stream/`X`/create", "")
            self.commands["stream/`X`/create"] = ("ERROR", "Something broke inside.", None)
        else:
            entity = self.execute(text, settings)
        if "lost-after" in kinds:
            raise ConnectionAbortedError
        if kinds & {"slow", "fails"}:
            entity["commandStatus"] = {"status": "EXECUTING", "message": "Executing statement"}
        return entity

    def execute(self, text, settings):
        try:
            (tree,) = parse_script(text)
        except InputError:
            raise refusals.bad_statement("line 1:1: Syntax Error", text) from None
        if isinstance(tree, exp.Create):
            return self.create(tree, settings)
        if isinstance(tree, exp.Insert):
            return self.insert(tree, text, settings)
        if isinstance(tree, nodes.QueryControl):
            return self.terminate(tree, text)
        assert isinstance(tree, nodes.DropSource)
        return self.drop(tree, text)

    def create(self, tree, settings):
        self.check_cleaning(tree)
        made, target = create_text(tree), stream_name(tree)
        kind = str(tree.args["kind"]).capitalize()
        if target in self.catalogue.sources and not tree.args.get("replace"):
            raise refusals.exists(kind.lower(), target, made)
        self.check_topic(tree, made)
        try:
            self.catalogue.run(tree)
        except RefusedError as error:
            raise self.judged(str(error), target, made) from None
        self.statements[target] = made
        identifier, message = None, f"{kind} created"
        if tree.args.get("expression") is not None:
            identifier = self.maker(target) or f"C{kind[0]}AS_{target}_{self.sequence + 3}"
            self.held[identifier] = Held(identifier, made, dict(settings), tasks=self.tasks)
            message = f"Created query with ID {identifier}"
        return self.entity(made, f"stream/`{target}`/create", message, identifier)

    def check_cleaning(self, tree):
        found = properties(tree)
        if "CLEANUP_POLICY" in found:
            raise refusals.own_policy()
        if "RETENTION_MS" in found and cleanup_policy(tree) == "compact":
            raise refusals.own_retention()

    def judged(self, reason, target, made):
        if "several queries" in reason:
            return refusals.several_writers(target, made)
        if reason.startswith("there is no"):
            return refusals.no_source(reason.rsplit(maxsplit=1)[-1], made)
        return refusals.not_upgradable(target, reason, made)

    def maker(self, target):
        made = {f"CSAS_{target}", f"CTAS_{target}"}
        return next((key for key in self.held if key.rpartition("_")[0] in made), None)

    def check_topic(self, tree, made):
        found = properties(tree)
        topic, partitions = found.get("KAFKA_TOPIC"), found.get("PARTITIONS")
        if tree.args.get("expression") is not None:
            self.topics.setdefault(topic or stream_name(tree), 1)
        elif topic not in self.topics:
            if partitions is None:
                raise refusals.no_topic(topic, made)
            self.topics[topic] = partitions
        elif partitions not in {None, self.topics[topic]}:
            raise refusals.other_partitions(topic, partitions, self.topics[topic], made)

    def insert(self, tree, text, settings):
        asked = properties(tree).get("QUERY_ID", f"INSERTQUERY_{self.sequence + 3}")
        identifier = str(asked).upper()
        if identifier in self.held:
            raise refusals.id_in_use(identifier, text)
        named = tree.copy()
        for item in named.args["properties"].expressions if named.args.get("properties") else ():
            item.set("value", exp.Literal.string(identifier))
        try:
            self.catalogue.run(named)
        except RefusedError as error:
            raise refusals.no_source(str(error).rsplit(maxsplit=1)[-1], text) from None
        start = text.upper().index("INSERT")
        self.held[identifier] = Held(identifier, text[start:], dict(settings), tasks=self.tasks)
        message = f"Created query with ID {identifier}"
        return self.entity(text, f"stream/`{stream_name(tree)}`/create", message, identifier)

    def terminate(self, tree, text):
        identifier = str(tree.this.this).upper()
        if identifier not in self.held:
            raise refusals.unknown_query(tree.this.this, text)
        self.catalogue.readers.pop(self.judges_name(identifier), None)
        del self.held[identifier]
        return self.entity(text, f"terminate/{identifier}/execute", "Query terminated.")

    def judges_name(self, identifier):
        """Return the name by which the judge knows a query."""
        if identifier[:5] in {"CSAS_", "CTAS_"}:
            return "CSAS_" + identifier[5:].rpartition("_")[0]
        return identifier

    def drop(self, tree, text):
        target = stream_name(tree)
        assert not tree.args.get("delete_topic")
        if target not in self.catalogue.sources:
            raise refusals.unknown_stream(target, text)
        readers = list(self.catalogue.readers.items())
        reading = [key for key, (reads, _, inserts) in readers if target in reads and inserts]
        writing = [key for key, (_, sink, inserts) in readers if sink == target and inserts]
        if reading or writing:
            raise refusals.in_use(target, reading, writing, text)
        sinks = [
            sink
            for sink, tree in self.catalogue.sources.items()
            if tree.args.get("expression") is not None and target in self.catalogue._read(tree)
        ]
        if sinks:
            raise refusals.derived_from(target, sinks, text)
        topic = self.topic_of(target)
        self.catalogue.run(tree)
        self.held.pop(self.maker(target), None)
        del self.statements[target]
        message = f"Source `{target}` (topic: {topic}) was dropped."
        return self.entity(text, f"stream/{target}/drop", message)

    def entity(self, text, command, message, query=None):
        self.sequence += 2
        self.commands[command] = ("SUCCESS", message, query)
        return {
            "@type": "currentStatus",
            "statementText": text,
            "commandId": command,
            "commandStatus": {"status": "SUCCESS", "message": message, "queryId": query},
            "commandSequenceNumber": self.sequence,
            "warnings": [],
        }

    # -- reading ------------------------------------------------------------------------------

    def read(self, text):
        words = text.rstrip(";").split()
        if words[:2] == ["DESCRIBE", "FUNCTION"]:
            return self.function(words[2], text)
        if words[0] == "DESCRIBE":
            return self.describe(words[1].strip("`"), text)
        found = {
            "LIST STREAMS EXTENDED": lambda: self.sources("STREAM"),
            "LIST TABLES EXTENDED": lambda: self.sources("TABLE"),
            "SHOW QUERIES EXTENDED": self.queries,
            "LIST TOPICS": self.listed_topics,
            "LIST PROPERTIES": self.listed_properties,
        }[" ".join(words).upper()]()
        return {"statementText": text, "warnings": [], **found}

    def function(self, name, text):
        if name not in self.functions:
            what = f"Can't find any functions with the name '{name}'"
            raise refusals.bad_statement(what, text)
        return {
            "@type": "describe_function",
            "statementText": text,
            "name": name,
            "version": "1",
            "path": "/opt/ksqldb/ext/schemagen-accelerator-1.jar",
            "functions": [],
            "type": "SCALAR",
            "warnings": [],
        }

    def listed_topics(self):
        found = [{"name": key, "replicaInfo": [1] * n} for key, n in self.topics.items()]
        return {"@type": "kafka_topics", "topics": found}

    def listed_properties(self):
        found = {"ksql.query.persistent.active.limit": str(self.limit), **self.properties}
        listed = [{"name": key, "value": value} for key, value in found.items()]
        return {"@type": "properties", "properties": listed}

    def sources(self, kind):
        found = [
            self.source(target)
            for target, tree in self.catalogue.sources.items()
            if str(tree.args["kind"]) == kind
        ]
        return {"@type": "source_descriptions", "sourceDescriptions": found}

    def topic_of(self, target):
        return properties(self.catalogue.sources[target]).get("KAFKA_TOPIC", target)

    def source(self, target):
        held = self.held.values()
        return {
            "name": target,
            "type": str(self.catalogue.sources[target].args["kind"]),
            "topic": self.topic_of(target),
            "statement": self.statements[target],
            "readQueries": [self.brief(each) for each in held if target in self.reads(each)],
            "writeQueries": [self.brief(each) for each in held if self.writes(each) == target],
        }

    def reads(self, held):
        return self.catalogue.readers[self.judges_name(held.id)][0]

    def writes(self, held):
        return self.catalogue.readers[self.judges_name(held.id)][1]

    def brief(self, held):
        return {"id": held.id, "queryString": held.text, "statusCount": {held.state: 1}}

    def queries(self):
        return {
            "@type": "query_descriptions",
            "queryDescriptions": [self.query(each) for each in self.held.values()],
        }

    def query(self, held):
        # A paused query says that it runs; only the counts of LIST QUERIES tell.
        state = "RUNNING" if held.state == "PAUSED" else held.state
        return {
            "id": held.id,
            "statementText": held.text,
            "sources": sorted(self.reads(held)),
            "sinks": [self.writes(held)],
            "overriddenProperties": held.settings,
            "ksqlHostQueryStatus": {HOST: state},
            "queryType": "PERSISTENT",
            "queryErrors": held.errors,
            "tasksMetadata": [{"taskId": "0_0", "topicOffsets": []}] * held.tasks,
            "consumerGroupId": f"_confluent-ksql-default_query_{held.id}",
            "state": state,
        }

    def describe(self, target, text):
        if target not in self.catalogue.sources:
            what = f"Could not find STREAM/TABLE '{target}' in the Metastore"
            raise refusals.bad_statement(what, text)
        # The real server counts by topics: two streams over one topic have the same figures.
        failed = self.failed.get(self.topic_of(target), 0)
        figures = {"consumer-failed-messages": float(failed)} if failed else {}
        described = {
            **self.source(target),
            "queryOffsetSummaries": [
                self.offsets(each) for each in self.held.values() if self.writes(each) == target
            ],
            "clusterStatistics": statistics({"consumer-messages-per-sec": self.rate}),
            "clusterErrorStats": statistics(figures),
        }
        return {"@type": "sourceDescription", "sourceDescription": described}

    def offsets(self, held):
        topics = [self.topic_of(each) for each in sorted(self.reads(held))]
        return {
            "groupId": f"_confluent-ksql-default_query_{held.id}",
            "topicSummaries": [
                {"kafkaTopic": topic, "offsets": [self.partition(held, topic)]} for topic in topics
            ],
        }

    def partition(self, held, topic):
        return {
            "partition": 0,
            "logStartOffset": 0,
            "logEndOffset": self.ends.get(topic, 0),
            "consumerOffset": held.committed,
        }


def statistics(figures):
    return [{"name": key, "host": HOST, "value": value} for key, value in figures.items()]


def split(text):
    """Split a request into its statements, each with its own text up to the semicolon."""
    found, start, place, quote = [], 0, 0, ""
    while place < len(text):
        sign = text[place]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'`":
            quote = sign
        elif text.startswith("--", place):
            place = (text + "\n").index("\n", place)
            continue
        elif text.startswith("/*", place):
            place = text.index("*/", place) + 1
        elif sign == ";":
            found.append(text[start : place + 1].strip())
            start = place + 1
        place += 1
    return found
