"""The name by which sigma-cli and pySigma find the backend: `sigma.backends.ksqldb`.

This folder is installed a second time, as a part of pySigma's namespace package `sigma.backends`;
there is nothing in it but the backend's name.
"""

from schemagen.detections.backend import KsqldbBackend

backends = {"ksqldb": KsqldbBackend}

__all__ = ["KsqldbBackend", "backends"]
