"""Rules bound to the columns of a stream: their status, and why."""

from __future__ import annotations

import pytest
from compiling import binder, bound, loaded, predicate, struct

from schemagen.detections.bound import Status
from schemagen.detections.column_index import ColumnIndex
from schemagen.ksqldb.dialect import write_expression
from schemagen.profile.profile import Profile

PROCESS = {"product": "windows", "category": "process_creation"}
WINLOG = """
  winlog STRUCT<channel VARCHAR, event_id {id},
    event_data STRUCT<Image VARCHAR, CommandLine VARCHAR, NewProcessName VARCHAR,
      ParentProcessName VARCHAR, `ProcessId` VARCHAR, `ProcessID` VARCHAR>>
"""


def evidence(*messages):
    profile = Profile()
    profile.add(list(messages))
    return profile.root


def windows(detection, kind="BIGINT", seen=None, **more):
    binding = binder(WINLOG.format(id=kind), seen, ["winlogbeat"])
    return binding.bind(loaded(detection, logsource=PROCESS, **more))


def test_each_kind_of_events_has_its_own_conditions_and_fields():
    found = windows({"Image|endswith": "\\cmd.exe"})
    assert found.status is Status.BOUND
    assert found.sources == ("sysmon 1", "security 4688")
    assert write_expression(found.predicate) == (
        "(LCASE(winlog->channel) = 'microsoft-windows-sysmon/operational' "
        "AND winlog->event_id = 1 "
        r"AND SUBSTRING(LCASE(winlog->event_data->Image), -8) = '\cmd.exe') "
        "OR (LCASE(winlog->channel) = 'security' AND winlog->event_id = 4688 "
        r"AND SUBSTRING(LCASE(winlog->event_data->NewProcessName), -8) = '\cmd.exe')"
    )


def test_a_literal_takes_the_type_of_its_column():
    text = write_expression(windows({"Image": "x"}, "VARCHAR").predicate)
    assert "LCASE(winlog->event_id) = '1'" in text


def test_a_kind_of_events_that_never_has_a_field_is_left_out_and_it_is_said():
    found = windows({"OriginalFileName": "x", "Image": "y"})
    assert found.status is Status.UNBOUND
    found = windows({"ParentCommandLine": "x"})
    assert any("never have `ParentCommandLine`" in reason for reason in found.reasons)


@pytest.mark.parametrize(
    ("seen", "status", "sources"),
    [
        ({"channel": "Security", "event_id": 4688}, Status.BOUND, ("security 4688",)),
        ({"channel": "Security", "event_id": 4624}, Status.NEVER, ("sysmon 1", "security 4688")),
        ({"channel": "Application", "event_id": 1}, Status.NEVER, ("sysmon 1", "security 4688")),
        ({"event_id": 4688}, Status.NEVER, ("sysmon 1", "security 4688")),
    ],
)
def test_a_kind_that_no_sampled_event_can_have_been_of_is_never_true(seen, status, sources):
    data = {"Image": "a", "NewProcessName": "b"}
    found = windows({"Image": "x"}, seen=evidence({"winlog": {**seen, "event_data": data}}))
    assert found.status is status
    assert found.sources == sources
    assert found.deployable


def test_without_a_field_that_it_needs_a_rule_is_unbound_and_near_names_are_suggested():
    found = bound({"CommandLin": "x"}, "CommandLine VARCHAR, Image VARCHAR")
    assert found.status is Status.UNBOUND
    assert found.predicate is None
    (field,) = found.unbound
    assert (field.name, field.paths, field.needed) == ("CommandLin", ("CommandLin",), True)
    assert field.suggestions == ("CommandLine",)
    assert "`CommandLin` is not in the columns (there is `CommandLine`)" in found.reasons[0]


@pytest.mark.parametrize("name", ["commandline", "Command Line", "COMMAND_LINE"])
def test_names_that_differ_by_blanks_or_case_bind(name):
    columns = "`CommandLines` VARCHAR, `CommandLine` VARCHAR"
    assert predicate({name: "x"}, columns) == "LCASE(`CommandLine`) = 'x'"


def test_sensors_of_zeek_that_name_their_fields_otherwise_share_a_topic():
    columns = (
        "_path VARCHAR, `@stream` VARCHAR, `id.resp_p` BIGINT, id_resp_p BIGINT, `query` VARCHAR"
    )
    rule = loaded({"id.resp_p": 53, "query": "x"}, logsource={"product": "zeek", "service": "dns"})
    assert write_expression(binder(columns, None, ["zeek"]).bind(rule).predicate) == (
        "(LCASE(_path) = 'dns' OR LCASE(`@stream`) = 'dns') "
        "AND (`id.resp_p` = 53 OR id_resp_p = 53) AND LCASE(`query`) = 'x'"
    )


def test_a_rule_that_names_zeeks_log_itself_means_it_under_either_name():
    rule = loaded({"_path": "dns", "query": "x"}, logsource={"product": "zeek"})
    found = binder("`@stream` VARCHAR, `query` VARCHAR", None, ["zeek"]).bind(rule)
    assert write_expression(found.predicate) == "LCASE(`@stream`) = 'dns' AND LCASE(`query`) = 'x'"


def test_where_nothing_tells_the_events_it_is_said_what_a_topic_of_nothing_else_needs():
    rule = loaded({"query": "x"}, logsource={"product": "zeek", "service": "dns"})
    found = binder("uid VARCHAR, `query` VARCHAR", None, ["zeek"]).bind(rule)
    assert found.status is Status.UNBOUND
    (reason,) = found.reasons
    assert reason == (
        "dns: the columns lack what tells these events (_path); a topic of nothing else needs "
        '`logsource = "assumed"`.'
    )


@pytest.mark.parametrize(
    ("field", "is_told"),
    [("cs-uri-stem", True), ("cs-uri-query", True), ("cs-method", False)],
)
def test_what_zeek_holds_together_is_told_of_the_rules_that_ask_for_a_part(field, is_told):
    web = binder("_path VARCHAR, uri VARCHAR, method VARCHAR", None, ["zeek"])
    found = web.bind(loaded({field: "x"}, logsource={"category": "webserver"}))
    assert found.status is Status.BOUND
    assert any("misses events" in remark for remark in found.remarks) is is_told


def test_an_underscore_at_the_beginning_is_part_of_a_name():
    assert bound({"_path": "x"}, "path VARCHAR").status is Status.UNBOUND
    assert predicate({"_path": "x"}, "path VARCHAR, `_Path` VARCHAR") == "LCASE(`_Path`) = 'x'"


def test_a_column_without_back_ticks_reads_the_key_in_any_case():
    assert predicate({"CommandLine": "x"}, "commandline VARCHAR") == "LCASE(commandline) = 'x'"


def test_every_spelling_that_the_columns_have_is_read():
    columns = "`ProcessId` VARCHAR, `ProcessID` VARCHAR, `Process` VARCHAR"
    assert predicate({"ProcessID": "x"}, columns) == (
        "LCASE(`ProcessID`) = 'x' OR LCASE(`ProcessId`) = 'x'"
    )


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("a or b", Status.BOUND),
        ("a and b", Status.UNBOUND),
        ("b", Status.UNBOUND),
        ("a and not b", Status.UNFILTERED),
        ("not b", Status.UNFILTERED),
        ("a and not (a and b)", Status.UNFILTERED),
        ("a or (b and not b)", Status.BOUND),
    ],
)
def test_a_missing_field_matters_only_where_the_rule_cannot_match_without_it(condition, status):
    found = bound({"a": {"S": "x"}, "b": {"Nowhere": "y"}, "condition": condition})
    assert found.status is status
    if status is Status.BOUND:
        assert any("`Nowhere` is not in the columns" in remark for remark in found.remarks)


def test_a_needed_field_that_is_hardly_ever_there_makes_a_rule_rare():
    seen = evidence(*[{"S": "x"}] * 1999, {"S": "x", "T": "y"})
    rare = bound({"T": "y"}, evidence=seen)
    assert (rare.status, rare.field("T").presence) == (Status.RARE, 1 / 2000)
    assert rare.reasons == ("`T` is in 0.050% of the sampled events.",)
    other_branch = bound([{"T": "y"}, {"S": "x"}], evidence=seen)
    assert other_branch.status is Status.BOUND
    assert bound({"T": "y"}, evidence=seen, rare=0.0001).status is Status.BOUND


def test_presence_is_counted_through_maps_arrays_and_spellings():
    seen = evidence({"M": {"k": 1}, "A": [1, None]}, {"s": "x", "A": []}, {"S": None}, {})
    found = bound({"M.k": "x", "A": "y", "S": "z"}, evidence=seen)
    assert found.field("M.k").presence == 0.25
    assert found.field("A").presence == 0.25
    assert found.field("S").presence == 0.25


def test_a_folded_map_does_not_tell_its_keys_apart():
    seen = evidence({"M": {"k": "v"}})
    seen.fields["M"].collapse()
    assert bound({"M.other": "x"}, evidence=seen).field("M.other").presence is None


@pytest.mark.parametrize(
    ("detection", "status"),
    [
        ({"N": "text"}, Status.TYPE_CLASH),
        ({"a": {"S": "x"}, "b": {"N": "text"}, "condition": "a or b"}, Status.BOUND),
        ({"R": "x"}, Status.TYPE_CLASH),
        ({"D|contains": "1"}, Status.TYPE_CLASH),
        ({"a": {"S": "x"}, "b": {"D|re": "1"}, "condition": "a and not b"}, Status.TYPE_CLASH),
        ({"N": ["text", 3]}, Status.BOUND),
    ],
)
def test_a_type_that_cannot_be_compared_clashes(detection, status):
    assert bound(detection).status is status


def test_what_cannot_be_expressed_says_why():
    found = bound({"S|re": "(a)(?(1)b|c)"})
    assert found.status is Status.UNSUPPORTED
    assert "Java" in found.reasons[0]


def test_a_log_source_that_the_topic_does_not_carry_is_unbound():
    found = binder(WINLOG.format(id="INT"), None, ["winlogbeat"]).bind(
        loaded({"S": "x"}, logsource={"product": "linux"})
    )
    assert found.status is Status.UNBOUND
    assert "linux" in found.reasons[0]


def test_keywords_are_looked_for_in_the_columns_that_are_named():
    detection = {"keywords": ["Mimikatz", 17], "condition": "keywords"}
    assert bound(detection).status is Status.UNSUPPORTED
    assert predicate(detection, keywords=["S", "R.*"]) == (
        "INSTR(LCASE(S), 'mimikatz') > 0 OR INSTR(LCASE(S), '17') > 0 "
        "OR INSTR(LCASE(R->X), 'mimikatz') > 0 OR INSTR(LCASE(R->X), '17') > 0 "
        "OR INSTR(LCASE(R->`x.y`), 'mimikatz') > 0 OR INSTR(LCASE(R->`x.y`), '17') > 0"
    )


def test_like_says_what_it_loses():
    assert any("line break" in remark for remark in bound({"S": "x*"}, matching="like").remarks)


def test_json_text_is_read_where_objects_were_seen_in_it():
    columns = "J VARCHAR, S VARCHAR"
    seen = evidence({"J": {"a": 1}}, {"J": "text"}, {"S": "x"})
    assert bound({"J.a": "1"}, columns, evidence=seen).status is Status.BOUND
    assert bound({"S.a": "1"}, columns, evidence=seen).status is Status.UNBOUND


def test_a_key_with_a_dot_is_meant_where_the_columns_have_it():
    columns = ColumnIndex(struct("`id.orig_h` VARCHAR, id STRUCT<orig_p INT>"))
    assert [one.path for one in columns.find("id.orig_h")] == [("id.orig_h",)]
    assert [one.path for one in columns.find("id.orig_p")] == [("id", "orig_p")]
    assert columns.find("id.nothing") == ()


def test_the_parameter_of_a_lambda_is_no_columns_name():
    written = predicate({"A": "x"}, "A ARRAY<VARCHAR>, item VARCHAR")
    assert written == "ARRAY_LENGTH(FILTER(A, ITEM1 => LCASE(ITEM1) = 'x')) > 0"


def test_a_condition_that_no_statement_can_hold_is_unsupported_and_stops_no_other():
    values = [f"{n:05}" * 12 for n in range(5_500)]
    found = bound({"S": values})
    assert found.status is Status.UNSUPPORTED
    assert "fit a statement with its plan: split its lists into several rules." in found.reasons[0]
    assert bound({"S": values[:1_000]}).status is Status.BOUND
