"""Running the emitted statements on sample events, with ksqlDB's own semantics, in DuckDB."""
