"""Pipelines: the right events, the right fields in them, and never one kind's with the other's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaTransformationError
from sigma.pipelines.common import windows_logsource_mapping
from sigma.pipelines.sysmon.sysmon import sysmon_generic_logsource_eventid_mapping
from sigma.pipelines.windows.windows import generic_logsource_to_windows_audit_event_mapping
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline, QueryPostprocessingItem
from sigma.processing.postprocessing import EmbedQueryTransformation
from sigma.processing.transformations import SetStateTransformation
from sigma.rule import SigmaLogSource, SigmaRule

from schemagen.detections.pipelines import (
    Candidates,
    SigmaPipeline,
    builtin_names,
    installed_names,
    load_pipeline,
    sigma,
)
from schemagen.detections.pipelines.export import processing_pipeline
from schemagen.detections.pipelines.windows import categories, services
from schemagen.errors import UsageError

REAL_EVENTS = Path(__file__).parents[3] / "shared" / "data" / "winlogbeat"
SYSMON_CHANNEL = "Microsoft-Windows-Sysmon/Operational"
WINDOWS = [name for name in builtin_names() if name != "none"]


def resolve(pipeline, category=None, service=None, product="windows"):
    logsource = SigmaLogSource(category=category, product=product, service=service)
    return load_pipeline(pipeline).resolve(logsource)


def alternatives(pipeline, category=None, service=None, product="windows"):
    resolution = resolve(pipeline, category, service, product)
    assert resolution.reason == ""
    return {alternative.name: alternative for alternative in resolution.alternatives}


def only(pipeline, category=None, service=None, product="windows"):
    (alternative,) = alternatives(pipeline, category, service, product).values()
    return alternative


def picks(alternative):
    return {condition.field: condition.values for condition in alternative.conditions}


# The events behind a log source


def test_process_creation_is_sysmon_or_the_audit_log_each_with_its_own():
    found = alternatives("winlogbeat", "process_creation")
    assert list(found) == ["sysmon 1", "security 4688"]
    sysmon, security = found.values()
    assert picks(sysmon) == {"Channel": (SYSMON_CHANNEL,), "EventID": (1,)}
    assert picks(security) == {"Channel": ("Security",), "EventID": (4688,)}
    assert sysmon.candidates("ParentImage") == Candidates(
        ("winlog.event_data.ParentImage", "process.parent.executable")
    )
    assert security.candidates("ParentImage") == Candidates(
        ("winlog.event_data.ParentProcessName", "process.parent.executable")
    )
    assert security.candidates("Image").paths[0] == "winlog.event_data.NewProcessName"
    assert security.candidates("CommandLine") == Candidates(("winlog.event_data.CommandLine",))
    assert sysmon.candidates("CommandLine") == Candidates(
        ("winlog.event_data.CommandLine", "process.command_line")
    )


def test_event_ids_are_numbers():
    for name in WINDOWS:
        for category in categories():
            for alternative in resolve(name, category).alternatives:
                ids = picks(alternative)["EventID"]
                assert ids
                assert all(type(number) is int for number in ids)


@pytest.mark.parametrize("category", sorted(sysmon_generic_logsource_eventid_mapping))
def test_sysmon_categories_have_the_ids_of_pysigmas_pipeline(category):
    expected = sysmon_generic_logsource_eventid_mapping[category]
    expected = tuple(expected) if isinstance(expected, list) else (expected,)
    found = picks(only("winlogbeat-sysmon", category))
    assert found == {"Channel": (SYSMON_CHANNEL,), "EventID": expected}


@pytest.mark.parametrize("service", sorted(windows_logsource_mapping))
def test_services_have_the_channels_of_pysigmas_table(service):
    expected = windows_logsource_mapping[service]
    expected = tuple(expected) if isinstance(expected, list) else (expected,)
    assert picks(only("winlogbeat", service=service)) == {"Channel": expected}


@pytest.mark.parametrize("category", sorted(generic_logsource_to_windows_audit_event_mapping))
def test_audit_categories_have_the_ids_of_pysigmas_pipeline(category):
    wanted = generic_logsource_to_windows_audit_event_mapping[category]
    found = picks(only("winlogbeat-security", category))
    assert found["Channel"] == ("Security",)
    assert found["EventID"] == (wanted["EventID"],)
    assert ("OperationType" in found) == ("OperationType" in wanted)


def test_operations_on_the_registry_are_known_by_text_and_by_message_number():
    found = picks(only("winlogbeat-security", "registry_event"))
    assert found["OperationType"] == (
        "New registry value created",
        "%%1904",
        "Existing registry value modified",
        "%%1905",
    )


@pytest.mark.parametrize(
    ("category", "channels", "event_id"),
    [
        ("ps_script", 2, 4104),
        ("ps_module", 2, 4103),
        ("ps_classic_start", 1, 400),
        ("ps_classic_provider_start", 1, 600),
        ("ps_classic_script", 1, 800),
    ],
)
def test_powershell_categories_are_in_powershells_logs(category, channels, event_id):
    for name in WINDOWS:
        found = picks(only(name, category))
        assert len(found["Channel"]) == channels
        assert found["EventID"] == (event_id,)


def test_the_taxonomys_services_are_known():
    listed = {
        "application",
        "application-experience",
        "applocker",
        "appmodel-runtime",
        "appxdeployment-server",
        "appxpackaging-om",
        "bitlocker",
        "bits-client",
        "capi2",
        "certificateservicesclient-lifecycle-system",
        "codeintegrity-operational",
        "dhcp",
        "diagnosis-scripted",
        "dns-client",
        "dns-server",
        "dns-server-analytic",
        "dns-server-audit",
        "driver-framework",
        "firewall-as",
        "hyper-v-worker",
        "iis-configuration",
        "kernel-event-tracing",
        "kernel-shimengine",
        "ldap",
        "lsa-server",
        "msexchange-management",
        "ntfs",
        "ntlm",
        "openssh",
        "powershell",
        "powershell-classic",
        "printservice-admin",
        "printservice-operational",
        "security",
        "security-mitigations",
        "sense",
        "servicebus-client",
        "shell-core",
        "smbclient-security",
        "sysmon",
        "system",
        "taskscheduler",
        "terminalservices-localsessionmanager",
        "vhdmp",
        "windefend",
        "wmi",
    }
    assert listed <= services()


def test_category_and_service_together_leave_the_events_of_that_log():
    assert list(alternatives("winlogbeat", "process_creation", "sysmon")) == ["sysmon 1"]
    assert list(alternatives("winlogbeat", "process_creation", "security")) == ["security 4688"]
    assert list(alternatives("winlogbeat", "ps_script", "powershell")) == ["powershell 4104"]


def test_category_and_service_that_do_not_meet_are_told():
    resolution = resolve("winlogbeat", "image_load", "security")
    assert resolution.alternatives == ()
    assert "`image_load`" in resolution.reason
    assert "`security`" in resolution.reason


def test_windows_alone_is_every_event_of_the_topic():
    alternative = only("winlogbeat")
    assert (alternative.name, alternative.conditions) == ("any", ())


def test_a_rule_without_product_is_read_as_windows_where_that_has_a_meaning():
    assert len(alternatives("winlogbeat", "process_creation", product=None)) == 2
    assert resolve("winlogbeat", "proxy", product=None).alternatives == ()


def test_case_and_space_of_a_log_source_do_not_matter():
    found = alternatives("winlogbeat", "Process_Creation ", product="Windows")
    assert list(found) == ["sysmon 1", "security 4688"]


@pytest.mark.parametrize(
    ("logsource", "reason"),
    [
        ({"product": "linux", "category": "process_creation"}, "for linux"),
        ({"product": "aws", "service": "cloudtrail"}, "for aws"),
        ({"category": "file_access"}, "traced but not logged"),
        ({"category": "moon_phase"}, "`moon_phase`"),
        ({"service": "moon"}, "`moon`"),
    ],
)
def test_a_log_source_that_no_event_log_serves_is_told_and_never_matches_all(logsource, reason):
    for name in WINDOWS:
        resolution = resolve(name, **logsource)
        assert resolution.alternatives == ()
        assert reason in resolution.reason


@pytest.mark.parametrize("layout", ["winlogbeat", "winlogbeat6", "winlogbeat7", "flat"])
def test_the_narrow_pipelines_leave_the_other_log_out(layout):
    for category in ("process_creation", "registry_set", "registry_add", "registry_event"):
        one = alternatives(layout + "-sysmon", category)
        other = alternatives(layout + "-security", category)
        both = alternatives(layout, category)
        assert both == {**one, **other}
        assert len(both) == 2
    assert resolve(layout + "-sysmon", "image_load").alternatives
    missing = resolve(layout + "-security", "image_load")
    assert missing.alternatives == ()
    assert "only sysmon logs the category `image_load`" in missing.reason
    assert len(alternatives(layout + "-security", service="sysmon")) == 1


# The fields in the events


def test_what_an_event_never_has_has_no_path():
    security = only("winlogbeat-security", "process_creation")
    for name in ("OriginalFileName", "Hashes", "ParentCommandLine", "User", "CurrentDirectory"):
        assert security.candidates(name) == Candidates(())
    registry = only("winlogbeat-security", "registry_set")
    for name in ("EventType", "NewName", "User"):
        assert registry.candidates(name) == Candidates(())


def test_the_process_id_of_an_audit_event_is_not_its_creators():
    security = only("winlogbeat-security", "process_creation")
    assert security.candidates("ProcessId").paths == ("winlog.event_data.NewProcessId",)
    assert security.candidates("ParentProcessId").paths == ("winlog.event_data.ProcessId",)
    assert security.notes


def test_registry_audit_events_have_their_own_names():
    registry = only("winlogbeat-security", "registry_set")
    assert registry.candidates("Image").paths[0] == "winlog.event_data.ProcessName"
    assert registry.candidates("TargetObject").paths == ("winlog.event_data.ObjectName",)
    assert registry.candidates("Details").paths == ("winlog.event_data.NewValue",)
    assert any("ObjectValueName" in note for note in registry.notes)


def test_rules_on_the_security_log_use_its_names_and_sysmons_are_mapped_too():
    security = only("winlogbeat", service="security")
    assert security.candidates("SubjectUserName").paths[0] == "winlog.event_data.SubjectUserName"
    assert "winlog.event_data.NewProcessName" in security.candidates("Image").paths
    assert security.candidates("Image").paths[0] == "winlog.event_data.Image"
    assert "winlog.user_data.SubjectUserName" in security.candidates("SubjectUserName").paths


def test_renamed_fields_differ_by_what_the_file_of_the_event_is():
    process = only("winlogbeat-sysmon", "process_creation")
    image = only("winlogbeat", "image_load")
    log = only("winlogbeat", service="sysmon")
    assert process.candidates("OriginalFileName").paths[1:] == ("process.pe.original_file_name",)
    assert image.candidates("OriginalFileName").paths[1:] == ("file.pe.original_file_name",)
    assert set(log.candidates("OriginalFileName").paths) > {
        "process.pe.original_file_name",
        "file.pe.original_file_name",
    }


@pytest.mark.parametrize("name", ["Initiated", "User", "Hashes", "Signed", "QueryResults"])
def test_what_agents_rewrite_is_only_looked_for_as_windows_wrote_it(name):
    for category in ("process_creation", "network_connection", "image_load", "dns_query"):
        sysmon = only("winlogbeat-sysmon", category)
        assert sysmon.candidates(name) == Candidates((f"winlog.event_data.{name}",))


def test_the_head_of_an_event_is_where_each_winlogbeat_puts_it():
    new, old = only("winlogbeat", service="system"), only("winlogbeat6", service="system")
    for name, path in {
        "EventID": "winlog.event_id",
        "Channel": "winlog.channel",
        "Provider_Name": "winlog.provider_name",
        "Computer": "winlog.computer_name",
        "ServiceName": "winlog.event_data.ServiceName",
        "Message": "message",
        "Host": "host.hostname",
    }.items():
        assert new.candidates(name).paths[0] == path
    for name, path in {
        "EventID": "event_id",
        "Channel": "log_name",
        "Provider_Name": "source_name",
        "Computer": "computer_name",
        "ServiceName": "event_data.ServiceName",
        "Host": "beat.hostname",
    }.items():
        assert old.candidates(name).paths[0] == path
    assert new.candidates("EventID").copies


def test_unnamed_event_data_is_looked_for_in_all_numbered_places():
    data = only("winlogbeat", "ps_classic_start").candidates("Data")
    assert not data.copies
    assert {f"winlog.event_data.param{n}" for n in (1, 2, 3)} <= set(data.paths)


def test_a_field_with_dots_is_a_path():
    alternative = only("winlogbeat-sysmon", "process_creation")
    assert alternative.candidates("process.name") == Candidates(("process.name",))


def test_braces_in_a_field_name_are_nothing_special():
    alternative = only("winlogbeat-sysmon", "process_creation")
    assert alternative.candidates("{0}{x").paths == ("winlog.event_data.{0}{x",)


def test_flat_events_have_their_fields_at_the_top():
    found = alternatives("flat", "process_creation")
    assert found["sysmon 1"].candidates("Image") == Candidates(("Image",))
    assert found["security 4688"].candidates("Image") == Candidates(("NewProcessName",))
    channel, event_id = found["sysmon 1"].conditions
    assert channel.candidates.paths == ("Channel",)
    assert event_id.candidates.paths[0] == "EventID"


def test_none_takes_every_event_and_field_as_it_is():
    for product, service in (("aws", "cloudtrail"), ("windows", None), ("zeek", "dns")):
        alternative = only("none", product=product, service=service)
        assert alternative.conditions == ()
        assert alternative.candidates("eventName") == Candidates(("eventName",))
        assert alternative.candidates("userIdentity.arn") == Candidates(("userIdentity.arn",))


def test_a_topic_with_nothing_else_needs_no_conditions():
    plain = load_pipeline("winlogbeat")
    bare = plain.without_conditions()
    logsource = SigmaLogSource(category="process_creation", product="windows")
    for one, other in zip(
        plain.resolve(logsource).alternatives, bare.resolve(logsource).alternatives, strict=True
    ):
        assert one.conditions
        assert not other.conditions
        assert one.fields == other.fields
    assert load_pipeline("none").without_conditions() == load_pipeline("none")


# Real events


def at(event, path):
    for key in path.split("."):
        if not isinstance(event, dict) or key not in event:
            return None
        event = event[key]
    return event


def values(event, candidates):
    found = [at(event, path) for path in candidates.paths]
    return [value for value in found if value is not None]


def picked(event, alternative):
    return all(
        {str(v).lower() for v in values(event, condition.candidates)}
        & {str(v).lower() for v in condition.values}
        for condition in alternative.conditions
    )


@pytest.mark.realdata
@pytest.mark.skipif(not REAL_EVENTS.is_dir(), reason="the real events are not there")
@pytest.mark.parametrize(
    ("pattern", "pipeline"), [("[ci]*.ndjson", "winlogbeat"), ("winlogbeat6*", "winlogbeat6")]
)
def test_real_events_of_process_creation_are_picked_and_have_their_fields(pattern, pipeline):
    found = alternatives(pipeline, "process_creation")
    seen = dict.fromkeys(found, 0)
    for file in REAL_EVENTS.glob(pattern):
        for line in file.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            kinds = [name for name, one in found.items() if picked(event, one)]
            assert len(kinds) <= 1
            for name in kinds:
                seen[name] += 1
                images = values(event, found[name].candidates("Image"))
                parents = values(event, found[name].candidates("ParentImage"))
                assert len(images) == len(parents) == 1
                assert str(images[0]).lower().endswith((".exe", ".com", ".scr"))
                assert values(event, found[name].candidates("Computer"))
                assert values(event, found[name].candidates("Host"))
    assert seen["security 4688"] > 0


# Loading


def test_the_names_of_our_own_and_of_installed_pipelines_are_known():
    assert {"winlogbeat", "winlogbeat6", "winlogbeat7", "flat", "none"} <= set(builtin_names())
    assert {"sysmon", "windows-audit", "windows-logsources"} <= set(installed_names())


def test_an_installed_pipeline_is_found_and_alters_rules():
    pipeline = load_pipeline("windows-audit")
    assert isinstance(pipeline, SigmaPipeline)
    rule = SigmaCollection.from_yaml(RULE).rules[0]
    pipeline.apply(rule)
    assert rule.logsource.service == "security"
    assert rule.detection.detections["s"].detection_items[0].field == "NewProcessName"


@pytest.mark.parametrize(
    ("name", "events"), [("sysmon", "sysmon 1"), ("windows-audit", "security")]
)
def test_an_installed_pipeline_may_narrow_the_log_source_for_ours(name, events):
    rule = SigmaCollection.from_yaml(RULE).rules[0]
    load_pipeline(name).apply(rule)
    resolution = load_pipeline("winlogbeat").resolve(rule.logsource)
    assert [one.name for one in resolution.alternatives] == [events]


def test_installed_pipelines_are_not_mixed_up_whatever_was_imported_before():
    # In a process of its own, for what this one has imported. pySigma's decorator keeps one object
    # for all pipelines, and its own look-up imports test pipelines after those of packages.
    code = """
from sigma.pipelines.sysmon import sysmon_pipeline
import sigma.pipelines.test
from schemagen.detections.pipelines import load_pipeline
print(load_pipeline("sysmon").pipeline.name)
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == (
        "Generic Log Sources to Sysmon Transformation\n",
        "",
    )


RULE = """
title: T
logsource: {category: process_creation, product: windows}
fields: [User, Image]
detection:
  s:
    Image|endswith: \\x.exe
  condition: s
"""

PIPELINE = """
name: mine
priority: 5
vars: {admins: [root, "ad*"]}
transformations:
  - id: rename
    type: field_name_mapping
    mapping: {Image: exe}
  - type: value_placeholders
    include: [admins]
"""


def write(tmp_path, text, name="p.yml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_pipeline_file_is_read_and_applied(tmp_path):
    pipeline = load_pipeline(write(tmp_path, PIPELINE))
    rule = SigmaCollection.from_yaml(
        RULE.replace("Image|endswith: \\x.exe", "Image|expand: '%admins%'")
    ).rules[0]
    pipeline.apply(rule)
    (item,) = rule.detection.detections["s"].detection_items
    assert item.field == "exe"
    assert [str(value) for value in item.value] == ["root", "ad*"]


def test_placeholders_may_come_from_a_file(tmp_path):
    values_file = tmp_path / "admins.txt"
    values_file.write_text("alice\nbob\n", encoding="utf-8")
    inner = f"{{type: file_placeholders, path: {values_file}, include: [admins]}}"
    for text in (
        f"transformations: [{inner}]",
        f"transformations: [{{type: nest, items: [{inner}]}}]",
    ):
        pipeline = load_pipeline(write(tmp_path, text))
        rule = SigmaCollection.from_yaml(
            RULE.replace("Image|endswith: \\x.exe", "User|expand: '%admins%'")
        ).rules[0]
        pipeline.apply(rule)
        (item,) = rule.detection.detections["s"].detection_items
        assert [str(value) for value in item.value] == ["alice", "bob"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("postprocessing: [{type: embed, prefix: x}]", "postprocessing"),
        ("finalizers: [{type: concat}]", "finalizers"),
        (
            "transformations: [{type: query_expression_placeholders, expression: '{field} in x'}]",
            "query_expression_placeholders",
        ),
        ("transformations: [{type: http_placeholders, url: 'http://x'}]", "http_placeholders"),
        ("transformations: [{type: command_placeholders, cmd: id}]", "command_placeholders"),
        (
            "transformations: [{type: nest, items: [{type: command_placeholders, cmd: id}]}]",
            "command_placeholders",
        ),
        ("allowed_backends: [splunk]", "made for splunk"),
    ],
)
def test_what_can_not_work_here_is_refused_by_name(tmp_path, text, what):
    with pytest.raises(UsageError, match=what):
        load_pipeline(write(tmp_path, text))


def test_a_pipeline_that_allows_us_is_taken(tmp_path):
    assert load_pipeline(write(tmp_path, "allowed_backends: [splunk, ksqldb]"))


def test_an_installed_pipeline_that_can_not_work_here_is_refused(monkeypatch):
    pipeline = ProcessingPipeline(
        items=[ProcessingItem(SetStateTransformation("a", "b"))],
        postprocessing_items=[QueryPostprocessingItem(EmbedQueryTransformation(prefix="x"))],
    )
    monkeypatch.setattr(
        "schemagen.detections.pipelines.installed_pipelines", lambda: {"odd": lambda: pipeline}
    )
    with pytest.raises(UsageError, match="postprocessing"):
        load_pipeline("odd")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just text",
        "[]",
        "a: [",
        "a: 1\n---\nb: 2\n",
        "transformations: 5",
        "transformations: [5]",
        "transformations: [{type: nope}]",
        "transformations: [{type: field_name_mapping}]",
        "transformations: {a: b}",
        "transformations: [{type: set_state, key: a, val: b, rule_conditions: [{type: nope}]}]",
        "unknown: 1",
        "vars: 5\nfinalizers: 7",
        "title: r\nlogsource: {product: x}\ndetection: {s: {a: 1}, condition: s}",
        "a: &a [*a]",
    ],
)
def test_a_file_that_is_no_pipeline_is_a_usage_error(tmp_path, text):
    path = write(tmp_path, text)
    with pytest.raises(UsageError, match="pipeline") as caught:
        load_pipeline(path)
    assert path in caught.value.what


def test_a_file_that_is_not_text_is_a_usage_error(tmp_path):
    (tmp_path / "p.yml").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="UTF-8"):
        load_pipeline(str(tmp_path / "p.yml"))


def test_broken_yaml_is_told_with_its_place(tmp_path):
    with pytest.raises(UsageError, match=r"line 2, column \d+"):
        load_pipeline(write(tmp_path, "a: 1\nb: *x\n"))


@pytest.mark.parametrize("spec", ["nope.yml", "./nope", "some/where.yaml"])
def test_a_missing_pipeline_file_is_told(spec):
    with pytest.raises(UsageError, match="no pipeline file"):
        load_pipeline(spec)


def test_a_folder_is_no_pipeline(tmp_path):
    with pytest.raises(UsageError, match="folder"):
        load_pipeline(f"{tmp_path}/")


@pytest.mark.parametrize(
    ("spec", "near"),
    [
        ("winlogbeats", "winlogbeat"),
        ("Winlogbeat", "winlogbeat"),
        ("windows_audit", "windows-audit"),
        ("qqqqqq", "path of a pySigma pipeline file"),
        ("", "winlogbeat"),
    ],
)
def test_an_unknown_name_is_told_with_the_near_ones(spec, near):
    with pytest.raises(UsageError, match="There is no pipeline") as caught:
        load_pipeline(spec)
    assert near in caught.value.hint


def test_the_backends_name_is_the_one_that_pipelines_allow():
    assert sigma.BACKEND == "ksqldb"


# As pySigma's


def test_ours_as_pysigmas_renames_and_adds_the_conditions():
    for name, image, event_id in (
        ("winlogbeat-sysmon", "winlog.event_data.Image", 1),
        ("winlogbeat-security", "winlog.event_data.NewProcessName", 4688),
    ):
        rule = SigmaRule.from_yaml(RULE)
        processing_pipeline(load_pipeline(name)).apply(rule)
        assert rule.detection.detections["s"].detection_items[0].field == image
        added = rule.detection.detections["_events"].detection_items
        assert [item.field for item in added] == ["winlog.channel", "winlog.event_id"]
        assert added[1].value[0] == event_id
        assert rule.detection.parsed_condition[0].condition == "_events and (s)"
        assert rule.fields[-1] == image


def test_ours_as_pysigmas_renames_references_and_lists_of_maps():
    rule = SigmaRule.from_yaml(
        RULE.replace("    Image|endswith: \\x.exe", "    - Image|fieldref: ParentImage\n    - a: 1")
    )
    processing_pipeline(load_pipeline("flat-security")).apply(rule)
    (first, second) = rule.detection.detections["s"].detection_items
    assert first.detection_items[0].field == "NewProcessName"
    assert first.detection_items[0].value[0].field == "ParentProcessName"
    assert second.detection_items[0].field == "a"


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("winlogbeat", "", "", "choose one of them"),
        ("winlogbeat-security", "Image|endswith", "Hashes|contains", "has no field Hashes"),
        ("winlogbeat", "product: windows", "product: linux", "for linux"),
    ],
)
def test_ours_as_pysigmas_refuses_what_one_condition_can_not_say(name, old, new, reason):
    rule = SigmaRule.from_yaml(RULE.replace(old, new))
    with pytest.raises(SigmaTransformationError, match=reason):
        processing_pipeline(load_pipeline(name)).apply(rule)
