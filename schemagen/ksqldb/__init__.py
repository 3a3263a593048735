"""ksqlDB: its names, its types, its SQL, and what its deserialiser does to a value."""
