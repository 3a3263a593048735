"""A ksqlDB server over its REST interface: the client, its answers and what it has."""
