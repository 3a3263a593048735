"""Expressions of ksqlDB as expressions of DuckDB, with ksqlDB's meaning written out.

`sql` composes DuckDB's SQL, `code` is what an expression becomes, `context` what a query's
translation shares. Each of the other modules translates some expressions; `language` collects them.
"""
