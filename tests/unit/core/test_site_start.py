"""When the site has started (C30)."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.site import SETTLED, YOUNG, SiteStart, note_start

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
LATER = NOON + timedelta(hours=1)
OLD = YOUNG + 1


def last(*boots, number=3):
    return SiteStart(number=number, at=NOON, boots=frozenset(boots))


@pytest.mark.parametrize(
    ("before", "up", "is_start"),
    [
        pytest.param(None, {"a": 0}, True, id="the first start of all"),
        pytest.param(None, {"a": OLD}, True, id="the first look of all"),
        pytest.param(last("a"), {}, False, id="nobody is up"),
        pytest.param(last("a"), {"a": OLD}, False, id="nothing has happened"),
        pytest.param(last("a"), {"b": 0}, True, id="the only server has restarted"),
        pytest.param(last("a"), {"a": OLD, "b": 0}, False, id="another server comes later"),
        pytest.param(last("a", "b"), {"a": OLD}, False, id="one of two has gone"),
        pytest.param(last("a", "b"), {"a": OLD, "c": 0}, False, id="one of two has restarted"),
        pytest.param(last("a", "b"), {"c": 5, "d": 0}, True, id="both have restarted, one after the other"),
        pytest.param(last("a", "b"), {"c": OLD, "d": 0}, False, id="both have, on different days"),
        pytest.param(last("a", "b"), {"c": OLD}, False, id="one of those was switched off for good"),
        pytest.param(
            last("a"), {"later": OLD, "b": 0}, False, id="one that came later was there all the time"
        ),
    ],
)
def test_the_site_starts_when_nobody_is_left_and_all_others_are_young(before, up, is_start):
    noted = note_start(before, up, LATER)
    assert (noted is not None and noted.at == LATER) is is_start
    if is_start:
        assert noted.boots == set(up)
        assert noted.number == (1 if before is None else before.number + 1)


@pytest.mark.parametrize(
    ("before", "up", "boots"),
    [
        pytest.param(last("a"), {"a": SETTLED, "b": SETTLED}, {"a", "b"}, id="started together"),
        pytest.param(last("a"), {"a": 50, "b": SETTLED - 1}, None, id="maybe the other one has died before"),
        pytest.param(last("a"), {"a": OLD, "b": SETTLED}, None, id="came later"),
        pytest.param(last("a", "b"), {"a": 30, "c": SETTLED}, None, id="restarted soon after the start"),
    ],
)
def test_who_joins_a_young_site_takes_part_in_its_start(before, up, boots):
    noted = note_start(before, up, LATER)
    assert (noted and (noted.at, noted.boots)) == (boots and (NOON, boots))


def test_two_restarts_in_a_row_are_two_starts_though_the_servers_come_and_go_one_by_one():
    start, starts = None, []
    for up in ["a b", "a", "a", "a d", "d", "c d", "d", "d e", "e", "e f"]:
        noted = note_start(start, dict.fromkeys(up.split(), SETTLED), LATER)
        if noted is not None and (start is None or noted.at > start.at):
            starts.append(up)
        start = noted or start
    assert starts == ["a b", "d", "e"]


def test_the_due_time_only_moves_forward_though_the_clock_does_not():
    assert note_start(last("a"), {"b": 0}, NOON - timedelta(hours=1)).at > NOON


names = st.sampled_from(["a", "b", "c", "d", "e"])


@given(st.frozensets(names, min_size=1), st.dictionaries(names, st.integers(0, 2 * YOUNG)))
def test_as_long_as_one_is_left_that_was_there_the_site_has_not_started(boots, up):
    noted = note_start(last(*boots), up, LATER)
    if boots & set(up):
        assert noted is None or noted.at == NOON
    if noted is not None:
        assert noted.boots == set(up)
        assert note_start(noted, up, LATER) is None


@given(st.dictionaries(names, st.integers(0, YOUNG), min_size=1))
def test_a_restart_of_all_is_one_start_whoever_looks_first(up):
    noted = note_start(last("x", "y"), up, LATER)
    assert noted.at == LATER
    assert note_start(noted, up, LATER) is None
