"""Searches among records: how far they look, and how failures are grouped."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from docassemble.Scheduler.core.run import Outcome, Status, instant_of, least_id, new_run_id
from docassemble.Scheduler.management.search import (
    FIRST_WINDOW,
    GROWTH,
    LAST_WINDOW,
    QUICK,
    SEARCH_TIMEOUT,
    find,
    without_numbers,
)
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.store.records import RunPage, RunQuery
from docassemble.Scheduler.testing import ManualClock
from tests.unit.management.managers import FUNCTION, NOON, Management

MINUTE = timedelta(minutes=1)


@dataclass
class Slow:
    """A store in which each look takes so long, finds nothing, and is never the last one before `end`."""

    clock: ManualClock
    seconds: float
    end: int = 1_000
    windows: list[int] = field(default_factory=list)

    def page(self, query, window):
        self.clock.sleep(self.seconds)
        self.windows.append(window)
        return RunPage(runs=(), before=None if len(self.windows) == self.end else "0" * 32)


def test_a_search_that_finds_nothing_ends_after_a_moment_and_says_how_to_go_on():
    clock = ManualClock(NOON)
    store = Slow(clock, SEARCH_TIMEOUT / 2)
    assert find(store, clock, RunQuery(text="x")) == RunPage(runs=[], before="0" * 32)
    assert store.windows == [FIRST_WINDOW] * 2


def test_a_search_looks_at_more_records_at_a_time_while_that_is_quick():
    clock = ManualClock(NOON)
    store = Slow(clock, QUICK / 4, end=6)
    assert find(store, clock, RunQuery(text="x")).before is None
    grown = [FIRST_WINDOW * GROWTH**power for power in range(6)]
    assert store.windows == [min(each, LAST_WINDOW) for each in grown]


@dataclass
class Steady(Slow):
    """A store in which a look takes as long as there are records to be looked at."""

    def page(self, query, window):
        self.clock.sleep(self.seconds * window)
        self.windows.append(window)
        return RunPage(runs=(), before="0" * 32)


@pytest.mark.parametrize("seconds", [1e-7, 1e-6, 2.4e-6, 5e-6, 1e-5, 3.9e-5, 1e-4])
def test_the_last_look_of_a_search_is_no_longer_than_there_is_time_for(seconds):
    clock = ManualClock(NOON)
    began, store = clock.monotonic(), Steady(clock, seconds)
    find(store, clock, RunQuery(text="x"))
    shortest = FIRST_WINDOW * seconds
    assert SEARCH_TIMEOUT - shortest <= clock.monotonic() - began <= SEARCH_TIMEOUT + shortest + 1e-6


def management():
    """Return a job that ran in the minutes 1 to 4, with one failure after the other."""
    made = Management(block={name: {"function": FUNCTION, "minutes": 1} for name in ("one", "two")})
    for minute, name, error in (
        (1, "one", ValueError("no case 17\nsecond line")),
        (2, "two", ValueError("no case 17")),
        (3, "one", ValueError("no case 4,711")),
        (4, "one", KeyError("x")),
    ):
        due = NOON + minute * MINUTE
        (claim,) = made.store.claim([ClaimRequest(made.registry.find(name))], due)
        made.store.finish(claim.run, Outcome(status=Status.FAILED, started=due, finished=due, error=error))
    return made


def test_failures_are_grouped_by_job_and_error_without_its_numbers():
    found = management().manager.failures(RunQuery())
    assert [(each.job, each.error, each.count) for each in found.groups] == [
        ("one", "KeyError: 'x'", 1),
        ("one", "ValueError: no case #", 2),
        ("two", "ValueError: no case #", 1),
    ]
    assert (found.count, found.since) == (4, None)


def test_a_group_leads_to_its_runs():
    manager = management().manager
    group = manager.failures(RunQuery(job="one")).groups[-1]
    assert (group.first, group.last) == (NOON + MINUTE, NOON + 3 * MINUTE)
    newest, oldest = manager.page(RunQuery(job=group.job, error=group.error)).runs
    assert (newest.id, oldest.due) == (group.newest, NOON + MINUTE)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        ("E: no case 17", "E: no case #"),
        ("E: no case 18 of 20.5 at 10:30", "E: no case # of # at #:#"),
        ("E: <Case object at 0x7f4c2e8190d0>", "E: <Case object at #>"),
        ("E: session 2f9c41a0-11d2-4b3e-9a77-0123456789ab is gone", "E: session # is gone"),
        ("E: run 019aa7b2c1d04f0f8a51c3ce3a9b7e21", "E: run #"),
        ("E: decade, facade, deadbeefdeadbeef", "E: decade, facade, deadbeefdeadbeef"),
        ("\nE: first\nsecond 2", "E: first"),
        ("", ""),
        ("E: " + "x" * 500, "E: " + "x" * 197),
    ],
)
def test_what_differs_from_time_to_time_is_left_out_of_an_error(error, line):
    assert without_numbers(error) == line


def test_an_unstorable_text_is_found_nowhere():
    manager = management().manager
    assert manager.page(RunQuery(text="\0")) == RunPage(runs=())
    assert manager.failures(RunQuery(job="\ud800")).groups == ()


def test_identifiers_tell_when_they_were_made():
    made = new_run_id(NOON)
    assert instant_of(made) == NOON
    assert least_id(NOON) < made < least_id(NOON + timedelta(milliseconds=1))
    assert least_id(NOON - timedelta(days=40_000)) == "0" * 12
