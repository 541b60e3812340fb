"""Buttons for several jobs: each for itself, and what became of them in words."""

import pytest

from docassemble.Scheduler.core.errors import NotPossible, StoreUnavailable
from docassemble.Scheduler.management.permissions import Caller
from docassemble.Scheduler.web.dashboard.jobs.bulk import MAX_JOBS, REASONS, Done, act_on, question

BY = Caller(name="admin@example.com")


class Manager:
    """Pauses jobs until the database goes away."""

    def __init__(self, away_after=1000):
        self.paused = []
        self.away_after = away_after

    def pause(self, name, _by):
        if len(self.paused) == self.away_after:
            raise StoreUnavailable("the database does not answer", hint="wait")
        self.paused.append(name)
        return True


def filled(done):
    return [text.format(**values) for text, values in (done.sentence(), *done.reasons())]


def test_each_job_is_done_once_in_the_order_given():
    manager = Manager()
    done = act_on("pause", ["b", "a", "b"], manager, BY)
    assert (manager.paused, done.done, done.is_complete) == (["b", "a"], ["b", "a"], True)


def test_with_the_database_away_nothing_more_is_tried_and_the_rest_is_told():
    done = act_on("pause", ["a", "b", "c"], Manager(away_after=1), BY)
    why = "The database does not answer. Wait."
    assert filled(done) == ["1 of 3 jobs are paused.", f"b: {why}", f"c: {why}"]
    with pytest.raises(StoreUnavailable):
        act_on("pause", ["a", "b"], Manager(away_after=0), BY)


def test_no_more_jobs_than_a_page_has():
    with pytest.raises(NotPossible, match=f"more than {MAX_JOBS}"):
        act_on("pause", [str(number) for number in range(MAX_JOBS + 1)], Manager(), BY)


def test_of_many_reasons_the_first_are_told():
    done = Done(action="stop", done=[], refused=[(str(number), "No.") for number in range(REASONS + 3)])
    assert filled(done)[0] == "0 of 8 jobs are asked to stop."
    assert filled(done)[-1] == "And 3 more."
    assert len(filled(done)) == REASONS + 2


@pytest.mark.parametrize(
    ("action", "names", "asked"),
    [
        ("pause", ["a", "b"], None),
        ("run", ["a"], None),
        ("run", ["a", "b"], "Run these 2 jobs now?"),
        ("stop", ["a"], "Stop a? What it has done so far is not undone."),
        ("explode", ["a"], None),
        ("stop", [], None),
    ],
)
def test_what_ends_something_or_starts_a_lot_is_asked_about(action, names, asked):
    found = question(action, names)
    assert (found and found[0].format(**found[1])) == asked
