"""One HTML page for people: what a topic is, which rules can match there, what changed."""
