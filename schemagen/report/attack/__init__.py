"""Which ATT&CK techniques rules are for: the matrix of a topic, and what other tools read of it."""
