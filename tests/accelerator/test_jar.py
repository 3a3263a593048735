"""The jar: the same bytes wherever it is built, and nothing in it but its own classes."""

from __future__ import annotations

import hashlib
import os
import zipfile

import pytest
from accelerator_jar import REQUIRE, JarUnavailableError, build, built_jar

pytestmark = pytest.mark.accelerator


def test_two_builds_give_the_same_bytes_of_the_jar(tmp_path, tmp_path_factory):
    first = built_jar(tmp_path_factory)
    try:
        second = build(tmp_path / "elsewhere" / "second", "package", "-DskipTests")
    except JarUnavailableError as error:
        if os.environ.get(REQUIRE) == "1":
            raise
        pytest.skip(str(error))
    digests = {hashlib.sha256(each.read_bytes()).hexdigest() for each in (first, second)}
    assert len(digests) == 1


def test_the_jar_holds_its_own_classes_for_java_11_and_none_of_ksqldb(tmp_path_factory):
    with zipfile.ZipFile(built_jar(tmp_path_factory)) as jar:
        names = [name for name in jar.namelist() if not name.endswith("/")]
        assert "schemagen/accelerator/SchemagenMatch.class" in names
        others = [name for name in names if not name.startswith("schemagen/accelerator/")]
        assert others == ["META-INF/MANIFEST.MF"]
        for name in names[1:]:
            assert jar.read(name)[:8] == b"\xca\xfe\xba\xbe\x00\x00\x00\x37"
