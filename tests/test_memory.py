from __future__ import annotations

import gc

import pytest

from schemagen.memory import without_collections


class Linked:
    def __init__(self):
        self.own = self


@pytest.fixture
def searches():
    """Count the searches for cycles by the generation that they go through."""
    found = []

    def note(phase, info):
        if phase == "start":
            found.append(info["generation"])

    gc.collect()
    gc.callbacks.append(note)
    yield found
    gc.callbacks.remove(note)


def test_no_cycle_is_looked_for_while_the_context_lasts(searches):
    with without_collections():
        kept = [Linked() for _ in range(100_000)]
    assert len(kept) == 100_000
    assert searches == []


def test_what_was_made_in_the_context_is_old_after_it():
    with without_collections():
        kept = [Linked() for _ in range(100_000)]
    young = {id(each) for each in gc.get_objects(0)}
    assert not young & {id(each) for each in kept}


def test_a_context_in_a_context_ends_nothing():
    with without_collections():
        with without_collections():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_who_looks_for_no_cycles_at_all_is_left_alone():
    gc.disable()
    try:
        with without_collections():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_others_froze_stays_frozen():
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with without_collections():
            pass
        assert gc.get_freeze_count() >= frozen - 100  # what was freed meanwhile apart
    finally:
        gc.unfreeze()


def test_cycles_are_found_again_after_an_error():
    with pytest.raises(ValueError, match="broken"), without_collections():
        raise ValueError("broken")
    assert gc.isenabled()
