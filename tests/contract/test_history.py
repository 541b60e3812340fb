"""What every store tells people about jobs, runs, servers and each other."""

from dataclasses import replace
from datetime import timedelta

import pytest
from minutely import MINUTE, NOON, SECOND, claim, claim_retry, every_minute, opened, outcome, process

from docassemble.Scheduler.core.job import Overlap
from docassemble.Scheduler.core.run import Status, Trigger
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.store.records import RunQuery, ThreadCounts
from docassemble.Scheduler.testing import job

HOUR = timedelta(hours=1)
ALICE = "alice@example.com"


def ran(store, a_job, now, status=Status.SUCCEEDED, took=SECOND, **fields):
    """Run what is due at `now`, from a second later on; return the run."""
    run = claim(store, a_job, now).run
    ended = outcome(status, now + SECOND, **fields)
    store.finish(run, replace(ended, finished=ended.started + took))
    return run


def test_a_job_that_was_seen_is_known_with_its_next_due_time(world):
    store = opened(world, every_minute("b.b"), every_minute("a.b"))
    first, second = store.jobs()
    assert (first.name, second.name) == ("a.b", "b.b")
    assert (first.cursor, first.paused) == (NOON, False)
    assert world.next_dues() == {"a.b": NOON + MINUTE, "b.b": NOON + MINUTE}
    assert (first.recent, first.running, first.last, first.success_rate) == ((), (), None, None)


def test_a_job_whose_schedule_was_edited_is_due_next_by_the_new_one(world):
    opened(world, every_minute())
    opened(world, job("a.b", Interval(HOUR)), name="two", now=NOON + MINUTE)
    assert world.next_dues() == {"a.b": NOON + HOUR}


def test_a_run_is_found_by_its_first_digits(world):
    often = every_minute()
    store = opened(world, often)
    runs = [ran(store, often, NOON + number * MINUTE) for number in range(1, 4)]
    for run in runs:
        digits = run.id[:12]
        # after all that begin so, whatever the collation of the database
        (found, *_) = store.runs(RunQuery(before=digits.ljust(32, "g")))
        assert found.id == run.id


def test_jobs_can_be_asked_for_by_name(world):
    store = opened(world, *[every_minute(f"a.b {number}") for number in range(3)])
    assert [each.name for each in store.jobs(["a.b 2", "a.b 1", "no.such"])] == ["a.b 1", "a.b 2"]
    assert store.jobs([]) == []


def test_a_job_comes_with_its_latest_records_newest_first(world):
    often, seldom = every_minute("often.b"), every_minute("seldom.b")
    store = opened(world, often, seldom)
    only = ran(store, seldom, NOON + MINUTE, Status.FAILED)
    runs = [ran(store, often, NOON + number * MINUTE) for number in range(1, 6)]
    first, second = store.jobs(recent=3)
    assert [bar.id for bar in first.recent] == [run.id for run in reversed(runs[-3:])]
    assert [bar.id for bar in second.recent] == [only.id]
    bar = first.recent[0]
    assert (bar.job, bar.status, bar.due) == ("often.b", Status.SUCCEEDED, NOON + 5 * MINUTE)
    assert (bar.began, bar.duration) == (NOON + 5 * MINUTE + SECOND, SECOND)
    assert first.last == bar


def test_what_a_job_did_lately_tells_its_success_rate_and_since_when_it_fails(world):
    store = opened(world, every_minute())
    statuses = [Status.FAILED, Status.SUCCEEDED, Status.SKIPPED, Status.FAILED, Status.TIMED_OUT]
    for number, status in enumerate(statuses, 1):
        ran(store, every_minute(), NOON + number * MINUTE, status)
    (known,) = store.jobs()
    assert known.success_rate == 0.25
    assert known.failing_since == NOON + 4 * MINUTE
    ran(store, every_minute(), NOON + 6 * MINUTE)
    (known,) = store.jobs()
    assert known.failing_since is None


def test_a_run_that_was_stopped_by_hand_is_neither_a_failure_nor_a_success(world):
    store = opened(world, every_minute())
    ran(store, every_minute(), NOON + MINUTE)
    stopped = ran(store, every_minute(), NOON + 2 * MINUTE, Status.STOPPED)
    (known,) = store.jobs()
    assert (known.success_rate, known.failing_since) == (1.0, None)
    assert (known.last.id, known.last.duration) == (stopped.id, SECOND)
    ran(store, every_minute(), NOON + 3 * MINUTE, Status.FAILED)
    ran(store, every_minute(), NOON + 4 * MINUTE, Status.STOPPED)
    (known,) = store.jobs()
    assert (known.success_rate, known.failing_since) == (0.5, NOON + 3 * MINUTE)


def test_a_run_that_goes_on_is_told_however_much_was_skipped_since(world):
    overlapping = every_minute("a.b", overlap=Overlap.SKIP)
    store = opened(world, overlapping)
    run = claim(store, overlapping, NOON + MINUTE).run
    for number in range(2, 6):
        claim(store, overlapping, NOON + number * MINUTE)
    (known,) = store.jobs(recent=2)
    assert [bar.status for bar in known.recent] == [Status.SKIPPED, Status.SKIPPED]
    (bar,) = known.running
    assert (bar.id, bar.began, bar.duration) == (run.id, NOON + MINUTE, None)


def test_one_run_is_told_with_everything_and_a_page_without_what_is_long(world):
    store = opened(world, every_minute())
    error = ValueError("out of paper")
    run = ran(
        store,
        every_minute(),
        NOON + MINUTE,
        Status.FAILED,
        error=error,
        retry_at=NOON + HOUR,
        log="12:01 INFO hello\n    there",
    )
    record = store.run(run.id)
    assert (record.job, record.due, record.status) == ("a.b", NOON + MINUTE, Status.FAILED)
    assert (record.attempt, record.trigger, record.count) == (1, Trigger.SCHEDULE, 1)
    assert (record.server, record.process) == ("server-one", process().id)
    assert (record.claimed, record.started) == (NOON + MINUTE, NOON + MINUTE + SECOND)
    assert (record.lateness, record.duration, record.retry_at) == (SECOND, SECOND, NOON + HOUR)
    assert record.error == "ValueError: out of paper"
    assert record.traceback.strip().endswith("ValueError: out of paper")
    assert record.log == "12:01 INFO hello\n    there"
    assert store.runs(RunQuery()) == [replace(record, traceback=None, log=None)]
    assert store.run("0" * 32) is None


def test_due_times_that_ended_without_a_run_are_one_record(world):
    store = opened(world, every_minute())
    claim(store, every_minute(), NOON + HOUR)
    (missed,) = store.runs(RunQuery(statuses={Status.MISSED}))
    assert (missed.due, missed.due_until, missed.count) == (NOON + MINUTE, NOON + 59 * MINUTE, 59)
    assert (missed.started, missed.lateness, missed.duration) == (None, None, None)
    assert missed.reason
    assert store.run(missed.id) == missed


def test_a_run_that_was_tried_again_names_the_one_that_did(world):
    store = opened(world, every_minute())
    ran(store, every_minute(), NOON + MINUTE, Status.FAILED, retry_at=NOON + 2 * MINUTE)
    again = claim_retry(store, every_minute(), NOON + 2 * MINUTE).run
    retry, first = store.runs(RunQuery())
    assert (retry.id, retry.attempt, retry.trigger) == (again.id, 2, Trigger.RETRY)
    assert (first.retried, first.retry_at) == (again.id, None)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (RunQuery(), "failed, running, succeeded"),
        (RunQuery(job="a.b"), "failed, succeeded"),
        (RunQuery(job="no.such"), ""),
        (RunQuery(statuses={Status.FAILED}), "failed"),
        (RunQuery(statuses=[Status.FAILED, Status.SUCCEEDED]), "failed, succeeded"),
        (RunQuery(job="a.b", statuses={Status.RUNNING}), ""),
        (RunQuery(server="server-two"), "running"),
        (RunQuery(trigger=Trigger.RETRY), ""),
        (RunQuery(trigger=Trigger.SCHEDULE, limit=2), "failed, running"),
        (RunQuery(trigger=Trigger.CATCH_UP), ""),
    ],
    ids=str,
)
def test_records_can_be_chosen(world, query, expected):
    first = opened(world, every_minute(), every_minute("c.d"))
    second = opened(world, name="two")
    ran(first, every_minute(), NOON + MINUTE)
    claim(second, every_minute("c.d"), NOON + MINUTE + SECOND)
    ran(first, every_minute(), NOON + 2 * MINUTE, Status.FAILED)
    assert ", ".join(record.status.value for record in first.runs(query)) == expected


def test_records_come_in_pages(world):
    store = opened(world, every_minute())
    runs = [ran(store, every_minute(), NOON + number * MINUTE).id for number in range(1, 6)]
    pages, before = [], None
    while page := store.runs(RunQuery(before=before, limit=2)):
        pages.append([each.id for each in page])
        before = page[-1].id
    assert pages == [[runs[4], runs[3]], [runs[2], runs[1]], [runs[0]]]


def test_a_timeline_shows_what_was_going_on_between_two_instants(world):
    store = opened(world, every_minute(), every_minute("c.d"))
    ran(store, every_minute(), NOON + MINUTE)
    reaching_in = ran(store, every_minute(), NOON + 2 * MINUTE, took=5 * MINUTE)
    inside = ran(store, every_minute("c.d"), NOON + 6 * MINUTE)
    running_runs = claim(store, every_minute("c.d"), NOON + 8 * MINUTE).run
    shown = [bar.id for bar in store.timeline(NOON + 5 * MINUTE, NOON + HOUR) if bar.status.value != "missed"]
    assert shown == [reaching_in.id, inside.id, running_runs.id]
    assert running_runs.id not in [bar.id for bar in store.timeline(NOON, NOON + 8 * MINUTE)]


def test_a_timeline_is_thinned_but_never_of_troubles(world):
    store = opened(world, every_minute())
    failed = [
        ran(
            store,
            every_minute(),
            NOON + number * MINUTE,
            Status.FAILED if number % 10 == 3 else Status.SUCCEEDED,
        )
        for number in range(1, 41)
    ][2::10]
    until = NOON + 41 * MINUTE
    thinned = store.timeline(NOON, until, limit=12)
    assert len(store.timeline(NOON, until)) == 40
    assert 4 <= len(thinned) <= 12
    assert {run.id for run in failed} <= {bar.id for bar in thinned}
    assert thinned == sorted(thinned, key=lambda bar: bar.began)
    assert store.timeline(NOON, until, limit=12) == thinned
    assert len(store.timeline(NOON, until, limit=2)) == 2


def test_what_took_long_stays_in_a_timeline_that_is_thinned(world):
    store = opened(world, every_minute())
    long = ran(store, every_minute(), NOON + MINUTE, took=10 * SECOND)
    for number in range(2, 31):
        ran(store, every_minute(), NOON + number * MINUTE, took=SECOND / 10)
    assert long.id in {bar.id for bar in store.timeline(NOON, NOON + 31 * MINUTE, limit=3)}


def test_servers_are_told_with_their_processes_and_their_last_sign_of_life(world):
    first, second = opened(world), opened(world, name="two", now=NOON + SECOND)
    assert first.beat(process(), NOON + MINUTE)
    assert [each.thread_counts for server in first.servers() for each in server.processes] == [None, None]
    assert second.beat(process("two"), NOON + SECOND, ThreadCounts(free=2, busy=1, stuck=3))
    second.reap(process(), None, {}, NOON + 2 * MINUTE)
    one, two = second.servers()
    assert (one.name, one.seen, one.processes) == ("server-one", NOON + MINUTE, ())
    (living,) = two.processes
    assert (two.name, two.seen) == ("server-two", NOON + SECOND)
    assert (living.id, living.pid, living.seen) == (process("two").id, 1, NOON + SECOND)
    assert living.thread_counts == ThreadCounts(free=2, busy=1, stuck=3)


def test_it_is_told_who_did_what_newest_first(world):
    store = opened(world, every_minute(), every_minute("c.d"))
    store.pause("a.b", NOON, ALICE)
    store.pause("c.d", NOON + SECOND, ALICE)
    store.resume("a.b", NOON + 2 * SECOND, "bob@example.com")
    newest, *older = store.events()
    assert (newest.at, newest.actor, newest.action) == (NOON + 2 * SECOND, "bob@example.com", "resume")
    assert (newest.job, newest.run) == ("a.b", None)
    assert [event.job for event in older] == ["c.d", "a.b"]
    assert [event.action for event in store.events("a.b")] == ["resume", "pause"]
    assert store.events(limit=1) == [newest]
    assert store.events(before=newest.id) == older
