"""The name by which pySigma finds the backend."""

from __future__ import annotations

from importlib import import_module

from sigma.collection import SigmaCollection

RULE = """
title: Whoami
logsource:
    product: windows
detection:
    selection:
        CommandLine|contains: 'WhoAmI'
    condition: selection
"""


def test_pysigma_finds_the_backend_in_its_namespace():
    backend = import_module("sigma.backends.ksqldb").KsqldbBackend()
    (query,) = backend.convert(SigmaCollection.from_yaml(RULE))
    assert query == "INSTR(LCASE(CommandLine), 'whoami') > 0"
