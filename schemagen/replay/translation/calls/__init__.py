"""Calls of ksqlDB's functions. What isn't listed here is refused by its name."""
