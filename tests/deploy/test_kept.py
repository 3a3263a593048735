"""The file that keeps the places of queries while they are not there."""

from __future__ import annotations

import pytest

from schemagen.deploy.kept import KeptPlaces


@pytest.fixture
def kept(tmp_path):
    return KeptPlaces(tmp_path / ".schemagen" / "places.json", "C")


def test_a_place_is_found_until_the_query_goes_on(kept):
    kept.keep("one", [("events", 0, 17), ("events", 1, 4)])
    kept.keep("two", [("events", 0, 9)])
    again = KeptPlaces(kept.path, "C")
    assert again.find("one") == [("events", 0, 17), ("events", 1, 4)]
    again.forget("one")
    assert again.find("one") == []
    assert again.find("two") == [("events", 0, 9)]
    again.forget("two")
    assert not kept.path.exists()


def test_a_group_of_the_same_name_in_another_cluster_is_another(kept):
    kept.keep("one", [("events", 0, 17)])
    other = KeptPlaces(kept.path, "OTHER")
    assert other.find("one") == []
    other.forget("one")
    assert kept.find("one") == [("events", 0, 17)]


@pytest.mark.parametrize("text", ["", "not JSON", "[]", '{"C/one": 7}', '{"C/one": [["events"]]}'])
def test_a_file_that_is_broken_knows_no_place(kept, text):
    kept.path.parent.mkdir()
    kept.path.write_text(text)
    assert kept.find("one") == []
    kept.keep("one", [("events", 0, 1)])
    assert kept.find("one") == [("events", 0, 1)]
