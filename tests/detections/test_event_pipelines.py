"""Our own pipelines: the right events, and the right fields in them."""

from __future__ import annotations

import pytest
from sigma.pipelines.common import windows_logsource_mapping
from sigma.pipelines.sysmon.sysmon import sysmon_generic_logsource_eventid_mapping
from sigma.pipelines.windows.windows import generic_logsource_to_windows_audit_event_mapping
from sigma.rule import SigmaLogSource

from schemagen.detections.pipelines import (
    Candidates,
    builtin_names,
    load_pipeline,
)
from schemagen.detections.pipelines.windows import categories, services

SYSMON_CHANNEL = "Microsoft-Windows-Sysmon/Operational"
WINDOWS = [name for name in builtin_names() if name not in {"none", "cloudtrail", "zeek"}]


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


def test_zeek_tells_the_log_of_a_service_by_what_the_record_says_it_is():
    dns = only("zeek", service="dns", product="zeek")
    (condition,) = dns.conditions
    assert condition.candidates == Candidates(("_path", "@stream"))
    assert condition.values == ("dns",)
    assert dns.candidates("query") == Candidates(("query",))
    assert dns.candidates("id.resp_p") == Candidates(("id.resp_p", "id_resp_p"))


@pytest.mark.parametrize(
    ("category", "log", "field", "column"),
    [
        ("dns", "dns", "record_type", "qtype_name"),
        ("firewall", "conn", "dst_port", "id.resp_p"),
        ("proxy", "http", "c-useragent", "user_agent"),
        ("webserver", "http", "sc-status", "status_code"),
    ],
)
def test_a_log_of_zeek_serves_a_category_with_its_own_names(category, log, field, column):
    found = only("zeek", category, product=None)
    assert (found.name, picks(found)) == (log, {"_path": (log,)})
    assert found.candidates(field).paths[0] == column


def test_a_rule_for_all_of_zeek_is_about_every_log():
    assert only("zeek", product="zeek").conditions == ()


def test_where_a_topic_of_zeek_has_one_log_the_log_is_no_condition():
    pipeline = load_pipeline("zeek").without_conditions()
    (found,) = pipeline.resolve(SigmaLogSource(product="zeek", service="x509")).alternatives
    assert (found.name, found.conditions) == ("x509", ())


@pytest.mark.parametrize(
    ("logsource", "reason"),
    [
        ({"category": "process_creation"}, "for windows"),
        ({"category": "file_event", "product": "zeek"}, "serves the category `file_event`"),
        ({"service": "cloudtrail", "product": None}, "for cloudtrail"),
    ],
)
def test_what_zeek_does_not_log_is_told(logsource, reason):
    found = resolve("zeek", **logsource)
    assert found.alternatives == ()
    assert reason in found.reason


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
