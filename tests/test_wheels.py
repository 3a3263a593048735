"""A wheel is compiled where it can be, counts the same then, and works without."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
COMPILED = ("budget", "columns", "nodes", "numbers", "tags", "texts", "transpose")
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")


def copy_of_source(folder):
    copy = folder / "source"
    copy.mkdir()
    build_files = ("pyproject.toml", "setup.py", "build_backend.py", "MANIFEST.in")
    for name in (*build_files, "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    shutil.copytree(
        ROOT / "schemagen", copy / "schemagen", ignore=shutil.ignore_patterns("__pycache__")
    )
    return copy


def build(folder, source=None, **environment):
    """Build a wheel, from a copy of the source; give where it is unpacked, and the output."""
    copy = source or copy_of_source(folder)
    command = [sys.executable, "-m", "pip", "wheel", "--verbose", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--no-cache-dir", "--wheel-dir", str(folder), str(copy)]
    variables = {k: v for k, v in os.environ.items() if k not in ("SCHEMAGEN_COMPILE", "CC")}
    done = subprocess.run(
        command, env=variables | environment, capture_output=True, text=True, check=False
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "wheel")
    return folder / "wheel", output


def python(path, *command):
    """Run Python so that the package in a folder comes before the one that is installed."""
    environment = os.environ | {"PYTHONPATH": str(path)}
    done = subprocess.run(
        [sys.executable, "-P", *command],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def extensions(wheel):
    return {str(path.relative_to(wheel)) for path in wheel.rglob(f"*{SUFFIX}")}


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    wheel, output = build(tmp_path_factory.mktemp("compiled"))
    if extensions(wheel):
        return wheel
    said = [line.strip() for line in output.splitlines() if "is not compiled" in line]
    reason = (said or ["the build did not say why"])[0]
    if os.environ.get("SCHEMAGEN_REQUIRE_COMPILED") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.compiled
def test_a_wheel_has_what_counts_values_compiled(compiled):
    modules = {f"schemagen/profile/{name}{SUFFIX}" for name in COMPILED}
    assert extensions(compiled) == modules | {f"schemagen__mypyc{SUFFIX}"}
    for name in COMPILED:
        module = python(compiled, "-c", f"import schemagen.profile.{name} as m; print(m.__file__)")
        assert module.strip().endswith(SUFFIX)


@pytest.mark.compiled
def test_what_is_compiled_passes_the_tests_of_its_source(compiled):
    names = ("columns", "slow_count", "profile", "jobs")
    tests = [f"tests/profile/test_{name}.py" for name in names]
    output = python(compiled, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
    assert " passed" in output.splitlines()[-1]
    assert "skipped" not in output.splitlines()[-1]


EVIDENCE = """
import sys
from pathlib import Path
from schemagen.profile.collect import collect
from schemagen.profile.evidence import save_evidence
from schemagen.sources.files import FileSource

evidence = collect(FileSource(["samples/wineventlogs.ndjson"]), "t", jobs=int(sys.argv[2]))
save_evidence(Path(sys.argv[1]), evidence)
"""


@pytest.mark.compiled
def test_what_is_compiled_gives_the_same_bytes(compiled, tmp_path):
    for name, path in (("source", ROOT), ("compiled", compiled)):
        for jobs in (1, 2):
            python(path, "-c", EVIDENCE, str(tmp_path / f"{name}{jobs}"), str(jobs))
    one, *others = (path.read_bytes() for path in sorted(tmp_path.iterdir()))
    assert others == [one] * 3


@pytest.mark.parametrize(
    "environment", [{"CC": "no-such-compiler"}, {"CC": "false"}, {"SCHEMAGEN_COMPILE": "0"}]
)
def test_a_wheel_that_can_not_be_compiled_is_built_and_works(tmp_path, environment):
    wheel, output = build(tmp_path, **environment)
    assert extensions(wheel) == set()
    assert ("schemagen is not compiled and runs as Python" in output) == ("CC" in environment)
    python(wheel, "-c", EVIDENCE, str(tmp_path / "evidence"), "1")
    assert (tmp_path / "evidence").stat().st_size


@pytest.mark.parametrize(
    "mypyc", ["raise ImportError('no such module')", "def mypycify(paths): pass", "1 / 0"]
)
def test_so_is_one_where_mypyc_is_missing_or_another_than_expected(tmp_path, mypyc):
    module = tmp_path / "path" / "mypyc" / "build.py"
    module.parent.mkdir(parents=True)
    module.with_name("__init__.py").touch()
    module.write_text(mypyc)
    wheel, output = build(tmp_path, PYTHONPATH=str(tmp_path / "path"))
    assert extensions(wheel) == set()
    assert "schemagen is not compiled and runs as Python" in output
    python(wheel, "-c", EVIDENCE, str(tmp_path / "evidence"), "1")


def test_a_source_distribution_has_all_that_a_wheel_is_built_with(tmp_path):
    copy = copy_of_source(tmp_path)
    make = f"import build_backend; build_backend.build_sdist({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", make], cwd=copy, capture_output=True, check=True)
    (packed,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(packed) as archive:
        trusting = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        archive.extractall(tmp_path / "unpacked", **trusting)
    (source,) = (tmp_path / "unpacked").iterdir()
    wheel, _ = build(tmp_path, source, SCHEMAGEN_COMPILE="0")
    python(wheel, "-c", EVIDENCE, str(tmp_path / "evidence"), "1")
    assert (tmp_path / "evidence").stat().st_size


def test_the_source_here_is_not_compiled():
    """What is compiled would go on running when its source is edited."""
    assert list((ROOT / "schemagen").rglob(f"*{SUFFIX}")) == []
