from __future__ import annotations

import importlib
import os
import shutil
import sys

import pytest


def _unavailable(reason):
    if os.environ.get("SCHEMAGEN_REQUIRE_SPARK") == "1":
        pytest.fail(f"Spark is required but not available: {reason}")
    pytest.skip(f"Spark is not available: {reason}")


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """A Spark session of two local executors."""
    try:
        sql = importlib.import_module("pyspark.sql")
    except ImportError:
        _unavailable("PySpark is not installed (pip install -e '.[spark]')")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        _unavailable("there is no java on the PATH")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    folder = tmp_path_factory.mktemp("spark")
    session = (
        sql.SparkSession.builder.master("local[2]")
        .appName("schemagen")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        .config("spark.local.dir", str(folder / "local"))
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()
