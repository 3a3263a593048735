"""What is said where nearly all rules are UNBOUND."""

from __future__ import annotations

import pytest
from compiling import bound, loaded, settings, struct

from schemagen.detections.pipelines.recognised import KNOWN
from schemagen.report.pipelines import diagnosis, pipeline_line
from schemagen.workspace.rules import topic_binder

WINLOGBEAT = KNOWN[0]
CLOUDTRAIL = next(known for known in KNOWN if known.pipeline == "cloudtrail")
MISSING = [bound({"CommandLine": str(n), "Image": "x"}) for n in range(9)]
FINE = bound({"S": "x"})


def test_what_is_fine_needs_no_diagnosis():
    assert diagnosis([FINE] * 20, ["none"], []) is None
    assert diagnosis([*MISSING, FINE, FINE], ["none"], []) is None


def test_few_rules_speak_for_themselves():
    assert diagnosis(MISSING[:5], ["none"], []) is None


def test_the_pipeline_that_the_fields_ask_for_is_named():
    text = diagnosis([*MISSING, FINE], ["none"], [WINLOGBEAT])
    assert text == (
        "9 of 10 rules are UNBOUND: the fields look like Winlogbeat 7 or 8. "
        "Try --pipeline winlogbeat."
    )


def test_without_a_pipeline_all_are_listed():
    text = diagnosis([*MISSING, FINE], ["none"], [])
    assert "no pipeline says where the events have Sigma's fields" in text
    assert "cloudtrail, flat, none, winlogbeat" in text


def test_with_the_right_one_it_says_what_the_topic_lacks():
    text = diagnosis([*MISSING, FINE], ["winlogbeat"], [WINLOGBEAT])
    assert text == (
        "9 of 10 rules are UNBOUND: the topic lacks what they need most: "
        "`CommandLine` (9 rules), `Image` (9 rules)."
    )


def test_rules_for_another_product_are_named_by_their_reason():
    bind = topic_binder(settings(pipelines=("cloudtrail",)), struct("S VARCHAR"), None).bind
    windows = {"product": "windows"}
    rules = [bind(loaded({"S": str(n)}, logsource=windows)) for n in range(10)]
    text = diagnosis(rules, ["cloudtrail"], [CLOUDTRAIL])
    assert text == (
        "10 of 10 rules are UNBOUND: `cloudtrail` maps events of aws, the rule is for windows "
        "(10 rules)."
    )


@pytest.mark.parametrize(("logsource", "status"), [
    ({"product": "aws", "service": "cloudtrail"}, "BOUND"),
    ({"product": "AWS"}, "BOUND"),
    ({"service": "cloudtrail"}, "BOUND"),
    ({"product": "aws", "service": "guardduty"}, "UNBOUND"),
    ({"product": "azure"}, "UNBOUND"),
    ({"category": "process_creation"}, "UNBOUND"),
])  # fmt: skip
def test_a_topic_of_one_service_takes_its_rules_alone(logsource, status):
    bind = topic_binder(settings(pipelines=("cloudtrail",)), struct("S VARCHAR"), None).bind
    assert str(bind(loaded({"S": "x"}, logsource=logsource)).status) == status


def test_the_line_of_a_pipeline_that_was_found():
    assert pipeline_line(["winlogbeat"], [WINLOGBEAT]) == (
        "Pipeline: `winlogbeat`, for the fields look like Winlogbeat 7 or 8."
    )
    assert pipeline_line(["none"], []).endswith("look like no events that are known.")
