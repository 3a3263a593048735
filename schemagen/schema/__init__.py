"""The JSON Schema of a topic: made from a profile, kept in a file that a team reviews."""
