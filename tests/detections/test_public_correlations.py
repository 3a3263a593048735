"""Correlations in the likeness of those that vendors and pySigma's backends publish.

Each is bound, or refused with a reason that says what of it can't be told.
"""

from __future__ import annotations

import pytest
from correlating import base, bind, rule_id, script

from schemagen.detections.bound import Status

FIELDS = (
    "TargetUserName",
    "TargetDomainName",
    "SubjectUserName",
    "IpAddress",
    "WorkstationName",
    "Computer",
    "ComputerName",
    "User",
    "Image",
    "CommandLine",
    "ServiceName",
    "TicketEncryptionType",
    "ShareName",
    "DestinationIp",
    "DestinationPort",
    "SourceIp",
    "QueryName",
    "userName",
    "sourceIPAddress",
    "eventName",
    "awsRegion",
    "errorCode",
    "recipientAccountId",
    "actor.alternateId",
    "client.ipAddress",
    "src_ip",
    "dst_ip",
    "dst_port",
    "c-ip",
    "cs-host",
    "fieldA",
    "fieldB",
    "fieldC",
    "fieldD",
)
COLUMNS = (
    "`time` VARCHAR, `kind` VARCHAR, `host` VARCHAR, `bytes` BIGINT, `duration` DOUBLE, "
    "`actor` STRUCT<`alternateId` VARCHAR>, `client` STRUCT<`ipAddress` VARCHAR>, "
    "`source` STRUCT<`ip` VARCHAR>, `destination` STRUCT<`ip` VARCHAR>, "
) + ", ".join(f"`{name}` VARCHAR" for name in FIELDS if "." not in name)


def rule(kind, rules, group, timespan, condition=None, **more):
    section = {"type": kind, "rules": rules.split(), "timespan": timespan}
    if group:
        section["group-by"] = group.split()
    if condition:
        section["condition"] = condition
    return {**section, **more}


def at_least(number, field=None, **more):
    return {"gte": number, **more} | ({} if field is None else {"field": field})


WORKING = {
    "Fewer than ten events": rule("event_count", "dns", "Computer", "1h", {"lt": 10}),
    "Not three events": rule("event_count", "dns", "Computer", "1h", {"neq": 3}),
    "Many failed logons of a user": rule(
        "event_count", "logon_failed", "TargetUserName TargetDomainName", "5m", at_least(10)
    ),
    "Many failed logons on a host": rule(
        "event_count", "logon_failed", "ComputerName", "1h", at_least(100)
    ),
    "Password spraying from an address": rule(
        "value_count", "logon_failed", "IpAddress", "10m", at_least(20, "TargetUserName")
    ),
    "Password spraying between two machines": rule(
        "value_count", "logon_failed", "ComputerName WorkstationName", "1d", at_least(100, "User")
    ),
    "Logon from many workstations": rule(
        "value_count", "logon", "TargetUserName", "1h", at_least(5, "WorkstationName")
    ),
    "Brute force that succeeded": rule(
        "temporal_ordered", "many_failed logon", "TargetUserName", "1h"
    ),
    "Enumeration by three commands": rule(
        "temporal", "whoami ipconfig netstat", "ComputerName User", "5m"
    ),
    "Enumeration by two of three commands": rule(
        "temporal", "whoami ipconfig netstat", "ComputerName", "5m", at_least(2)
    ),
    "Error and connection between two addresses": rule(
        "temporal",
        "http_error connection",
        "internal_ip remote_ip",
        "10s",
        aliases={
            "internal_ip": {"http_error": "destination.ip", "connection": "source.ip"},
            "remote_ip": {"http_error": "source.ip", "connection": "destination.ip"},
        },
    ),
    "Kerberoasting": rule(
        "value_count", "ticket", "TargetUserName", "5m", {"gt": 10, "field": "ServiceName"}
    ),
    "AS-REP roasting": rule("event_count", "ticket", "IpAddress", "10m", {"gte": 5}),
    "Share enumeration": rule(
        "value_count", "share", "SubjectUserName IpAddress", "1m", at_least(10, "ShareName")
    ),
    "Port scan": rule(
        "value_count",
        "connection",
        "SourceIp DestinationIp",
        "1m",
        {"gt": 50, "field": "DestinationPort"},
    ),
    "Host scan": rule(
        "value_count", "connection", "SourceIp", "15m", at_least(50, "DestinationIp")
    ),
    "Many DNS queries": rule("event_count", "dns", "Computer", "1m", {"gt": 300}),
    "DNS tunnelling by many names": rule(
        "value_count", "dns", "Computer", "1h", at_least(150, "QueryName")
    ),
    "Cached credentials listed again and again": rule(
        "event_count", "cmdkey", "Computer", "1h", at_least(3)
    ),
    "Encoded command, then a connection": rule(
        "temporal_ordered", "encoded connection", "Computer", "10m"
    ),
    "Service installed after a logon": rule(
        "temporal_ordered", "logon service", "Computer", "30m", aliases={}
    ),
    "Log cleared after a new account": rule(
        "temporal_ordered", "account cleared", "Computer SubjectUserName", "1d"
    ),
    "Console logons that fail": rule("event_count", "aws", "userName", "1h", at_least(5)),
    "Calls in many regions": rule(
        "value_count", "aws", "recipientAccountId", "10m", at_least(4, "awsRegion")
    ),
    "Calls that are denied": rule(
        "value_count", "aws", "sourceIPAddress", "30m", at_least(15, "eventName")
    ),
    "MFA fatigue": rule("event_count", "okta", "actor.alternateId", "10m", at_least(5)),
    "One user from many addresses": rule(
        "value_count", "okta", "actor.alternateId", "2h", at_least(3, "client.ipAddress")
    ),
    "Many downloads": rule(
        "value_sum", "proxy", "c-ip", "1h", {"gt": 1_000_000_000, "field": "bytes"}
    ),
    "Uploads to one host": rule(
        "value_sum", "proxy", "c-ip cs-host", "1d", {"gte": 5_000_000, "field": "bytes"}
    ),
    "Long requests on average": rule(
        "value_avg", "proxy", "cs-host", "15m", {"gt": 2.5, "field": "duration"}
    ),
    "Large transfers at the 95th percentile": rule(
        "value_percentile",
        "proxy",
        "c-ip",
        "1h",
        {"gt": 1_000_000, "field": "bytes", "percentile": 95},
    ),
    "Transfers with a high median": rule(
        "value_median", "proxy", "c-ip", "1h", {"gte": 100_000, "field": "bytes"}
    ),
    "Base rule ten times": rule("event_count", "logon", "fieldC fieldD", "15m", at_least(10)),
    "Fewer than ten values of a field": rule(
        "value_count", "logon", "fieldC", "15m", {"gte": 2, "lt": 10, "field": "fieldD"}
    ),
    "Between 101 and 200 events": rule(
        "event_count", "logon", "fieldA", "1d", {"gt": 100, "lte": 200}
    ),
    "Just five events": rule("event_count", "logon", "fieldA", "1h", {"eq": 5}),
    "Two of a chain": rule(
        "temporal",
        "many_failed account",
        "Computer",
        "1d",
        aliases={"Computer": {"many_failed": "TargetUserName", "account": "TargetUserName"}},
    ),
    "One of two and a third": rule(
        "temporal", "whoami ipconfig netstat", "Computer", "5m", "whoami and (ipconfig or netstat)"
    ),
    "All by a condition": rule(
        "temporal_ordered", "encoded connection", "Computer", "5m", "encoded and connection"
    ),
    "Events of all hosts": rule("event_count", "cleared", "", "1d", at_least(3)),
    "A week of account changes": rule(
        "event_count", "account", "SubjectUserName", "1w", at_least(30)
    ),
    "A chain of a chain": rule("event_count", "spread", "User", "1d", at_least(2)),
}

HELPERS = {
    "many_failed": rule("event_count", "logon_failed", "TargetUserName", "10m", at_least(10)),
    "spread": rule("value_count", "share", "User", "1h", at_least(3, "Computer")),
}

REFUSED = {
    "Fewer events than one": (
        rule("event_count", "dns", "Computer", "1h", {"lt": 1}),
        "no event at all",
    ),
    "At most one value": (
        rule("value_count", "logon", "Computer", "1d", {"lte": 1, "field": "User"}),
        "only when a span is over",
    ),
    "A logon without a logoff": (
        rule("temporal", "logon account", "User", "1h", "logon and not account"),
        "`not` of a rule",
    ),
    "A rare image": (
        rule("value_percentile", "logon", "Computer", "7d", {"lte": 1, "field": "Image"}),
        "Which percentile",
    ),
    "Ten thousand events": (
        rule("event_count", "dns", "Computer", "1h", at_least(10_000)),
        "to count to 4064",
    ),
    "A quarter of a year": (rule("event_count", "dns", "Computer", "90d", at_least(3)), "31 days"),
    "A rule that is not there": (
        rule("event_count", "none", "Computer", "1h", at_least(3)),
        "No rule has the id or name",
    ),
    "A field that is not there": (
        rule("event_count", "dns", "Hostname", "1h", at_least(3)),
        "not in the columns",
    ),
    "A sum of texts that are none": (
        rule("value_sum", "dns", "Computer", "1h", {"gt": 5, "field": "actor"}),
        "not one value",
    ),
    "A range without numbers": (
        rule("event_count", "dns", "Computer", "1h", {"gt": 5, "lt": 6}),
        "No number",
    ),
}

NAMES = (
    "logon",
    "logon_failed",
    "whoami",
    "ipconfig",
    "netstat",
    "http_error",
    "connection",
    "ticket",
    "share",
    "dns",
    "cmdkey",
    "encoded",
    "service",
    "account",
    "cleared",
    "aws",
    "okta",
    "proxy",
)


def documents(sections):
    return [base(name) for name in NAMES] + [
        {"title": title, "id": rule_id(title), "name": title, "correlation": each}
        for title, each in (HELPERS | sections).items()
    ]


def test_there_are_as_many_as_are_promised():
    assert len(WORKING) >= 40
    assert len(WORKING) + len(REFUSED) > 50


def test_they_are_bound_and_written_as_statements(tmp_path):
    found, _ = bind(tmp_path, *documents(WORKING), columns=COLUMNS)
    assert {each.rule.title: each.status for each in found if each.reasons} == {}
    assert len(found) == len(WORKING) + len(HELPERS)
    text = script(tmp_path, *documents(WORKING), columns=COLUMNS)
    for title in WORKING:
        assert f"`id` := '{rule_id(title)}'" in text


@pytest.mark.parametrize("title", REFUSED)
def test_the_others_are_refused_with_a_reason(tmp_path, title):
    section, reason = REFUSED[title]
    found, _ = bind(tmp_path, *documents({title: section}), columns=COLUMNS)
    refused = found[-1]
    assert refused.rule.title == title
    assert refused.status in {Status.UNSUPPORTED, Status.UNBOUND}
    assert reason in refused.reasons[0]
