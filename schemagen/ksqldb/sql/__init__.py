"""The parts of the dialect: `dialect.py` beside this package is their front.

Reading goes up from `tokenizer` by `cursor`, `read_expressions` and `read_queries` to `parser`;
writing by `layout`, `writer`, `write_expressions` and `write_queries` to `generator`. `nodes` holds
what both share, `ksqldb` the dialect itself.
"""
