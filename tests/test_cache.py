"""The cache folder: what is read again, and what is passed over."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from schemagen import cache
from schemagen.cache import Cache, cache_folder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SCHEMAGEN_CACHE", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "schemagen"


def saved(folder, values, context="context", name="rules"):
    before = set(folder.glob("*")) if folder.exists() else set()
    made = Cache(name, context, folder)
    for key, value in values.items():
        made.put(key, value)
    made.save()
    return next(iter({*folder.glob("*")} - before), None)


def found(folder, key, context="context"):
    return Cache("rules", context, folder).get(key)


def test_the_folder_is_that_of_xdg_or_of_the_home(folder, monkeypatch):
    assert cache_folder() == folder
    # A relative one is to be ignored.
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    assert cache_folder() == Path.home() / ".cache" / "schemagen"
    monkeypatch.setenv("SCHEMAGEN_CACHE", "0")
    assert cache_folder() is None


def test_without_a_folder_nothing_is_kept():
    made = Cache("rules", "context", None)
    made.put("a", 1)
    made.save()
    assert made.get("a") == 1


def test_a_value_is_found_again_in_the_same_context_only(folder):
    file = saved(folder, {"a": ["x", 1.5, None], "b": {}})
    assert found(folder, "a") == ["x", 1.5, None]
    assert found(folder, "c") is None
    assert found(folder, "a", "another") is None
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)


def test_what_was_changed_in_its_place_is_kept(folder):
    saved(folder, {"a": {}})
    again = Cache("rules", "context", folder)
    again.get("a")["more"] = 1
    again.changed()
    again.save()
    assert found(folder, "a") == {"more": 1}


def test_values_of_other_rules_stay_while_there_is_room(folder, monkeypatch):
    saved(folder, {"a": 1, "b": 2, "c": 3})
    again = Cache("rules", "context", folder)
    assert again.get("c") == 3
    again.put("d", 4)
    monkeypatch.setattr(cache, "_MOST_ENTRIES", 3)
    again.save()
    assert [found(folder, key) for key in "abcd"] == [1, None, 3, 4]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(b"{}"),
        lambda file: file.write_bytes(file.read_bytes()[:-1]),
        lambda file: file.write_bytes(file.read_bytes() + b"x"),
        lambda file: file.write_bytes(b"\xff\xfe\n" + os.urandom(99)),
        lambda file: file.chmod(0o666),
        lambda file: file.parent.chmod(0o777),
        lambda file: (file.rename(file.with_suffix(".x")), file.symlink_to(file.with_suffix(".x"))),
        lambda file: (file.unlink(), file.mkdir()),
        lambda file: (file.unlink(), os.mkfifo(file)),
    ],
    ids=["empty", "other", "short", "long", "noise", "open", "open folder", "link", "dir", "pipe"],
)
def test_what_is_broken_or_not_safe_is_passed_over(folder, spoil):
    spoil(saved(folder, {"a": 1}))
    assert found(folder, "a") is None


def test_a_file_of_another_context_under_this_name_is_passed_over(folder):
    other = saved(folder, {"a": 1}, "another")
    mine = saved(folder, {"b": 1}, "context", "mine")
    other.rename(folder / mine.name.replace("mine", "rules"))
    assert found(folder, "a") is None


def test_a_folder_that_can_not_be_written_is_no_error(folder):
    folder.write_text("a file")
    made = Cache("rules", "context", folder)
    made.put("a", 1)
    made.save()
    assert folder.read_text() == "a file"


def test_what_json_has_no_form_for_is_no_error(folder):
    made = Cache("rules", "context", folder)
    made.put("a", {1})
    made.save()
    assert found(folder, "a") is None


def test_commands_may_write_side_by_side(folder):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: saved(folder, {"a": "x" * 99_999, "b": n}), range(24)))
    assert found(folder, "a") == "x" * 99_999
    assert len(list(folder.iterdir())) == 1


def test_the_files_used_longest_ago_go(folder, monkeypatch):
    for n in range(5):
        os.utime(saved(folder, {"a": n}, f"context {n}"), (n, n))
    left = folder / ".x.cache"
    left.touch()
    busy = folder / ".y.cache"
    busy.touch()
    os.utime(left, (0, 0))
    Cache("rules", "context 0", folder).save()
    monkeypatch.setattr(cache, "_MOST_FILES", 3)
    saved(folder, {"a": 5}, "context 5")
    # The first was used again, though nothing was to be written.
    kept = [n for n in range(6) if found(folder, "a", f"context {n}") is not None]
    assert kept == [0, 4, 5]
    assert (left.exists(), busy.exists()) == (False, True)
    assert busy.stat().st_mtime > time.time() - 60


def test_nor_do_they_take_more_than_so_many_bytes(folder, monkeypatch):
    for n in range(3):
        os.utime(saved(folder, {"a": os.urandom(999).hex()}, f"context {n}"), (n, n))
    monkeypatch.setattr(cache, "_MOST_BYTES", 2_500)
    saved(folder, {"a": os.urandom(999).hex()}, "context 3")
    assert [found(folder, "a", f"context {n}") is not None for n in range(4)] == [
        False,
        False,
        True,
        True,
    ]
