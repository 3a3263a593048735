"""The sample rules: they parse, and the sample events hold what each of them looks for."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from sigma.collection import SigmaCollection
from sigma.conditions import ConditionAND, ConditionFieldEqualsValueExpression, ConditionNOT
from sigma.types import SigmaString, SpecialChars

SAMPLES = Path(__file__).parents[2] / "samples"
CORRELATIONS = sorted((SAMPLES / "rules").glob("password_spraying*.yml"))
RULES = sorted(
    path
    for path in (SAMPLES / "rules").glob("*.yml")
    if not path.name.endswith(".test.yml") and path not in CORRELATIONS
)


def data(event):
    return event["winlog"].get("event_data", {})


def of_id(events, code):
    return [event for event in events if event["winlog"]["event_id"] == code]


# --- the story of the article --------------------------------------------------------------------


def test_the_event_of_the_article_has_all_processes_and_no_parent(first):
    (story,) = [
        event for event in of_id(first, "4688") if "fcappdb.exe" in data(event)["CommandLine"]
    ]
    for word in ("Win32_Process", "AvastUI.exe", "AvastSvc.exe", "FortiWF.exe", "xagt.exe"):
        assert word in data(story)["CommandLine"]
    assert "ParentProcessName" not in data(story)
    assert story["host"]["hostname"] == "WKS-0142"


def asks_for_products(event):
    command = data(event).get("CommandLine", "").lower()
    parent = data(event).get("ParentProcessName", "").lower()
    products = ("antispywareproduct", "antivirusproduct", "firewallproduct")
    processes = (
        *("win32_process", "avastui.exe", "avastsvc.exe"),
        *("fortiwf.exe", "xagt.exe", "fcappdb.exe"),
    )
    return (
        any(product in command for product in products)
        and not parent.endswith(("phpstorm64.exe", "pycharm64.exe"))
        and "displayname" in command
        and "productstate" in command
    ) or all(name in command for name in processes)


def like(text, pattern):
    """LIKE as ksqlDB evaluates it: a missing text is an error, `%` stops at the end of a line."""
    if text is None:
        raise TypeError(pattern)
    expression = "".join(".*" if part == "%" else re.escape(part) for part in pattern)
    return re.fullmatch(expression, text) is not None


def statement_of_the_article(event):
    """The article's WHERE; an error in it means that the row is not selected."""
    command, parent = data(event).get("CommandLine"), data(event).get("ParentProcessName")
    products = ("%AntiSpywareProduct%", "%AntiVirusProduct%", "%FirewallProduct%")
    editors = ("%phpstorm64.exe", "%pycharm64.exe")
    processes = (
        *("%Win32_Process%", "%AvastUI.exe%", "%AvastSvc.exe%"),
        *("%FortiWF.exe%", "%xagt.exe%", "%fcappdb.exe%"),
    )
    try:
        return (
            any(like(command, product) for product in products)
            and not any(like(parent, editor) for editor in editors)
            and like(command, "%displayName%")
            and like(command, "%productState%")
        ) or all(like(command, process) for process in processes)
    except TypeError:
        return False


def test_the_statement_of_the_article_finds_one_of_the_four(first):
    must_alert = [event for event in of_id(first, "4688") if asks_for_products(event)]
    found = [event for event in first if statement_of_the_article(event)]
    assert len(must_alert) == 4
    assert [event["@timestamp"][11:16] for event in found] == ["11:02"]
    assert found[0] in must_alert


def leaves_the_company(event):
    address = ipaddress.ip_address(data(event)["DestinationIp"])
    inside = ("192.0.2.0/24", "127.0.0.0/8")
    return not any(address in ipaddress.ip_network(network) for network in inside)


# What each rule must find, said once more without Sigma: the event id that its log source means,
# the condition, and how many events of the first day meet it.
EXPECTED = {
    "antivirus_or_firewall_enumeration": ("4688", asks_for_products, 4),
    "powershell_download_and_execute": (
        "4104",
        lambda e: ".downloadstring(" in data(e).get("ScriptBlockText", "").lower(),
        1,
    ),
    "powershell_encoded_command": (
        "4688",
        lambda e: re.search(r" [-/]enc(odedcommand)? ", data(e)["CommandLine"], re.IGNORECASE),
        2,
    ),
    "service_with_suspicious_path": (
        "7045",
        lambda e: "Temp" in data(e)["ImagePath"] or "ADMIN$" in data(e)["ImagePath"],
        2,
    ),
    "connection_from_user_profile": (
        "3",
        lambda e: (
            data(e)["Image"].startswith("C:\\Users\\")
            and not data(e)["Image"].endswith("\\OneDrive.exe")
            and leaves_the_company(e)
        ),
        4,
    ),
    "network_logon_failed": (
        "4625",
        lambda e: data(e)["LogonType"] == "3" and data(e)["SubStatus"] != "0x0",
        5,
    ),
    "lsass_memory_access": (
        "10",
        lambda e: (
            data(e)["TargetImage"].endswith("\\lsass.exe")
            and data(e)["GrantedAccess"] in {"0x1010", "0x1410"}
            and not data(e)["SourceImage"].endswith("\\MsMpEng.exe")
        ),
        2,
    ),
    "security_log_cleared": ("1102", lambda _: True, 1),
    "account_without_password": ("4720", lambda e: "%%2082" in data(e)["UserAccountControl"], 2),
    "service_installed_by_security_log": ("4697", lambda _: True, 0),
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_rule_has_as_many_events_as_the_readme_says(first, name):
    code, meets, number = EXPECTED[name]
    assert sum(bool(meets(event)) for event in of_id(first, code)) == number
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| `{name}` \|.*\| {number} \|$", readme, re.MULTILINE)


def test_there_are_events_that_a_rule_must_pass_over(first):
    assert any(
        data(event).get("ParentProcessName", "").endswith("pycharm64.exe")
        and "productState" in data(event)["CommandLine"]
        for event in of_id(first, "4688")
    )
    assert any(data(event)["Image"].endswith("\\OneDrive.exe") for event in of_id(first, "3"))
    assert any(
        data(event)["SourceImage"].endswith("\\MsMpEng.exe")
        and data(event)["TargetImage"].endswith("\\lsass.exe")
        and data(event)["GrantedAccess"] == "0x1010"
        for event in of_id(first, "10")
    )


def test_the_later_day_has_both_forms_and_an_alert_in_each(later):
    flat = [event for event in later if isinstance(event["host"], str)]
    whole = [event for event in later if isinstance(event["host"], dict)]
    assert len(flat) > len(later) / 5
    assert len(whole) > len(later) / 5
    assert sum(asks_for_products(event) for event in of_id(flat, "4688")) == 1
    assert sum(asks_for_products(event) for event in of_id(whole, "4688")) == 1


# --- the rules -----------------------------------------------------------------------------------


def test_every_rule_file_has_an_expectation():
    assert sorted(path.stem for path in RULES) == sorted(EXPECTED)


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_a_rule_is_read_by_pysigma_without_an_error(path):
    (rule,) = SigmaCollection.from_yaml(path.read_text(encoding="utf-8")).rules
    assert rule.errors == []
    assert rule.author == "schemagen"
    assert rule.id.version == 4
    assert [condition.parsed for condition in rule.detection.parsed_condition]


def test_rules_have_ids_and_titles_of_their_own():
    rules = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in RULES]
    assert len({rule["id"] for rule in rules}) == len({rule["title"] for rule in rules}) == 10


def documents(*paths):
    return [one for path in paths for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))]


def test_pysigma_resolves_the_correlations():
    read = [path for path in CORRELATIONS if not path.name.endswith(".test.yml")]
    base = SAMPLES / "rules" / "network_logon_failed.yml"
    collection = SigmaCollection.from_dicts(documents(base, *read))
    collection.resolve_rule_references()
    assert [rule.errors for rule in collection] == [[]] * 4


def guesses(event):
    return event["winlog"]["event_id"] == "4625" and data(event)["LogonType"] == "3"


def test_a_window_that_stands_still_misses_the_guesses_over_its_border():
    (cases,) = documents(SAMPLES / "rules" / "password_spraying_succeeded.test.yml")
    spread = [event for event in cases["sequences"][0]["events"] if guesses(event)]
    assert len({data(event)["TargetUserName"] for event in spread}) == 5
    assert spread[-1]["@timestamp"] < spread[0]["@timestamp"].replace("14:39:50", "14:44:50")
    standing = Counter(int(event["@timestamp"][14:16]) // 5 for event in spread)
    assert standing == {7: 3, 8: 2}


def as_like(node):
    """Write a condition as the article does: LIKE, in the order of the rule, ANDs not nested."""
    if isinstance(node, ConditionFieldEqualsValueExpression):
        assert isinstance(node.value, SigmaString)
        pattern = "".join(
            "%" if part is SpecialChars.WILDCARD_MULTI else part for part in node.value.s
        )
        return f"{node.field} LIKE '{pattern}'"
    if isinstance(node, ConditionNOT):
        return f"NOT ({as_like(node.args[0])})"
    if isinstance(node, ConditionAND):
        parts = [
            as_like(part) if isinstance(part, (ConditionAND, ConditionNOT)) else bracketed(part)
            for part in node.args
        ]
        return " AND ".join(parts)
    return " OR ".join(
        f"({as_like(part)})" if isinstance(part, ConditionAND) else as_like(part)
        for part in node.args
    )


def bracketed(node):
    leaf = isinstance(node, ConditionFieldEqualsValueExpression)
    return as_like(node) if leaf else f"({as_like(node)})"


def test_the_rule_of_the_article_says_what_the_article_says_in_its_order():
    path = SAMPLES / "rules" / "antivirus_or_firewall_enumeration.yml"
    (rule,) = SigmaCollection.from_yaml(path.read_text(encoding="utf-8")).rules
    assert rule.fields == ["Host", "CommandLine", "ParentImage"]
    assert as_like(rule.detection.parsed_condition[0].parsed) == (
        "((CommandLine LIKE '%AntiSpywareProduct%' OR CommandLine LIKE '%AntiVirusProduct%'"
        " OR CommandLine LIKE '%FirewallProduct%')"
        " AND NOT (ParentImage LIKE '%phpstorm64.exe' OR ParentImage LIKE '%pycharm64.exe')"
        " AND CommandLine LIKE '%displayName%' AND CommandLine LIKE '%productState%')"
        " OR (CommandLine LIKE '%Win32_Process%' AND CommandLine LIKE '%AvastUI.exe%'"
        " AND CommandLine LIKE '%AvastSvc.exe%' AND CommandLine LIKE '%FortiWF.exe%'"
        " AND CommandLine LIKE '%xagt.exe%' AND CommandLine LIKE '%fcappdb.exe%')"
    )


def test_one_rule_needs_a_field_that_no_event_has(first, later):
    assert not any("ServiceFileName" in data(event) for event in first + later)
    assert sum("UserAccountControl" in data(event) for event in first) == 2
