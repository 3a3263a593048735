"""From a script of statements to running queries: what it holds, what has to change, how."""
