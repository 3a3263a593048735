"""The name by which pySigma and sigma-cli find the backend: `sigma.backends.ksqldb`.

This folder is installed as a part of pySigma's namespace package `sigma.backends`; there is nothing
in it but the backend's name.
"""

from schemagen.detections.backend import KsqldbBackend

__all__ = ["KsqldbBackend"]
