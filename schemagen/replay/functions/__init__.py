"""ksqlDB's functions in Python, for what DuckDB has no exact equal of."""
