"""The roster: jobs of the configuration, jobs that were added, and which wins."""

import json

import pytest

from docassemble.Scheduler.errors import UnknownJob
from docassemble.Scheduler.problem import Problem
from docassemble.Scheduler.testing import MemoryWorld
from tests.unit.offices import ALICE, FUNCTION, NOON, Desk

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
    one.store.add(job, text, since=NOON, now=NOON, by=ALICE)
    world = one.store.world
    world.added["bad"], world.jobs["bad"] = world.added.pop("minutely"), world.jobs["minutely"]
    other.roster.refresh()
    assert "good" in other.roster.jobs.known
    assert "bad" not in other.roster.jobs.known
    assert [problem.path for problem in other.roster.problems] == [("added jobs", "bad", "every")]
    assert caplog.text.count("bad-duration") == 1
    other.roster.refresh()
    assert caplog.text.count("bad-duration") == 1


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
