"""What a ksqlDB server says when it refuses something, in the words that were recorded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class RefusalError(Exception):
    """An answer that refuses: HTTP status, ksqlDB's code, what it says, and of which statement."""

    status: int
    code: int
    message: str
    statement: str | None = None

    @property
    def content(self):
        kind = "generic_error" if self.statement is None else "statement_error"
        found = {"@type": kind, "error_code": self.code, "message": self.message}
        if self.statement is not None:
            found |= {"statementText": self.statement, "entities": []}
        return found


def bad_statement(message, statement):
    return RefusalError(400, 40001, message, statement)


def unauthorized():
    return RefusalError(401, 40100, "Unauthorized")


def forbidden():
    return RefusalError(403, 40300, "Forbidden")


def not_found(what="Not Found"):
    return RefusalError(404, 40400, what)


def starting():
    return RefusalError(503, 50302, "KSQL is not yet ready to serve requests.")


def behind(number):
    return RefusalError(
        503,
        50301,
        "Timed out while waiting for a previous command to execute. command sequence number: "
        f"{number}",
    )


def unknown_property(key, statement):
    what = f"Not recognizable as ksql, streams, consumer, or producer property: '{key}'"
    return RefusalError(500, 50000, what, statement)


def denied_property(key):
    what = "One or more properties overrides set locally are prohibited by the KSQL server denylist"
    hint = "(use UNSET to reset their default value)"
    return RefusalError(400, 40000, f"{what} {hint}: [{key}]")


def busy(statement):
    return RefusalError(
        500,
        50000,
        f"Could not write the statement '{statement}' into the command topic.\nCaused by: "
        "Timeout while waiting for command topic consumer to process command\n\ttopic",
        statement,
    )


def too_many_queries(text, count, limit):
    return RefusalError(
        400,
        40000,
        f"Not executing statement(s) '{text}' as it would cause the number of active, persistent "
        "queries to exceed the configured limit. Use the TERMINATE command to terminate existing "
        "queries, or increase the 'ksql.query.persistent.active.limit' setting via the "
        f"'ksql-server.properties' file. Current persistent query count: {count}. Configured "
        f"limit: {limit}.\nStatement: {text}",
    )


def own_policy():
    """Whoever sends back what the server wrote itself gets this."""
    what = "Invalid config variable in the WITH clause: CLEANUP_POLICY.\nThe CLEANUP_POLICY config"
    inferred = "is automatically inferred based on the type of source (STREAM or TABLE)."
    hint = "Users can't set the CLEANUP_POLICY config manually."
    return RefusalError(400, 40000, f"{what} {inferred}\n{hint}")


def own_retention():
    what = "Invalid config variable in the WITH clause: RETENTION_MS."
    return RefusalError(400, 40000, f"{what} Non-windowed tables do not support retention.")


def exists(kind, name, statement):
    return bad_statement(
        f"Cannot add {kind} '{name}': A {kind} with the same name already exists", statement
    )


def no_topic(topic, statement):
    return RefusalError(
        400,
        40000,
        f"Topic '{topic}' does not exist. If you want to create a new topic for the stream/table "
        "please re-run the statement providing the required 'PARTITIONS' configuration in the WITH "
        f"clause (and optionally 'REPLICAS'). For example: {statement}",
    )


def other_partitions(topic, wanted, there, statement):
    return RefusalError(
        500,
        50000,
        f"A Kafka topic with the name '{topic}' already exists, with different "
        f"partition/replica/retention configuration than required. KSQL expects {wanted} "
        f"partitions (topic has {there}), 1 replication factor (topic has 1), and 604800000 "
        "retention (topic has 604800000).",
        statement,
    )


def not_upgradable(name, reason, statement):
    return bad_statement(
        f"Cannot upgrade data source: DataSource '`{name}`' has schema = which is not upgradeable "
        f"to. ({reason})",
        statement,
    )


def several_writers(name, statement):
    return bad_statement(
        "Could not determine output schema for query due to error: REPLACE for sink "
        f"`{name}` is not supported because there are multiple queries writing into it: []",
        statement,
    )


def no_source(name, statement):
    return bad_statement(f"Exception while preparing statement: {name} does not exist.", statement)


def id_in_use(identifier, statement):
    return bad_statement(f"Query ID '{identifier}' already exists.", statement)


def unknown_query(identifier, statement):
    return bad_statement(f"Unknown queryId: {identifier}", statement)


def unknown_stream(name, statement):
    return bad_statement(f"Stream {name} does not exist.", statement)


def in_use(name, reading, writing, statement):
    return bad_statement(
        f"Cannot drop {name}.\n"
        f"The following queries read from this source: [{', '.join(reading)}].\n"
        f"The following queries write into this source: [{', '.join(writing)}].\n"
        f"You need to terminate them before dropping {name}.",
        statement,
    )


def derived_from(name, sinks, statement):
    return bad_statement(
        f"Cannot drop {name}.\n"
        "The following streams and/or tables read from this source: "
        f"[{', '.join(sinks)}].\nYou need to drop them before dropping {name}.",
        statement,
    )
