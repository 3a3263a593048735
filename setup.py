"""Compiles what counts values with mypyc, where a wheel is built and the machine can compile.

Where it can't, the same source runs as it is, a little slower: no build fails for it. An editable
install is never compiled, for what is compiled goes on running when its source is edited; and
SCHEMAGEN_COMPILE=0 in the environment of a build saves the time.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from setuptools import setup
from setuptools.command.build_ext import build_ext

if TYPE_CHECKING:
    from setuptools import Extension

NAMES = ("budget", "columns", "nodes", "numbers", "tags", "texts", "transpose")
MODULES = [f"schemagen/profile/{name}.py" for name in NAMES]
_ALONE = ("--no-site-packages", "--ignore-missing-imports", "--follow-imports=silent")
"""Their types alone count, so that all builds are alike: which packages lie around does not."""


class AllOrNothing(build_ext):
    """Compiles all modules or none: they call each other without Python."""

    def run(self) -> None:
        """Compile; where that fails, take back what was compiled."""
        try:
            super().run()
        except Exception as error:  # noqa: BLE001 - compilers fail in many ways, all alike here
            _remark(str(error))
            for extension in self.extensions:
                Path(self.get_ext_fullpath(extension.name)).unlink(missing_ok=True)
            self.extensions = []


def _extensions() -> list[Extension]:
    if "bdist_wheel" not in sys.argv or os.environ.get("SCHEMAGEN_COMPILE") == "0":
        return []
    try:
        from mypyc.build import mypycify  # noqa: PLC0415 - only a build that compiles has it

        return mypycify([*MODULES, *_ALONE], group_name="schemagen")
    except SystemExit:  # it has said why
        _remark("mypyc refused the source")
    except Exception as error:  # noqa: BLE001 - none is here, or another one, or it has a mistake
        _remark(str(error))
    return []


def _remark(reason: str) -> None:
    sys.stderr.write(f"schemagen is not compiled and runs as Python: {reason}\n")


setup(ext_modules=_extensions(), cmdclass={"build_ext": AllOrNothing})
