"""Writing what each ksqlDB server needs for the accelerator into a folder."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

from schemagen.accelerator.calls import FUNCTION
from schemagen.accelerator.jar import JAR, packaged_jar
from schemagen.errors import InputError
from schemagen.files import write_text

if TYPE_CHECKING:
    from pathlib import Path

SUMS = "SHA256SUMS"
README = "README.md"

_README = f"""# The accelerator of schemagen

`{JAR}` brings one function to ksqlDB, `{FUNCTION}`, which the statements of
`schemagen ddl --accelerator` call.

1. Check it: `sha256sum -c {SUMS}`.
2. Copy it into the folder that `ksql.extension.dir` names, on every server. Take out any other
   version of it: ksqlDB refuses a function that comes twice.
3. Restart the servers, one after another: ksqlDB reads the folder when it starts.
4. See it: `DESCRIBE FUNCTION {FUNCTION};`
5. `schemagen apply`.

Leave it there as long as a statement calls it. A server that starts without it runs, lists the
streams, and has lost the queries; `schemagen status` says so.

The jar has no dependency, reads no file, opens no connection and starts no thread. Managed ksqlDB
takes no jar: write the statements without `--accelerator` there.
"""


def export_accelerator(folder: Path) -> list[str]:
    """Write the jar, what to do with it, and its checksum into a folder.

    Returns:
        The names of the files.

    Raises:
        InputError: this installation has no jar, or the folder can't be written.

    """
    jar = packaged_jar()
    if jar is None:
        raise InputError(
            "This installation of schemagen has no jar of the accelerator.",
            "Build it in a checkout by `make accelerator` (Java 11 and Maven), or install a wheel "
            "that was built behind it.",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(jar, folder / JAR)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(f"{folder} can't be written: {reason}.") from None
    digest = hashlib.sha256(jar.read_bytes()).hexdigest()
    write_text(folder / SUMS, f"{digest}  {JAR}\n")
    write_text(folder / README, _README)
    return [JAR, SUMS, README]
