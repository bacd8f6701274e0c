"""Identifiers are UUIDs of version 7 that grow with time."""

from __future__ import annotations

import time
from types import SimpleNamespace
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import ids


def _milliseconds(value: UUID) -> int:
    return value.int >> 80


def test_version_variant_and_time() -> None:
    before = time.time_ns() // 1_000_000
    made = [ids.new_id() for _ in range(500)]
    after = time.time_ns() // 1_000_000
    for value in made:
        assert value.version == 7
        assert value.variant == RFC_4122
        assert before <= _milliseconds(value) <= after
    assert len(set(made)) == len(made)


def test_ids_of_later_milliseconds_sort_later() -> None:
    made = []
    for _ in range(5):
        made.append(ids.new_id())
        time.sleep(0.002)
    assert made == sorted(made)
    assert [str(value) for value in made] == sorted(str(value) for value in made)


@given(st.lists(st.integers(0, 2**48 - 1), min_size=2))
def test_the_first_48_bits_are_the_time(stamps: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        clock = iter(stamps)
        patch.setattr(ids, "time", SimpleNamespace(time_ns=lambda: next(clock) * 1_000_000 + 999_999))
        made = [ids.new_id() for _ in stamps]
    assert [_milliseconds(value) for value in made] == stamps
    assert all(value.version == 7 and value.variant == RFC_4122 for value in made)
