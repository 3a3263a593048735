from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemagen.errors import EXIT_USAGE, InputError
from schemagen.project import (
    AlertsConfig,
    Project,
    RuleSelection,
    RuleWaiver,
    TopicConfig,
    WaiverConfig,
    kafka_config,
    load,
)

WHOLE = """
[kafka]
"bootstrap.servers" = "localhost:9092"
"sasl.password" = "${KAFKA_PASSWORD}"
"ssl.ca.location" = "${HOME}/ca-${STAGE}.crt"
sasl.username = "reader"
"fetch.min.bytes" = 5
"enable.ssl.certificate.verification" = false

[topics.wineventlogs]
stream = "WINLOGEVENTS"
event_time = "@timestamp"
rules = ["rules/", "/opt/sigma"]
pipelines = ["winlogbeat", "own.yml", "pipelines/other"]
alerts = { stream = "ALERTS", topic = "alerts", layout = "insert", matching = "like" }
maps = ["winlog.event_data"]
not_maps = ["a.*"]
include = ["winlog.*"]
exclude = ["agent.*"]
integers = "fit"
quote = "all"
min_presence = 0.01
depth = 4
keywords = ["message"]

[topics.wineventlogs.types]
"winlog.event_data" = "MAP<VARCHAR, VARCHAR>"
winlog.record_id = "BIGINT"

[topics."cloud.trail"]
"""


@pytest.fixture(autouse=True)
def _work_in_an_empty_folder(tmp_path, monkeypatch):
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)


def write(text, path="schemagen.toml"):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def refused(text):
    """Load a file that has a fault; give the error's sentence and hint."""
    with pytest.raises(InputError) as caught:
        load(write(text))
    assert caught.value.exit_code == EXIT_USAGE
    return caught.value.what, caught.value.hint


# --- finding and reading -------------------------------------------------------------------------


def test_the_whole_file_is_read(tmp_path):
    project = load(write(WHOLE))
    assert project == Project(
        root=tmp_path,
        path=Path("schemagen.toml"),
        kafka={
            "bootstrap.servers": "localhost:9092",
            "sasl.password": "${KAFKA_PASSWORD}",
            "ssl.ca.location": "${HOME}/ca-${STAGE}.crt",
            "sasl.username": "reader",
            "fetch.min.bytes": "5",
            "enable.ssl.certificate.verification": "false",
        },
        topics={
            "wineventlogs": TopicConfig(
                name="wineventlogs",
                stream="WINLOGEVENTS",
                event_time="@timestamp",
                rules=(tmp_path / "rules", Path("/opt/sigma")),
                pipelines=(
                    "winlogbeat",
                    str(tmp_path / "own.yml"),
                    str(tmp_path / "pipelines/other"),
                ),
                alerts=AlertsConfig("ALERTS", "alerts", "insert", "like"),
                types={
                    "winlog.event_data": "MAP<VARCHAR, VARCHAR>",
                    "winlog.record_id": "BIGINT",
                },
                maps=("winlog.event_data",),
                not_maps=("a.*",),
                include=("winlog.*",),
                exclude=("agent.*",),
                integers="fit",
                quote="all",
                min_presence=0.01,
                depth=4,
                keywords=("message",),
            ),
            "cloud.trail": TopicConfig(name="cloud.trail"),
        },
    )


def test_without_a_file_there_are_only_defaults(tmp_path):
    assert load() == Project(root=tmp_path)


@pytest.mark.parametrize("text", ["", "[kafka]", "[topics]", "\ufeff# nothing\r\n"])
def test_a_file_may_be_empty(tmp_path, text):
    assert load(write(text)) == Project(root=tmp_path, path=Path("schemagen.toml"))


def test_the_file_is_found_in_the_folders_above(tmp_path, monkeypatch):
    write("[topics.logs]")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    project = load()
    assert (project.root, project.path) == (tmp_path, tmp_path / "schemagen.toml")
    assert list(project.topics) == ["logs"]


def test_the_nearest_file_counts(tmp_path, monkeypatch):
    write("[topics.far]")
    write("[topics.near]", "a/schemagen.toml")
    monkeypatch.chdir(tmp_path / "a")
    assert list(load().topics) == ["near"]


@pytest.mark.parametrize("kind", ["folder", "file of a work tree"])
def test_the_search_ends_at_the_root_of_the_repository(tmp_path, monkeypatch, kind):
    write("[topics.of_another_project]")
    repository = tmp_path / "repository"
    below = repository / "a"
    below.mkdir(parents=True)
    if kind == "folder":
        (repository / ".git").mkdir()
    else:
        (repository / ".git").write_text("gitdir: elsewhere")
    monkeypatch.chdir(below)
    assert load() == Project(root=below)


def test_paths_start_from_the_file_s_folder(tmp_path):
    project = load(write('[topics.logs]\nrules = ["../rules"]', "conf/schemagen.toml"))
    assert project.root == tmp_path / "conf"
    assert project.topics["logs"].rules == (tmp_path / "conf" / ".." / "rules",)


@pytest.mark.parametrize("path", ["gone.toml", "gone/schemagen.toml", "."])
def test_a_file_that_was_named_must_be_there(path):
    with pytest.raises(InputError, match="Can't read"):
        load(Path(path))


# --- faults --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[kafka", 1),
        ("[kafka]\n\n'a' = = 1", 3),
        ("[kafka]\n[kafka]\n", 2),
        ("[topics.logs]\nstream = WINLOG", 2),
        ("[topics.logs]\nrules = [\n'a',\n", 3),
    ],
)
def test_what_is_no_toml_is_an_error_with_the_line(text, line):
    what, _ = refused(text)
    assert what.startswith(f"schemagen.toml, line {line}: this is not valid TOML: ")


def test_what_is_no_utf8_is_an_error():
    Path("schemagen.toml").write_bytes(b"# \xff")
    with pytest.raises(InputError, match="not UTF-8"):
        load()


@pytest.mark.parametrize(
    ("text", "line", "key", "hint"),
    [
        ("\n[kafak]", 2, "kafak", 'Did you mean "kafka"?'),
        ("[topics.logs]\n\nstraem = 'S'", 3, "topics.logs.straem", 'Did you mean "stream"?'),
        ("[topics.logs.type]", 1, "topics.logs.type", 'Did you mean "types"?'),
        ("topics.logs.rule = []", 1, "topics.logs.rule", 'Did you mean "rules"?'),
        (
            "[topics.logs]\nalerts = { tpoic = 'x' }",
            2,
            "topics.logs.alerts.tpoic",
            'Did you mean "topic"?',
        ),
        ("[topics.logs.alerts]\nzzz = 1", 2, "topics.logs.alerts.zzz", "Known are event, "),
        ("[topics.my.topic]\nstream = 'S'", 1, "topics.my.topic", 'quotes: [topics."my.topic"].'),
    ],
)
def test_an_unknown_key_is_an_error_with_the_line_and_the_nearest_known(text, line, key, hint):
    what, advice = refused(text)
    assert what == f"schemagen.toml, line {line}: {key} is not known."
    assert hint in advice


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("stream = 5", "stream must be a text, not a number"),
        ("stream = true", "stream must be a text, not true or false"),
        ("stream = {}", "stream must be a text, not a table"),
        ("stream = 2024-05-06", "stream must be a text, not a date"),
        ("stream = ' '", "stream is empty"),
        ("rules = 'rules/'", "rules must be a list of texts, not a text"),
        ("rules = ['a', 5]", "rules must be a list of texts"),
        ("maps = ['']", "maps must be a list of texts"),
        ("alerts = 'A'", "alerts must be a table, not a text"),
        ("types = ['A']", "types must be a table, not a list"),
        ("integers = 'int'", 'integers must be "bigint" or "fit"'),
        ("quote = 'none'", 'quote must be "needed" or "all"'),
        ('correlation_windows = "hopping"', 'correlation_windows must be "trailing" or "tumbling"'),
        ("correlation_grace = '1M'", "correlation_grace must be a length of time"),
        ("alerts = {partitions = 0}", "alerts.partitions must be 1 or more"),
        ("alerts = {replicas = '3'}", "alerts.replicas must be a whole number, not a text"),
        ("alerts = {retention = 'ever'}", "alerts.retention must be a length of time"),
        ('rescue = "yes"', "rescue must be true or false"),
        ("quote = true", "quote must be a text, not true or false"),
        ("min_presence = 2", "min_presence must be a number from 0 to 1"),
        ("min_presence = nan", "min_presence must be a number from 0 to 1"),
        ("min_presence = '1%'", "min_presence must be a number from 0 to 1, not a text"),
        ("min_presence = true", "min_presence must be a number from 0 to 1, not true or false"),
        ("depth = 0", "depth must be 1 or more"),
        ("depth = 1.5", "depth must be a whole number, not a number"),
    ],
)
def test_a_wrong_value_is_an_error_with_the_line(line, problem):
    what, _ = refused(f"[topics.logs]\n# a comment\n{line}\n")
    assert what == f"schemagen.toml, line 3: topics.logs.{problem}."


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("kafka = 'x'", "line 1: kafka must be a table, not a text."),
        ("topics = []", "line 1: topics must be a table, not a list."),
        ("[topics]\nlogs = 'x'", "line 2: topics.logs must be a table, not a text."),
        (
            "[topics.logs]\nalerts = { layout = 'x' }",
            'line 2: topics.logs.alerts.layout must be "streams" or "insert" or "bundle".',
        ),
        (
            "[topics.logs.types]\n'a.b' = 5",
            'line 2: the type of "a.b" must be a text.',
        ),
        ("[topics.logs.types]\na.b = ''", 'line 2: the type of "a.b" must be a text.'),
        ("[topics.'a/../b']", 'line 1: "a/../b" can\'t be the name of a topic.'),
        ("[topics.'..']", 'line 1: ".." can\'t be the name of a topic.'),
        ("[topics.'']", 'line 1: "" can\'t be the name of a topic.'),
    ],
)
def test_a_table_of_the_wrong_form_is_an_error(text, what):
    assert refused(text)[0] == f"schemagen.toml, {what}"


@given(st.text(st.sampled_from("[]{}=.\"'abk#\n ,1"), max_size=40))
def test_any_text_is_a_project_or_an_error(text):
    problem = "schemagen.toml"
    try:
        load(write("[topics.a]\n" + text))
    except InputError as error:
        problem = error.what
    assert problem.startswith("schemagen.toml")


# --- secrets -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    [
        "sasl.password",
        "ssl.key.password",
        "ssl.keystore.password",
        "sasl.oauthbearer.client.secret",
        "ssl.key.pem",
        "sasl.jaas.config",
        "SASL.PASSWORD",
    ],
)
@pytest.mark.parametrize("value", ["'hunter2'", "'a${PW}'", "'$PW'", "''", "123"])
@pytest.mark.parametrize("quoted", [True, False])
def test_a_secret_in_the_file_is_an_error_that_does_not_show_it(key, value, quoted):
    name = f'"{key}"' if quoted else key
    what, hint = refused(f"[kafka]\n{name} = {value}")
    assert what == (
        f"schemagen.toml, line 2: the secret {key} stands in the file: secrets come by ${{ENV}}"
        " only."
    )
    assert "environment" in hint
    assert "hunter2" not in what + hint


@pytest.mark.parametrize("value", ["${", "${}", "${A B}", "x${1}", "${A", "${A}${"])
def test_a_variable_must_have_a_name(value):
    what, _ = refused(f"[kafka]\n'client.id' = '{value}'")
    assert what == (
        "schemagen.toml, line 2: the Kafka property client.id has a ${ that begins no variable."
    )


@pytest.mark.parametrize("value", ["['a:1', 'b:2']", "2024-05-06"])
def test_a_kafka_property_is_one_value(value):
    what, _ = refused(f"[kafka]\n'bootstrap.servers' = {value}")
    assert "bootstrap.servers must be a text, a number, true or false" in what


def test_a_project_does_not_show_its_kafka_properties():
    assert "reader" not in repr(load(write(WHOLE)))


# --- the client's configuration ------------------------------------------------------------------


def config(project=None, *, bootstrap=None, overrides=(), files=(), environ=None):
    return kafka_config(
        project or Project(root=Path.cwd()),
        bootstrap=bootstrap,
        overrides=overrides,
        properties_files=[Path(file) for file in files],
        environ=environ or {},
    )


def test_without_anything_there_is_no_configuration():
    assert config() == {}


def test_variables_of_the_environment_are_put_in():
    environ = {"KAFKA_PASSWORD": "p$1\\1${HOME}", "HOME": "/home/me", "STAGE": "prod"}
    made = config(load(write(WHOLE)), environ=environ)
    assert made == {
        "bootstrap.servers": "localhost:9092",
        "sasl.password": "p$1\\1${HOME}",
        "ssl.ca.location": "/home/me/ca-prod.crt",
        "sasl.username": "reader",
        "fetch.min.bytes": "5",
        "enable.ssl.certificate.verification": "false",
    }


@pytest.mark.parametrize("environ", [{}, {"PW": ""}])
def test_a_variable_that_is_not_set_is_an_error_that_names_it(environ):
    project = load(write("[kafka]\n'sasl.password' = '${PW}'"))
    with pytest.raises(InputError) as caught:
        config(project, environ={"OTHER": "hunter2"} | environ)
    assert caught.value.what == (
        "The environment variable PW is not set, but schemagen.toml needs it for the Kafka"
        " property sasl.password."
    )
    assert "hunter2" not in caught.value.what + caught.value.hint


def test_a_variable_need_not_be_set_for_a_property_that_is_replaced():
    project = load(write("[kafka]\n'sasl.password' = '${PW}'"))
    assert config(project, overrides=["sasl.password=x"]) == {"sasl.password": "x"}


def test_the_precedence_is_option_file_environment_project():
    project = load(write("[kafka]\n" + "".join(f"'p{n}' = 'project'\n" for n in range(1, 6))))
    write("".join(f"p{n}=first\n" for n in range(1, 5)), "first.properties")
    write("".join(f"p{n}=last\n" for n in range(1, 4)), "last.properties")
    environ = {f"SCHEMAGEN_KAFKA_P{n}": "environment" for n in range(1, 6)}
    del environ["SCHEMAGEN_KAFKA_P1"]
    made = config(
        project,
        overrides=["p1=earlier", "p1=option", "p2=option"],
        files=["first.properties", "last.properties"],
        environ={name: value for name, value in environ.items() if name != "SCHEMAGEN_KAFKA_P5"},
    )
    assert made == {"p1": "option", "p2": "option", "p3": "last", "p4": "first", "p5": "project"}
    made = config(project, environ=environ)
    assert made == {"p1": "project"} | {f"p{n}": "environment" for n in range(2, 6)}


def test_the_servers_follow_the_same_precedence():
    project = load(write("[kafka]\n'metadata.broker.list' = 'project:1'"))
    write("bootstrap.servers=file:1", "client.properties")
    environ = {"SCHEMAGEN_BOOTSTRAP_SERVERS": "environment:1"}
    files = ["client.properties"]
    assert config(project) == {"bootstrap.servers": "project:1"}
    assert config(project, environ=environ) == {"bootstrap.servers": "environment:1"}
    assert config(project, environ=environ, files=files) == {"bootstrap.servers": "file:1"}
    made = config(
        project, environ=environ, files=files, overrides=["metadata.broker.list=option:1"]
    )
    assert made == {"bootstrap.servers": "option:1"}
    made = config(project, environ=environ, files=files, bootstrap="flag:1")
    assert made == {"bootstrap.servers": "flag:1"}


def test_the_environment_has_any_property():
    environ = {
        "SCHEMAGEN_KAFKA_SASL_PASSWORD": "secret",
        "SCHEMAGEN_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "SCHEMAGEN_KAFKA_": "x",
        "SCHEMAGEN_KAFKA_CLIENT_ID": "",
        "SCHEMAGEN_OTHER": "x",
        "KAFKA_X": "x",
    }
    assert config(environ=environ) == {"sasl.password": "secret", "security.protocol": "SASL_SSL"}


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"bootstrap": "a:1", "overrides": ["bootstrap.servers=b:1"]}, ("-b", "-X")),
        ({"bootstrap": "a:1", "overrides": ["metadata.broker.list=b:1"]}, ("-b", "-X")),
        (
            {
                "environ": {
                    "SCHEMAGEN_BOOTSTRAP_SERVERS": "a:1",
                    "SCHEMAGEN_KAFKA_BOOTSTRAP_SERVERS": "b:1",
                }
            },
            ("SCHEMAGEN_BOOTSTRAP_SERVERS", "SCHEMAGEN_KAFKA_BOOTSTRAP_SERVERS"),
        ),
    ],
)
def test_two_lists_of_servers_of_the_same_rank_must_agree(given, names):
    with pytest.raises(InputError, match="name different servers") as caught:
        config(**given)
    assert all(name in caught.value.what for name in names)


def test_servers_that_agree_may_be_given_twice():
    made = config(bootstrap="a:1", overrides=["bootstrap.servers=a:1"])
    assert made == {"bootstrap.servers": "a:1"}


@pytest.mark.parametrize("override", ["hunter2", "", "=hunter2", " =x"])
def test_an_override_without_key_and_value_is_an_error_that_does_not_show_it(override):
    with pytest.raises(InputError) as caught:
        config(overrides=["a=b", override])
    assert caught.value.what == "-X number 2 is not KEY=VALUE."
    assert "hunter2" not in caught.value.what + caught.value.hint


def test_the_value_of_an_override_may_have_anything_in_it():
    made = config(overrides=["sasl.password= a=b ", " client.id=x", "group.id="])
    assert made == {"sasl.password": " a=b ", "client.id": "x", "group.id": ""}


def test_a_properties_file_is_read_as_java_does():
    write(
        "# comment\nsecurity.protocol = SASL_SSL\nclient.id: caf\\u00e9 \\\n  latte\n"
        "key.deserializer=org.apache.kafka.common.serialization.StringDeserializer\n",
        "client.properties",
    )
    assert config(files=["client.properties"]) == {
        "security.protocol": "SASL_SSL",
        "client.id": "café latte",
    }


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_properties_file_may_be_utf8_or_latin1(encoding):
    Path("client.properties").write_bytes("client.id=café".encode(encoding))
    assert config(files=["client.properties"]) == {"client.id": "café"}


@pytest.mark.parametrize("path", ["gone.properties", "."])
def test_a_properties_file_must_be_there(path):
    with pytest.raises(InputError, match="Can't read"):
        config(files=[path])


def test_the_kafka_client_is_not_imported():
    code = "import sys, schemagen.project; print('confluent_kafka' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_log_source_is_checked_unless_it_is_assumed(tmp_path):
    file = tmp_path / "schemagen.toml"
    file.write_text('[topics.a]\n[topics.b]\nlogsource = "assumed"\n')
    topics = load(file).topics
    assert (topics["a"].logsource, topics["b"].logsource) == ("checked", "assumed")


WAIVER = """
[topics.t]
[[topics.t.waivers]]
path = "winlog.*"
finding = "misses"
owner = "soc@example.com"
reason = "not read on purpose"
expires = 2026-12-31
[[topics.t.waivers]]
finding = "0123456789abcdef"
owner = "a"
reason = "b"
expires = 2027-01-31
"""


def test_waivers_are_read(tmp_path):
    file = tmp_path / "schemagen.toml"
    file.write_text(WAIVER)
    assert load(file).topics["t"].waivers == (
        WaiverConfig(
            "soc@example.com", "not read on purpose", date(2026, 12, 31), "winlog.*", "misses"
        ),
        WaiverConfig("a", "b", date(2027, 1, 31), "", "0123456789abcdef"),
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('owner = "soc@example.com"\n', ""), "a waiver has no owner"),
        (('reason = "not read on purpose"\n', ""), "a waiver has no reason"),
        (("expires = 2026-12-31\n", ""), "a waiver has no expires"),
        (("2026-12-31", '"2026-12-31"'), "must be a day, not a text"),
        (("2026-12-31", "2026-12-31T00:00:00"), "must be a day without a time"),
        (('path = "winlog.*"\nfinding = "misses"\n', ""), "neither which path nor which finding"),
        (('path = "winlog.*"', 'paths = "winlog.*"'), 'Did you mean "path"'),
    ],
)
def test_a_waiver_that_says_too_little(tmp_path, change, says):
    file = tmp_path / "schemagen.toml"
    file.write_text(WAIVER.replace(*change, 1))
    with pytest.raises(InputError) as error:
        load(file)
    assert says in error.value.what + error.value.hint
    assert str(file) in error.value.what


def test_waivers_are_tables(tmp_path):
    file = tmp_path / "schemagen.toml"
    file.write_text("[topics.t]\nwaivers = [1]\n")
    with pytest.raises(InputError, match="must be a list of tables"):
        load(file)


RULE_WAIVER = """
[[topics.t.rule_waivers]]
rule = "rules/web/*"
status = "unbound"
owner = "soc@example.com"
reason = "proxy logs come later"
expires = 2026-12-31
"""


def test_waivers_of_rules_are_read(tmp_path):
    file = tmp_path / "schemagen.toml"
    file.write_text(RULE_WAIVER)
    assert load(file).topics["t"].rule_waivers == (
        RuleWaiver(
            "soc@example.com", "proxy logs come later", date(2026, 12, 31), "rules/web/*", "unbound"
        ),
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('rule = "rules/web/*"\n', ""), "doesn't say which rule it is about"),
        (('owner = "soc@example.com"\n', ""), "a waiver has no owner"),
        (('status = "unbound"', 'state = "unbound"'), 'Did you mean "status"'),
    ],
)
def test_a_waiver_of_a_rule_that_says_too_little(tmp_path, change, says):
    file = tmp_path / "schemagen.toml"
    file.write_text(RULE_WAIVER.replace(*change, 1))
    with pytest.raises(InputError) as error:
        load(file)
    assert says in error.value.what + error.value.hint


def test_a_selection_of_rules_is_read(tmp_path):
    file = tmp_path / "schemagen.toml"
    file.write_text(
        '[topics.t.select]\nlevel = ["high+"]\nstatus = ["stable"]\ntags = ["t1*"]\n'
        'logsource = ["windows/*"]\nrules = ["a"]\nexclude = ["b"]\n'
    )
    assert load(file).topics["t"].select == RuleSelection(
        ("high+",), ("stable",), ("t1*",), ("windows/*",), ("a",), ("b",)
    )
