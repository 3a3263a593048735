"""Sigma rules: loaded, compiled to predicates, bound to a schema, laid out as alert streams."""
