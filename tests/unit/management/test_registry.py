"""The registry: jobs of the configuration, jobs that were added, and which wins."""

import json
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from docassemble.Scheduler.core.errors import StoreUnavailable, UnknownJob
from docassemble.Scheduler.core.problem import Problem
from docassemble.Scheduler.management.registry import JobRegistry
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.testing import ManualClock, MemoryStore, MemoryWorld
from tests.unit.management.managers import ALICE, FUNCTION, LOGGER, NOON, Management, configuration

ADDED = {"function": FUNCTION, "every": "5 minutes"}


def two():
    world = MemoryWorld()
    return Management(world), Management(world, name="two")


def test_a_job_that_another_process_added_is_there_after_a_look():
    one, other = two()
    one.manager.add("added", ADDED, ALICE)
    assert "added" not in other.registry.jobs.known
    other.registry.refresh()
    assert list(other.registry.jobs.known) == ["minutely", "off", "added"]
    assert list(other.registry.jobs.here) == ["minutely", "added"]
    assert other.registry.jobs.cursors == {"minutely": NOON, "added": NOON}


def test_what_has_not_changed_stays_the_same_object():
    one, other = two()
    one.manager.add("added", ADDED, ALICE)
    other.registry.refresh()
    before = other.registry.jobs
    other.registry.refresh()
    assert other.registry.jobs is before
    one.manager.add("more", ADDED, ALICE)
    other.registry.refresh()
    assert other.registry.jobs.known["added"] is before.known["added"]


def test_what_was_replaced_or_cancelled_is_seen():
    one, other = two()
    one.manager.add("added", ADDED, ALICE)
    other.registry.refresh()
    one.manager.add("added", {**ADDED, "args": ["new"]}, ALICE)
    other.registry.refresh()
    assert other.registry.find("added").args == ("new",)
    one.manager.cancel("added", ALICE)
    other.registry.refresh()
    with pytest.raises(UnknownJob):
        other.registry.find("added")


def test_a_job_of_the_configuration_wins_over_an_added_one(caplog):
    world = MemoryWorld()
    Management(world, block={}).manager.add("minutely", ADDED, ALICE)
    later = Management(world, name="later")
    later.registry.refresh()
    assert later.registry.find("minutely").params == {"seconds": 60}
    assert later.registry.jobs.dynamic_jobs == {}
    assert "the one of that name in the configuration wins" in caplog.text


def test_a_job_that_this_server_cannot_make_anything_of_is_a_problem_and_nothing_else(caplog):
    one, other = two()
    one.manager.add("good", ADDED, ALICE)
    job = replace(one.registry.find("minutely"), name="bad")
    text = json.dumps({"function": FUNCTION, "every": "blue moon"})
    one.store.add(job, text, since=NOON, now=NOON, by=ALICE.name)
    other.registry.refresh()
    assert "good" in other.registry.jobs.known
    assert "bad" not in other.registry.jobs.known
    assert [problem.path for problem in other.registry.problems] == [("added jobs", "bad", "every")]
    assert caplog.text.count("bad-duration") == 1
    other.registry.refresh()
    assert caplog.text.count("bad-duration") == 1


class Picky(MemoryStore):
    """A store that does not keep some jobs."""

    def __init__(self, world, unkept):
        super().__init__(world)
        self.unkept = unkept
        self.seen = []
        self._register_jobs, self.register_jobs = self.register_jobs, self._register_some

    def _register_some(self, jobs, now):
        self.seen.append([job.name for job in jobs])
        return self._register_jobs([job for job in jobs if job.name not in self.unkept], now)


def picky(unkept):
    block = {name: {"function": FUNCTION, "minutes": 1} for name in ("good", "odd")}
    store = Picky(MemoryWorld(), unkept)
    return JobRegistry(configuration(block), store=store, clock=ManualClock(NOON), logger=LOGGER), store


def test_a_job_that_the_database_does_not_keep_is_a_problem_and_all_others_run(caplog):
    registry, store = picky({"odd"})
    registry.register_jobs()
    assert (list(registry.jobs.here), list(registry.jobs.known)) == (["good"], ["good", "odd"])
    assert set(registry.jobs.here) == set(registry.jobs.cursors)
    (problem,) = registry.problems
    assert (problem.code, problem.path) == ("not-in-database", ("scheduler", "odd"))
    registry.recover()
    assert store.seen == [["good", "odd"], ["odd"]]
    assert caplog.text.count("not-in-database") == 1
    store.unkept = set()
    registry.recover()
    assert (list(registry.jobs.here), registry.problems) == (["good", "odd"], [])
    registry.recover()
    assert len(store.seen) == 3


def test_a_lost_job_is_taken_up_again_and_told_once(caplog):
    registry, store = picky(set())
    registry.register_jobs()
    before = registry.jobs.here["odd"]
    store.world.lose("odd")
    registry.lose(before)
    registry.lose(before)
    registry.recover()
    registry.recover()
    assert store.seen == [["good", "odd"], ["odd"]]
    assert store.jobs(["odd"])
    assert registry.jobs.here["odd"] is before
    assert caplog.text.count("Row missing") == 1


def test_what_is_lost_stays_noted_while_the_database_is_away():
    registry, store = picky(set())
    registry.register_jobs()
    store.world.lose("odd")
    registry.lose(registry.find("odd"))
    store.world.away = True
    with pytest.raises(StoreUnavailable):
        registry.recover()
    store.world.away = False
    registry.recover()
    assert store.jobs(["odd"])


def test_an_added_job_without_a_row_is_taken_up_again_and_one_that_was_cancelled_is_not(caplog):
    one, other = two()
    for name in ("lost", "gone"):
        one.manager.add(name, ADDED, ALICE)
    other.registry.refresh()
    job, gone = other.registry.find("lost"), other.registry.find("gone")
    one.manager.cancel("gone", ALICE)
    for name in ("lost", "gone"):
        one.store.world.lose(name)
    for each in (job, gone):
        other.registry.lose(each)
    other.registry.refresh()
    assert list(other.registry.jobs.missing) == ["lost"]
    other.registry.recover()
    assert other.registry.jobs.here["lost"] is job
    (claim,) = other.store.claim([ClaimRequest(job)], NOON + timedelta(minutes=5))
    assert claim.run is not None
    assert not other.store.jobs(["gone"])
    assert "gone" not in caplog.text


def test_an_added_job_that_the_database_does_not_keep_is_a_problem_until_it_is_cancelled():
    registry, store = picky({"added"})
    registry.register_jobs()
    store.add(registry.read("added", ADDED)[0], json.dumps(ADDED), since=NOON, now=NOON, by=ALICE.name)
    store.world.lose("added")
    registry.refresh()
    registry.recover()
    assert [problem.path for problem in registry.problems] == [("added jobs", "added")]
    store.cancel("added", NOON, ALICE.name)
    registry.refresh()
    assert registry.problems == []


def test_a_name_that_is_nearly_right_is_guessed():
    with pytest.raises(UnknownJob) as unknown:
        Management().registry.find("minutly")
    assert unknown.value.hint == "did you mean 'minutely'?"


def test_what_an_added_job_says_is_taken_as_it_is():
    management = Management()
    added = management.manager.add("added", {**ADDED, "args": ["${HOME}", "${NOPE:-default}"]}, ALICE)
    assert added.args == ("${HOME}", "${NOPE:-default}")


def test_what_was_found_inside_docassemble_is_a_problem_too():
    one, _ = two()
    found = Problem(code="unknown-user", path=("scheduler", "minutely", "run as"), sentence="No.")
    one.registry.note([found])
    assert one.manager.problems == [*one.registry.problems]
    assert found in one.manager.problems


class SlowStore(MemoryStore):
    """Answers when it is told to."""

    def __init__(self, world):
        super().__init__(world)
        self.asked, self.answer = threading.Event(), threading.Event()
        self._dynamic_jobs, self.dynamic_jobs = self.dynamic_jobs, self._answer_later

    def _answer_later(self):
        found = self._dynamic_jobs()
        self.asked.set()
        assert self.answer.wait(30)
        return found


@pytest.fixture
def slow():
    """A registry, and a store with which a thread waits to refresh it; it has seen one added job."""
    management = Management()
    management.manager.add("early", ADDED, ALICE)
    store = SlowStore(management.store.world)
    thread = threading.Thread(target=management.registry.refresh, args=(store,))
    thread.start()
    assert store.asked.wait(30)
    yield management, store, thread
    store.answer.set()
    thread.join()


def test_nobody_waits_for_a_refresh_that_waits_for_the_database(slow):
    management, _, _ = slow
    management.registry.refresh()
    assert management.registry.find("early")
    management.registry.lose(management.registry.find("minutely"))
    management.registry.recover()
    assert management.registry.problems == []


def test_what_was_read_earlier_never_takes_the_place_of_what_was_read_later(slow):
    management, store, thread = slow
    management.manager.add("late", ADDED, ALICE)
    management.registry.refresh()
    store.answer.set()
    thread.join()
    assert {"early", "late"} <= set(management.registry.jobs.known)
