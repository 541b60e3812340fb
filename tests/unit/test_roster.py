"""The roster: jobs of the configuration, jobs that were added, and which wins."""

import json
import threading

import pytest

from docassemble.Scheduler.core.errors import StoreUnavailable, UnknownJob
from docassemble.Scheduler.core.problem import Problem
from docassemble.Scheduler.management.registry import Roster
from docassemble.Scheduler.testing import ManualClock, MemoryStore, MemoryWorld
from tests.unit.offices import ALICE, FUNCTION, LOGGER, NOON, Desk, configuration

ADDED = {"function": FUNCTION, "every": "5 minutes"}


def two():
    world = MemoryWorld()
    return Desk(world), Desk(world, name="two")


def test_a_job_that_another_process_added_is_there_after_a_look():
    one, other = two()
    one.office.add("added", ADDED, ALICE)
    assert "added" not in other.roster.jobs.known
    other.roster.refresh()
    assert list(other.roster.jobs.known) == ["minutely", "off", "added"]
    assert list(other.roster.jobs.here) == ["minutely", "added"]
    assert other.roster.jobs.cursors == {"minutely": NOON, "added": NOON}


def test_what_has_not_changed_stays_the_same_object():
    one, other = two()
    one.office.add("added", ADDED, ALICE)
    other.roster.refresh()
    before = other.roster.jobs
    other.roster.refresh()
    assert other.roster.jobs is before
    one.office.add("more", ADDED, ALICE)
    other.roster.refresh()
    assert other.roster.jobs.known["added"] is before.known["added"]


def test_what_was_replaced_or_cancelled_is_seen():
    one, other = two()
    one.office.add("added", ADDED, ALICE)
    other.roster.refresh()
    one.office.add("added", {**ADDED, "args": ["new"]}, ALICE)
    other.roster.refresh()
    assert other.roster.find("added").args == ("new",)
    one.office.cancel("added", ALICE)
    other.roster.refresh()
    with pytest.raises(UnknownJob):
        other.roster.find("added")


def test_a_job_of_the_configuration_wins_over_an_added_one(caplog):
    world = MemoryWorld()
    Desk(world, block={}).office.add("minutely", ADDED, ALICE)
    later = Desk(world)
    later.roster.refresh()
    assert later.roster.find("minutely").params == {"seconds": 60}
    assert later.roster.jobs.additions == {}
    assert "the one of that name in the configuration wins" in caplog.text


def test_a_job_that_this_server_cannot_make_anything_of_is_a_problem_and_nothing_else(caplog):
    one, other = two()
    one.office.add("good", ADDED, ALICE)
    job = one.roster.find("minutely")
    text = json.dumps({"function": FUNCTION, "every": "blue moon"})
    one.store.add(job, text, since=NOON, now=NOON, by=ALICE.name)
    world = one.store.world
    world.added["bad"], world.jobs["bad"] = world.added.pop("minutely"), world.jobs["minutely"]
    other.roster.refresh()
    assert "good" in other.roster.jobs.known
    assert "bad" not in other.roster.jobs.known
    assert [problem.path for problem in other.roster.problems] == [("added jobs", "bad", "every")]
    assert caplog.text.count("bad-duration") == 1
    other.roster.refresh()
    assert caplog.text.count("bad-duration") == 1


class Picky(MemoryStore):
    """A store that does not keep some jobs."""

    def __init__(self, world, unkept):
        super().__init__(world)
        self.unkept = unkept
        self.seen = []

    def see(self, jobs, now):
        self.seen.append([job.name for job in jobs])
        return super().see([job for job in jobs if job.name not in self.unkept], now)


def picky(unkept):
    block = {name: {"function": FUNCTION, "minutes": 1} for name in ("good", "odd")}
    store = Picky(MemoryWorld(), unkept)
    return Roster(configuration(block), store=store, clock=ManualClock(NOON), logger=LOGGER), store


def test_a_job_that_the_database_does_not_keep_is_a_problem_and_all_others_run(caplog):
    roster, store = picky({"odd"})
    roster.take_up()
    assert (list(roster.jobs.here), list(roster.jobs.known)) == (["good"], ["good", "odd"])
    assert set(roster.jobs.here) == set(roster.jobs.cursors)
    (problem,) = roster.problems
    assert (problem.code, problem.path) == ("not-in-database", ("scheduler", "odd"))
    roster.recover()
    assert store.seen == [["good", "odd"], ["odd"]]
    assert caplog.text.count("not-in-database") == 1
    store.unkept = set()
    roster.recover()
    assert (list(roster.jobs.here), roster.problems) == (["good", "odd"], [])
    roster.recover()
    assert len(store.seen) == 3


def test_a_lost_job_is_taken_up_again_and_told_once(caplog):
    roster, store = picky(set())
    roster.take_up()
    before = roster.jobs.here["odd"]
    del store.world.jobs["odd"]
    roster.lose(before)
    roster.lose(before)
    roster.recover()
    roster.recover()
    assert store.seen == [["good", "odd"], ["odd"]]
    assert "odd" in store.world.jobs
    assert roster.jobs.here["odd"] is before
    assert caplog.text.count("Row missing") == 1


def test_what_is_lost_stays_noted_while_the_database_is_away():
    roster, store = picky(set())
    roster.take_up()
    del store.world.jobs["odd"]
    roster.lose(roster.find("odd"))
    store.world.away = True
    with pytest.raises(StoreUnavailable):
        roster.recover()
    store.world.away = False
    roster.recover()
    assert "odd" in store.world.jobs


def test_an_added_job_without_a_row_is_taken_up_again_and_one_that_was_cancelled_is_not(caplog):
    one, other = two()
    for name in ("lost", "gone"):
        one.office.add(name, ADDED, ALICE)
    other.roster.refresh()
    job, gone = other.roster.find("lost"), other.roster.find("gone")
    one.office.cancel("gone", ALICE)
    for name in ("lost", "gone"):
        del one.store.world.jobs[name]
    for each in (job, gone):
        other.roster.lose(each)
    other.roster.refresh()
    assert list(other.roster.jobs.missing) == ["lost"]
    other.roster.recover()
    assert other.roster.jobs.here["lost"] is job
    assert other.store.world.jobs["lost"].stamp == job.stamp
    assert "gone" not in other.store.world.jobs
    assert "gone" not in caplog.text


def test_an_added_job_that_the_database_does_not_keep_is_a_problem_until_it_is_cancelled():
    roster, store = picky({"added"})
    roster.take_up()
    store.add(roster.read("added", ADDED)[0], json.dumps(ADDED), since=NOON, now=NOON, by=ALICE.name)
    del store.world.jobs["added"]
    roster.refresh()
    roster.recover()
    assert [problem.path for problem in roster.problems] == [("added jobs", "added")]
    store.cancel("added", NOON, ALICE.name)
    roster.refresh()
    assert roster.problems == []


def test_a_name_that_is_nearly_right_is_guessed():
    with pytest.raises(UnknownJob) as unknown:
        Desk().roster.find("minutly")
    assert unknown.value.hint == "did you mean 'minutely'?"


def test_what_an_added_job_says_is_taken_as_it_is():
    desk = Desk()
    added = desk.office.add("added", {**ADDED, "args": ["${HOME}", "${NOPE:-default}"]}, ALICE)
    assert added.args == ("${HOME}", "${NOPE:-default}")


def test_what_was_found_inside_docassemble_is_a_problem_too():
    one, _ = two()
    found = Problem(code="unknown-user", path=("scheduler", "minutely", "run as"), value="x", sentence="No.")
    one.roster.note([found])
    assert one.office.problems == [*one.roster.problems]
    assert found in one.office.problems


class SlowStore(MemoryStore):
    """Answers when it is told to."""

    def __init__(self, world):
        super().__init__(world)
        self.asked, self.answer = threading.Event(), threading.Event()

    def added(self):
        found = super().added()
        self.asked.set()
        assert self.answer.wait(30)
        return found


@pytest.fixture
def slow():
    """A roster, and a store with which a thread waits to refresh it; it has seen one added job."""
    desk = Desk()
    desk.office.add("early", ADDED, ALICE)
    store = SlowStore(desk.store.world)
    thread = threading.Thread(target=desk.roster.refresh, args=(store,))
    thread.start()
    assert store.asked.wait(30)
    yield desk, store, thread
    store.answer.set()
    thread.join()


def test_nobody_waits_for_a_refresh_that_waits_for_the_database(slow):
    desk, _, _ = slow
    desk.roster.refresh()
    assert desk.roster.find("early")
    desk.roster.lose(desk.roster.find("minutely"))
    desk.roster.recover()
    assert desk.roster.problems == []


def test_what_was_read_earlier_never_takes_the_place_of_what_was_read_later(slow):
    desk, store, thread = slow
    desk.office.add("late", ADDED, ALICE)
    desk.roster.refresh()
    store.answer.set()
    thread.join()
    assert {"early", "late"} <= set(desk.roster.jobs.known)
