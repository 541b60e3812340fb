"""What is shown of a job whose due times depend on what happens."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from docassemble.Scheduler.cli.text.tables import Clock, job_table
from docassemble.Scheduler.config import parse
from docassemble.Scheduler.core.decision import State, decide
from docassemble.Scheduler.core.errors import NotPossible
from docassemble.Scheduler.core.run import Outcome, Status
from docassemble.Scheduler.core.site import SiteStart
from docassemble.Scheduler.management import serialize
from docassemble.Scheduler.management.backfill import missed
from docassemble.Scheduler.management.drafts.explain import due_times, read_alone
from docassemble.Scheduler.management.status import JobState, JobStatus, is_resting
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.testing import MemoryStore
from docassemble.Scheduler.web.dashboard.jobs.timeline import timeline
from docassemble.Scheduler.web.dashboard.presentation import Viewer
from tests.unit.management.managers import ALICE, FUNCTION, NOON, Management

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
VIEWER = Viewer(now=NOON, zone=ZoneInfo("UTC"))
(JOB,) = parse({"a.b": {"after end": "10 minutes"}}, zone="UTC", environ={}, now=NOON).jobs


class Scene:
    """A job in a store."""

    def __init__(self):
        self.store = MemoryStore()
        self.store.register_jobs([JOB], NOON)

    def state(self, now):
        (record,) = self.store.jobs([JOB.name])
        return JobState.of(JOB, record, None, now)

    def run(self, at, takes):
        (claim,) = self.store.claim([ClaimRequest(JOB)], at)
        yield
        end = at + takes
        self.store.finish(claim.run, Outcome(status=Status.SUCCEEDED, started=at, finished=end))
        yield


def test_it_is_due_next_so_long_after_the_end_of_its_last_run():
    scene = Scene()
    assert scene.state(NOON).next_due == NOON + 10 * MINUTE
    run = scene.run(NOON + 10 * MINUTE, 3 * MINUTE)
    next(run)
    running = scene.state(NOON + 11 * MINUTE)
    assert (running.status, running.next_due) == (JobStatus.RUNNING, None)
    assert str(running.waits_for) == "after the end of its run"
    assert serialize.JOB_STATE.dump(running)["waits_for"] == "after the end of its run"
    next(run)
    over = scene.state(NOON + 14 * MINUTE)
    assert (over.next_due, over.waits_for) == (NOON + 23 * MINUTE, None)


def test_a_job_that_nobody_has_taken_up_is_due_after_one_interval():
    assert JobState.of(JOB, None, None, NOON).next_due == NOON + 10 * MINUTE


def test_it_is_late_when_nobody_runs_it():
    scene = Scene()
    assert scene.state(NOON + 12 * MINUTE).status is JobStatus.LATE
    scene.store.pause(JOB.name, NOON, "alice")
    paused = scene.state(NOON + 12 * MINUTE)
    assert (paused.status, paused.next_due) == (JobStatus.PAUSED, None)
    scene.store.resume(JOB.name, NOON + HOUR, "alice")
    resumed = scene.state(NOON + HOUR + MINUTE)
    assert (resumed.status, resumed.next_due) == (JobStatus.OK, NOON + HOUR + 10 * MINUTE)


def test_the_tables_say_what_it_waits_for():
    scene = Scene()
    next(scene.run(NOON + 10 * MINUTE, MINUTE))
    now = NOON + 11 * MINUTE
    listing = job_table([scene.state(now)], (), Clock(now, "UTC"))
    assert any("after the end of its run" in cell for cell in listing.rows[0])


def test_the_timeline_marks_one_due_time_for_nobody_knows_the_others():
    (row,) = timeline([Scene().state(NOON)], [], VIEWER).rows
    assert (len(row.marks), row.bands) == (1, [])
    scene = Scene()
    next(scene.run(NOON + 10 * MINUTE, MINUTE))
    assert timeline([scene.state(NOON + 11 * MINUTE)], [], VIEWER).rows[0].marks == []


def test_no_list_of_due_times_is_made_up():
    assert list(JOB.due_times(NOON)) == []
    job, problems = read_alone({"after end": 600}, NOON)
    assert problems == []
    assert due_times(job, NOON) == ()


def test_there_is_nothing_to_make_up_for():
    with pytest.raises(NotPossible, match="depend on its runs"):
        missed(JOB, Scene().store, NOON, NOON + HOUR)


def test_a_cursor_at_the_time_of_a_retry_is_not_ahead_of_the_clock():
    assert not is_resting(JOB, NOON + HOUR, NOON)
    assert is_resting(JOB, NOON + 2 * HOUR, NOON)


def at_start_job():
    (a_job,) = parse({"a.b": {"at start": True}}, zone="UTC", environ={}, now=NOON).jobs
    return a_job


def test_a_job_at_start_waits_for_the_next_start():
    store, a_job = MemoryStore(), at_start_job()
    store.register_jobs([a_job], NOON)
    (record,) = store.jobs([a_job.name])
    state = JobState.of(a_job, record, None, NOON)
    assert (state.status, state.next_due) == (JobStatus.OK, None)
    assert str(state.waits_for) == "at the next start of the site"
    assert serialize.JOB_STATE.dump(state)["schedule"] == "at each start of the site"
    store.pause(a_job.name, NOON, "alice")
    (record,) = store.jobs([a_job.name])
    assert JobState.of(a_job, record, None, NOON).waits_for is None


def start(minutes, number=1):
    return SiteStart(number=number, at=NOON + minutes * MINUTE, boots=frozenset({"a"}))


def test_the_registry_makes_it_due_at_each_start_and_leaves_other_jobs_as_they_are():
    keys = {"function": FUNCTION}
    management = Management(block={"often": {**keys, "minutes": 1}, "first": {**keys, "at start": True}})
    registry, before = management.registry, management.registry.jobs
    for number in (1, 2):
        registry.note_site_start(start(number, number))
        first = registry.jobs.here["first"]
        assert [first.schedule.next_after(at) for at in (NOON, NOON + HOUR)] == [
            NOON + number * MINUTE,
            None,
        ]
        assert registry.jobs.here["often"] is before.here["often"]
        assert first.fingerprint == before.here["first"].fingerprint
    seen = registry.jobs
    registry.note_site_start(start(2, 3))  # somebody has joined
    assert registry.jobs is seen


def test_an_added_job_is_due_at_the_next_start_and_is_not_over_before():
    management = Management(block={})
    registry = management.registry
    registry.note_site_start(start(-1))
    management.manager.add("added", {"function": FUNCTION, "at start": True}, ALICE)
    registry.refresh()
    added = registry.jobs.here["added"]
    assert decide(added, State(cursor=registry.jobs.cursors["added"]), NOON + MINUTE) is None
    registry.note_site_start(start(5, 2))
    due = decide(registry.jobs.here["added"], State(cursor=registry.jobs.cursors["added"]), NOON + HOUR)
    assert due.run == NOON + 5 * MINUTE
