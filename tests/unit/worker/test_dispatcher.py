"""Dispatch: wakes, however many, become each run once, within the limit of concurrency."""

import itertools
import logging
import threading
from collections import Counter
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.clock import SystemClock
from docassemble.Scheduler.core.decision import LEAD
from docassemble.Scheduler.core.errors import RowsLocked
from docassemble.Scheduler.core.job import Missed, Overlap
from docassemble.Scheduler.core.run import EndedRun, Outcome, Status, Trigger
from docassemble.Scheduler.execution.observers import RunObserver
from docassemble.Scheduler.host.uwsgi import Uwsgi
from docassemble.Scheduler.schedules.after_end import AfterEnd
from docassemble.Scheduler.schedules.cron.schedule import Cron
from docassemble.Scheduler.schedules.modifiers import Jittered
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.store.base import Claim, ClaimRequest
from docassemble.Scheduler.testing import FakeUwsgi, ManualClock, MemorySpool, MemoryStore, MemoryWorld, job
from docassemble.Scheduler.worker.dispatcher import Dispatcher
from docassemble.Scheduler.worker.outbox import Outage
from docassemble.Scheduler.worker.queue.workload import AHEAD
from tests.profiles import examples

LOGGER = logging.getLogger("test.dispatch")
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)


class Notes(RunObserver):
    def __init__(self):
        self.waited, self.locks = [], []
        self.passed_over, self.finishes = [], []

    def waiting(self, due):
        self.waited.append((due.job.name, due.at))

    def locked(self, due):
        self.locks.append((due.job.name, due.at))

    def unrun(self, unrun):
        self.passed_over.append((unrun.job.name, unrun.first, unrun.status, unrun.reason))

    def finished(self, run, outcome):
        self.finishes.append((run.job.name, outcome.status))


class Stage:
    """A dispatcher with everything around it; `on_run` is what a run does."""

    def __init__(self, jobs, *, concurrency=2, on_run=lambda run: None, world=None, clock=None):
        self.clock = clock or ManualClock(NOON)
        self.notes = Notes()
        self.runs = []
        self.wakes = 0
        self._on_run = on_run
        self.store = MemoryStore(world)
        self.lost = []
        self.spool = MemorySpool()
        self.outcome = Outcome(status=Status.SUCCEEDED, started=NOON, finished=NOON)
        self.dispatcher = Dispatcher(
            store=self.store,
            run=self._run,
            wake_worker=self._wake_worker,
            observer=self.notes,
            outage=Outage(LOGGER),
            spool=self.spool,
            clock=self.clock,
            concurrency=concurrency,
            lost=self.lost.append,
        )
        self.dispatcher.follow({each.name: each for each in jobs}, self.store.register_jobs(jobs, NOON))

    def _wake_worker(self):
        self.wakes += 1

    def _run(self, run):
        self.runs.append((run.job.name, run.due.at))
        self._on_run(run)
        return self.outcome

    def wake_after(self, duration):
        self.clock.move(duration)
        self.alarm()

    def alarm(self):
        """Ring as the alarm does: nobody is woken for nothing."""
        if self.dispatcher.has_work():
            self.dispatcher.wake()


def every(seconds, name="a.b", **fields):
    return job(name, Interval(timedelta(seconds=seconds)), **fields)


def test_a_wake_runs_what_is_due():
    stage = Stage([every(60)])
    stage.wake_after(60 * SECOND)
    assert stage.runs == [("a.b", NOON + 60 * SECOND)]


def test_a_wake_before_the_due_time_does_nothing():
    stage = Stage([every(60)])
    stage.wake_after(59 * SECOND)
    assert stage.runs == []


def test_there_is_no_work_until_something_is_due_nor_when_it_is_done():
    stage = Stage([every(60)])
    assert not stage.dispatcher.has_work()
    stage.clock.move(60 * SECOND)
    assert stage.dispatcher.has_work()
    stage.dispatcher.wake()
    assert not stage.dispatcher.has_work()


def test_a_run_is_claimed_a_moment_before_it_is_due_and_no_earlier():
    stage = Stage([every(60)])
    assert stage.dispatcher.next_wake() == NOON + 60 * SECOND - LEAD
    stage.wake_after(60 * SECOND - LEAD - timedelta(milliseconds=1))
    assert stage.runs == []
    stage.wake_after(timedelta(milliseconds=1))
    assert stage.runs == [("a.b", NOON + 60 * SECOND)]
    stage.wake_after(LEAD)
    assert len(stage.runs) == 1


def test_what_is_claimed_ahead_is_claimed_as_of_its_due_time():
    claimed = []
    stage = Stage([every(60)], on_run=lambda run: claimed.append(run.claimed))
    stage.wake_after(60 * SECOND - LEAD)
    stage.wake_after(61 * SECOND)
    assert claimed == [NOON + 60 * SECOND, NOON + 121 * SECOND - LEAD]


def test_an_order_from_a_server_whose_clock_is_ahead_brings_no_other_job_forward():
    claimed = []
    stage = Stage([every(60)], on_run=lambda run: claimed.append(run.claimed))
    stage.store.request_run("a.b", NOON + 300 * SECOND, "somebody")
    (run_request,) = stage.store.run_requests()
    stage.dispatcher.offer([ClaimRequest(every(60), run_request=run_request)])
    stage.wake_after(SECOND)
    assert claimed == [NOON + SECOND + LEAD]


def test_a_second_wake_runs_nothing_twice():
    stage = Stage([every(60)])
    stage.wake_after(60 * SECOND)
    stage.dispatcher.wake()
    assert len(stage.runs) == 1


def test_nothing_begins_after_it_was_closed():
    stage = Stage([every(60)])
    stage.dispatcher.close()
    stage.wake_after(60 * SECOND)
    assert stage.runs == []


def test_what_has_been_claimed_when_it_is_closed_is_run_all_the_same():
    jobs = [every(60, f"a.b {number}") for number in range(3)]
    stage = Stage(jobs, concurrency=2, on_run=lambda run: stage.dispatcher.close())
    stage.wake_after(60 * SECOND)
    assert [name for name, _ in stage.runs] == ["a.b 0", "a.b 1"]


def test_nothing_more_begins_when_it_is_closed_during_a_run():
    jobs = [every(60, f"a.b {number}") for number in range(3)]
    stage = Stage(jobs, concurrency=1, on_run=lambda run: stage.dispatcher.close())
    stage.wake_after(60 * SECOND)
    assert len(stage.runs) == 1


def test_one_wake_alone_runs_everything_that_is_due():
    stage = Stage([every(60, f"a.b {number}") for number in range(10)], concurrency=1)
    stage.wake_after(60 * SECOND)
    assert len(stage.runs) == 10


def test_a_wake_asks_for_help_for_the_free_slots():
    stage = Stage([every(60, f"a.b {number}") for number in range(10)], concurrency=3)
    stage.wake_after(60 * SECOND)
    assert stage.wakes >= 2


def test_what_was_passed_over_is_on_record_and_the_latest_runs():
    stage = Stage([every(1)])
    stage.wake_after(5 * SECOND)
    assert stage.runs == [("a.b", NOON + 5 * SECOND)]
    ((name, at, status, reason),) = stage.notes.passed_over
    assert (name, at, status) == ("a.b", NOON + 1 * SECOND, Status.MISSED)
    assert (NOON + 5 * SECOND).isoformat() in reason


def test_a_job_that_is_due_while_it_runs_is_skipped():
    stage = Stage([every(1)], on_run=lambda run: stage.wake_after(SECOND) if len(stage.runs) == 1 else None)
    stage.wake_after(SECOND)
    assert stage.runs == [("a.b", NOON + SECOND)]
    assert [(at, status) for _, at, status, _ in stage.notes.passed_over] == [
        (NOON + 2 * SECOND, Status.SKIPPED)
    ]


def hourly(name, seconds, **fields):
    """A job that is due each hour, first so many seconds after noon."""
    return job(name, Interval(timedelta(hours=1), anchor=NOON + seconds * SECOND), **fields)


def long_job_then(*jobs, meanwhile):
    """Run a.long in the only slot, do `meanwhile` while it runs, and return the stage."""
    stage = Stage(
        [hourly("a.long", 1), *jobs],
        concurrency=1,
        on_run=lambda run: meanwhile(stage) if run.job.name == "a.long" else None,
    )
    stage.wake_after(SECOND)
    return stage


def test_a_job_waits_for_a_free_slot_says_so_once_and_runs_when_one_is_free():
    def wake_each_second(stage):
        stage.wake_after(SECOND)
        assert stage.notes.waited == []  # it may be over in a moment
        for _ in range(2):
            stage.wake_after(SECOND)
            assert stage.notes.waited == [("a.short", NOON + 2 * SECOND)]
        assert len(stage.runs) == 1

    stage = long_job_then(hourly("a.short", 2), meanwhile=wake_each_second)
    assert stage.runs == [("a.long", NOON + SECOND), ("a.short", NOON + 2 * SECOND)]


def outwait(stage):
    stage.wake_after(SECOND)
    stage.clock.move(timedelta(minutes=50))


def test_a_due_time_that_waited_longer_than_its_grace_is_missed():
    stage = long_job_then(hourly("a.short", 2), meanwhile=outwait)
    stage.dispatcher.wake()
    assert stage.runs == [("a.long", NOON + SECOND)]
    assert [(name, status) for name, _, status, _ in stage.notes.passed_over] == [("a.short", Status.MISSED)]


def test_without_a_grace_time_a_job_may_run_however_late():
    stage = long_job_then(hourly("a.short", 2, misfire_grace_time=None), meanwhile=outwait)
    assert [name for name, _ in stage.runs] == ["a.long", "a.short"]


def test_a_due_time_still_waiting_gives_way_to_the_next_one():
    def wake_at_two_due_times(stage):
        stage.wake_after(SECOND)
        stage.wake_after(SECOND)

    short = job("a.short", Interval(SECOND), misfire_grace_time=None)
    stage = long_job_then(short, meanwhile=wake_at_two_due_times)
    assert stage.runs[-1] == ("a.short", NOON + 3 * SECOND)
    assert [at for _, at, status, _ in stage.notes.passed_over if status is Status.MISSED] == [NOON + SECOND]


def test_while_the_database_is_away_due_jobs_wait_and_run_when_it_is_back():
    stage = Stage([hourly("a.b", 1)])
    stage.store.world.away = True
    stage.wake_after(SECOND)
    stage.wake_after(timedelta(seconds=30))
    assert stage.runs == []
    stage.store.world.away = False
    stage.wake_after(SECOND)
    assert stage.runs == [("a.b", NOON + SECOND)]


def test_an_end_that_could_not_be_recorded_is_recorded_when_the_database_is_back():
    def lose_the_database(run):
        stage.store.world.away = True

    stage = Stage([hourly("a.b", 1)], on_run=lose_the_database)
    stage.wake_after(SECOND)
    assert stage.store.world.records()[0].status is Status.RUNNING
    stage.store.world.away = False
    stage.wake_after(SECOND)
    assert stage.store.world.records()[0].status is Status.SUCCEEDED


def test_there_is_work_while_the_database_has_not_got_all():
    stage = Stage([hourly("a.b", 1)])
    stage.store.world.away = True
    stage.wake_after(SECOND)
    assert stage.dispatcher.has_work()
    stage.store.world.away = False
    stage._on_run = lambda run: setattr(stage.store.world, "away", True)
    stage.dispatcher.wake()
    assert stage.dispatcher.has_work()
    stage.store.world.away = False
    stage.dispatcher.wake()
    assert not stage.dispatcher.has_work()


@pytest.mark.parametrize("fields", [{"on_exit": "a.told"}, {"resumable": True}], ids=["on exit", "resumable"])
def test_an_end_that_has_consequences_is_on_record_before_they_follow(fields):
    """A process that dies before would leave a run that is run again, if its job is resumable."""
    stage = Stage([every(1, **fields)])
    recorded = []
    stage.notes.finished = lambda run, outcome: recorded.append(stage.store.world.records()[0].status)
    stage.wake_after(SECOND)
    assert recorded == [Status.SUCCEEDED]


def test_the_end_of_a_run_is_on_record_before_the_next_one_begins():
    def note(run):
        begun.append([row.status for row in stage.store.world.records()])

    begun = []
    stage = Stage([every(1, f"a.b{number}") for number in range(3)], concurrency=1, on_run=note)
    stage.wake_after(SECOND)
    done, now = Status.SUCCEEDED, Status.RUNNING
    assert begun == [[now], [done, now], [done, done, now]]
    assert [row.status for row in stage.store.world.records()] == [done] * 3


def test_an_end_is_recorded_in_the_transaction_of_the_next_claim():
    stage = Stage([every(1, f"a.b{number}") for number in range(3)], concurrency=1)
    sent = []
    claim = stage.store.claim
    stage.store.claim = lambda wanted, now, ended: sent.append(len(ended)) or claim(wanted, now, ended)
    stage.wake_after(SECOND)
    assert sent == [0, 1, 1]


def test_the_end_of_a_run_is_recorded_when_the_process_ends():
    stage = Stage([every(1)], on_run=lambda run: stage.dispatcher.close())
    stage.wake_after(SECOND)
    assert stage.store.world.records()[0].status is Status.SUCCEEDED


def test_missed_all_runs_every_due_time_in_order():
    stage = Stage([every(1, missed=Missed.ALL)], concurrency=3)
    stage.wake_after(60 * SECOND)
    assert stage.runs == [("a.b", NOON + number * SECOND) for number in range(1, 61)]


def test_a_job_that_is_due_while_it_runs_in_the_last_slot_is_skipped_and_does_not_wait():
    stage = Stage(
        [every(1)],
        concurrency=1,
        on_run=lambda run: stage.wake_after(SECOND) if len(stage.runs) == 1 else None,
    )
    stage.wake_after(SECOND)
    assert stage.notes.waited == []
    assert [status for _, _, status, _ in stage.notes.passed_over] == [Status.SKIPPED]


def test_a_run_that_breaks_gives_its_slot_back():
    def explode(run):
        if run.job.name == "a.broken":
            raise MemoryError

    stage = Stage([hourly("a.broken", 1), hourly("a.b", 2)], concurrency=1, on_run=explode)
    with pytest.raises(MemoryError):
        stage.wake_after(SECOND)
    stage.wake_after(SECOND)
    assert stage.runs[-1] == ("a.b", NOON + 2 * SECOND)


def test_wakes_from_many_threads_run_each_due_time_once_and_keep_to_the_limit():
    inside, most, guard = [0], [0], threading.Lock()

    def count(run):
        with guard:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        threading.Event().wait(0.001)
        with guard:
            inside[0] -= 1

    stage = Stage([every(60, f"a.b {number}") for number in range(100)], concurrency=3, on_run=count)
    stage.clock.move(60 * SECOND)
    # whoever stands by really sleeps, and does not put the clock forward
    stage.clock.sleep, stage.clock.monotonic = SystemClock().sleep, SystemClock().monotonic
    threads = [threading.Thread(target=stage.dispatcher.wake) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(Counter(stage.runs).values()) == {1}
    assert len(stage.runs) == 100
    assert most[0] <= 3


def test_waiting_for_a_change_ends_when_a_wake_takes_the_due_time():
    stage = Stage([every(1)])
    due = stage.dispatcher.next_wake()
    waiter = threading.Thread(target=stage.dispatcher.wait_for_change, args=(due, 30.0))
    waiter.start()
    stage.wake_after(SECOND)
    waiter.join(10)
    assert not waiter.is_alive()


SCHEDULES = st.one_of(
    st.builds(lambda seconds: Interval(timedelta(seconds=seconds)), st.integers(1, 200)),
    st.sampled_from(["* * * * *", "*/7 * * * *", "1,2,59 12 * * *", "*/13 * * * * *"]).map(
        lambda text: Cron.from_crontab(text, ZoneInfo("UTC"))
    ),
    # no closer together than the alarm's period, or two due times would share a ring
    st.builds(
        lambda seconds, spread: Jittered(
            Interval(timedelta(seconds=seconds + spread)), timedelta(seconds=spread), "a"
        ),
        st.integers(1, 100),
        st.integers(1, 50),
    ),
)


@examples(40)
@given(
    schedules=st.lists(SCHEDULES, min_size=1, max_size=120),
    phase=st.integers(0, 999).map(lambda milliseconds: timedelta(milliseconds=milliseconds)),
    occupied=st.integers(0, 64),
)
def test_the_alarm_alone_runs_every_due_time_of_any_jobs_within_a_second(schedules, phase, occupied):
    jobs = [job(f"a.b {number}", schedule) for number, schedule in enumerate(schedules)]
    module = FakeUwsgi(phase=phase)
    module.timers.extend([(0, 3600)] * occupied)
    module.handlers[0] = lambda number: None
    stage = Stage(jobs, concurrency=3)
    lateness = []
    stage._on_run = lambda run: lateness.append(stage.clock.now() - run.due.at)
    Uwsgi(module).install(stage.alarm)
    module.pass_time(stage.clock, timedelta(seconds=90))
    assert max(map(len, (module.timers, module.rb_timers, module.crons))) <= 64
    assert all(late <= SECOND for late in lateness)
    expected = set()
    for each in jobs:
        due = each.schedule.next_after(NOON)
        while due is not None and due <= NOON + 89 * SECOND:
            expected.add((each.name, due))
            due = each.schedule.next_after(due)
    assert expected <= set(stage.runs)
    assert set(Counter(stage.runs).values()) <= {1}


def test_a_run_that_is_to_be_tried_again_is_run_again_on_time_as_the_next_attempt():
    attempts = []

    class Failing(Stage):
        def _run(self, run):
            attempts.append((run.attempt, run.trigger, self.clock.now()))
            again = None if run.attempt > 1 else self.clock.now() + 30 * SECOND
            return Outcome(status=Status.FAILED, started=NOON, finished=NOON, retry_at=again)

    stage = Failing([every(3600)])
    stage.wake_after(timedelta(hours=1))
    assert stage.dispatcher.next_wake() == NOON + timedelta(hours=1, seconds=30)
    stage.wake_after(29 * SECOND)
    stage.wake_after(SECOND)
    assert [(attempt, trigger) for attempt, trigger, _ in attempts] == [
        (1, Trigger.SCHEDULE),
        (2, Trigger.RETRY),
    ]
    stage.wake_after(timedelta(minutes=10))
    assert len(attempts) == 2


def test_a_run_that_was_handed_over_is_neither_ended_nor_reported_here():
    class HandingOver(Stage):
        def _run(self, run):
            super()._run(run)

    stage = HandingOver([every(60)])
    stage.wake_after(60 * SECOND)
    assert len(stage.runs) == 1
    assert not stage.notes.finishes
    (row,) = stage.store.world.records()
    assert row.status is Status.RUNNING


def test_a_run_is_replaced_also_when_it_holds_the_only_slot():
    stage = Stage([every(60, overlap=Overlap.REPLACE)], concurrency=1)
    asked = []

    def wait_for_the_next(run):
        if not asked:
            stage.wake_after(60 * SECOND)
            asked.append(stage.store.stop_requests([run.id]))

    stage._on_run = wait_for_the_next
    stage.wake_after(60 * SECOND)
    assert list(asked[0].values()) == ["REPLACED"]
    assert [at for _, at in stage.runs] == [NOON + 60 * SECOND, NOON + 120 * SECOND]


# --- orders, and jobs that come and go ---------------------------------------------------------------


def test_an_order_runs_at_the_next_wake_whenever_the_job_is_due():
    stage = Stage([every(3600)])
    stage.store.request_run("a.b", NOON, "alice@example.com")
    stage.dispatcher.offer(
        [ClaimRequest(every(3600), run_request=run_request) for run_request in stage.store.run_requests()]
    )
    stage.wake_after(SECOND)
    stage.wake_after(SECOND)
    assert stage.runs == [("a.b", NOON)]


def test_an_order_of_a_job_that_runs_waits_for_its_end():
    def order_it(stage):
        stage.store.request_run("a.long", NOON, "alice@example.com")
        wanted = [
            ClaimRequest(hourly("a.long", 1), run_request=run_request)
            for run_request in stage.store.run_requests()
        ]
        stage.dispatcher.offer(wanted)
        stage.wake_after(SECOND)
        assert len(stage.runs) == 1 or stage.store.run_requests() == []

    stage = long_job_then(meanwhile=lambda stage: order_it(stage) if len(stage.runs) == 1 else None)
    assert stage.runs == [("a.long", NOON + SECOND), ("a.long", NOON)]


def follow(stage, *jobs):
    cursors = stage.store.register_jobs(jobs, stage.clock.now())
    stage.dispatcher.follow({each.name: each for each in jobs}, cursors)


def test_a_job_that_comes_in_is_run_and_wakes_the_timer():
    stage = Stage([])
    before = stage.dispatcher.next_wake()
    follow(stage, every(60))
    stage.dispatcher.wait_for_change(before, timeout=30)  # returns at once
    stage.wake_after(60 * SECOND)
    assert stage.runs == [("a.b", NOON + 60 * SECOND)]


def test_a_job_that_has_gone_is_not_run():
    stage = Stage([every(60), every(60, "b.c")])
    follow(stage, every(60, "b.c"))
    stage.wake_after(60 * SECOND)
    assert stage.runs == [("b.c", NOON + 60 * SECOND)]


def test_a_job_that_is_replaced_is_run_as_it_is_now():
    stage = Stage([every(60)])
    follow(stage, every(90))
    stage.wake_after(60 * SECOND)
    assert stage.runs == []
    stage.wake_after(30 * SECOND)
    assert stage.runs == [("a.b", NOON + 90 * SECOND)]


def test_the_same_jobs_change_nothing():
    a_job = every(60)
    stage = Stage([a_job])
    jobs = {"a.b": a_job}
    for _ in range(2):
        stage.dispatcher.follow(jobs, {"a.b": NOON})
    stage.wake_after(60 * SECOND)
    assert len(stage.runs) == 1


def test_nothing_that_waits_of_a_job_that_has_gone_is_run():
    def let_it_go(stage):
        stage.wake_after(SECOND)
        follow(stage, a_long)

    a_long = hourly("a.long", 1)
    stage = Stage(
        [a_long, hourly("a.short", 2)],
        concurrency=1,
        on_run=lambda run: let_it_go(stage) if run.job.name == "a.long" else None,
    )
    stage.wake_after(SECOND)
    assert stage.runs == [("a.long", NOON + SECOND)]


def test_a_run_of_a_job_that_has_gone_meanwhile_is_not_tried_again():
    stage = Stage([every(60)], on_run=lambda run: follow(stage))
    stage.outcome = Outcome(status=Status.FAILED, started=NOON, finished=NOON, retry_at=NOON + 90 * SECOND)
    stage.wake_after(60 * SECOND)
    stage.wake_after(60 * SECOND)
    assert len(stage.runs) == 1


def three_at_once(on_run):
    """Run three jobs that are due together, by one thread of three."""
    jobs = [every(60, f"a.b {number}") for number in range(3)]
    stage = Stage(jobs, concurrency=3, on_run=lambda run: on_run(stage))
    stage.wake_after(60 * SECOND)
    return stage


def test_runs_that_take_but_a_moment_are_left_to_one_thread_and_their_ends_recorded_together():
    sent = []

    def watch(stage):
        stage.dispatcher._stand_by.is_taken = True
        if not sent:
            claim = stage.store.claim
            stage.store.claim = lambda *answer: sent.append(len(answer[2])) or claim(*answer)
            sent.append(0)

    jobs = [every(60, f"a.b {number}") for number in range(6)]
    stage = Stage(jobs, concurrency=3, on_run=lambda run: watch(stage))
    stage.wake_after(60 * SECOND)
    assert (len(stage.runs), sent) == (6, [0, 3])


def test_nobody_is_asked_for_help_when_nothing_is_left():
    stage = Stage([every(60)], concurrency=3)
    stage.wake_after(60 * SECOND)
    assert stage.wakes == 0


def test_nobody_is_asked_for_help_while_somebody_stands_by():
    def stand_by(stage):
        stage.dispatcher._stand_by.is_taken = True

    assert three_at_once(stand_by).wakes == 1  # before the first run


def test_a_long_run_is_overtaken_by_the_thread_that_stands_by():
    def long_run(stage):
        if len(stage.runs) == 1:
            stage.dispatcher.wake()  # on another thread; nothing moves meanwhile
            assert [name for name, _ in stage.runs] == ["a.b 0", "a.b 1", "a.b 2"]

    three_at_once(long_run)


def test_who_stands_by_waits_for_a_claim_however_long_it_takes():
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 5:
            stage.dispatcher.close()

    def claim_while_others_wake(*request):
        stage.store.claim = claim
        stage.clock.move(SECOND)  # the third job is due
        stage.clock.sleep = sleep
        stage.dispatcher.wake()  # on a third thread: it can claim nothing meanwhile
        return claim(*request)

    def be_long(_run):
        if len(stage.runs) == 1:
            stage.store.claim = claim_while_others_wake
            stage.clock.move(SECOND)  # the second job is due
            stage.dispatcher.wake()  # on another thread

    jobs = [job(f"a.b {number}", Interval(60 * SECOND, NOON + number * SECOND)) for number in range(3)]
    stage = Stage(jobs, concurrency=3, on_run=be_long)
    claim = stage.store.claim
    stage.wake_after(60 * SECOND)
    assert len(slept) == 5


def test_the_end_before_a_long_run_is_put_on_record_by_the_thread_that_stands_by():
    def long_run(stage):
        if len(stage.runs) == 3:
            stage.dispatcher.wake()
            assert [row.status for row in stage.store.world.records()].count(Status.SUCCEEDED) == 2

    three_at_once(long_run)


def test_nothing_waits_for_its_record_while_the_next_run_goes_on_and_nobody_stands_by():
    seen = []

    def look(stage):
        seen.append([row.status for row in stage.store.world.records()].count(Status.SUCCEEDED))

    three_at_once(look)
    assert seen == [0, 1, 2]


def test_a_job_may_be_due_again_and_again_while_what_comes_after_its_runs_goes_on():
    def next_due_time(run, outcome):
        if len(stage.runs) < 5:
            stage.wake_after(SECOND)

    stage = Stage([every(1)], concurrency=6)
    stage.notes.finished = next_due_time
    stage.wake_after(SECOND)
    assert [at for _, at in stage.runs] == [NOON + number * SECOND for number in range(1, 6)]


def test_claims_go_on_after_one_that_failed_for_an_unknown_reason():
    stage = Stage([every(1)])
    claim = stage.store.claim

    def fail(*_):
        raise ZeroDivisionError

    stage.store.claim = fail
    with pytest.raises(ZeroDivisionError):
        stage.wake_after(SECOND)
    stage.store.claim = claim
    stage.wake_after(SECOND)
    assert [at for _, at in stage.runs] == [NOON + 2 * SECOND]


def test_when_it_is_closed_all_that_has_been_claimed_is_begun_without_waiting():
    jobs = [every(60, f"a.b {number}") for number in range(5)]
    wakes = []

    def close(stage):
        if len(stage.runs) == 1:
            before = stage.wakes
            stage.dispatcher.close()
            wakes.append(stage.wakes - before)
            stage.dispatcher.wake()  # on another thread
            assert len(stage.runs) == 5
            assert stage.clock.now() == NOON + 60 * SECOND

    stage = Stage(jobs, concurrency=5, on_run=lambda run: close(stage))
    stage.wake_after(60 * SECOND)
    assert wakes == [4]


def test_a_job_that_the_store_has_lost_is_told_and_the_others_run():
    lost, other = every(60, "a.lost"), every(60)
    stage = Stage([lost, other])
    stage.store.world.lose("a.lost")
    stage.wake_after(60 * SECOND)
    assert (stage.lost, [name for name, _ in stage.runs]) == ([lost], ["a.b"])
    stage.store.register_jobs([lost], stage.clock.now())
    stage.wake_after(60 * SECOND)
    assert [name for name, _ in stage.runs].count("a.lost") == 1


def ordered(stage, ordered_job, count):
    """Order so many runs of a job; return how often the store was asked to claim something from then on."""
    for _ in range(count):
        stage.store.request_run(ordered_job.name, stage.clock.now(), "somebody")
    stage.dispatcher.offer(
        ClaimRequest(ordered_job, run_request=run_request) for run_request in stage.store.run_requests()
    )
    asked, claim = [], stage.store.claim

    def counted(wanted, now, ended=()):
        asked.append(len(wanted))
        return claim(wanted, now, ended)

    stage.store.claim = counted
    return asked


@pytest.mark.parametrize(
    ("overlap", "most"), [(Overlap.SKIP, 1), (Overlap.QUEUE, 1), (Overlap.REPLACE, 1), (Overlap.ALLOW, 2)]
)
def test_other_jobs_wait_for_one_of_many_orders_at_most_and_for_two_that_may_overlap(overlap, most):
    busy, other = hourly("busy", 3000, overlap=overlap), every(1, "other")
    stage = Stage([busy, other], concurrency=1, on_run=lambda run: stage.wake_after(SECOND))
    ordered(stage, busy, 50)
    for _ in range(200):
        stage.alarm()
    names = " ".join(name for name, _ in stage.runs[:40])
    assert "other" in names
    assert "busy " * (most + 1) not in names.partition("other")[2]


def test_each_run_of_many_orders_is_claimed_once_and_asked_for_once_more_at_most():
    busy = hourly("busy", 3000)
    stage = Stage([busy], concurrency=3)
    asked = ordered(stage, busy, 200)
    for _ in range(200):
        stage.alarm()
    assert stage.runs == [("busy", NOON)] * 200
    assert sum(asked) <= 2 * 200


def test_an_order_that_is_offered_again_and_again_runs_once():
    busy = hourly("busy", 3000)
    stage = Stage([busy], on_run=lambda run: offer_all(stage, busy))
    ordered(stage, busy, 3)
    for _ in range(5):
        offer_all(stage, busy)
        stage.alarm()
    assert len(stage.runs) == 3


def offer_all(stage, its_job):
    stage.dispatcher.offer(
        ClaimRequest(its_job, run_request=run_request) for run_request in stage.store.run_requests()
    )


def lock_rows(stage, name):
    """Have somebody lock the rows of a job; return a function that ends it."""
    store = stage.store
    stage.lock_timeouts = 0
    claim, finish, finish_all = store.claim, store.finish, store.finish_all

    def refuse(ended):
        if name in {each.run.job.name for each in ended}:
            stage.lock_timeouts += 1
            raise RowsLocked("lock timeout")

    def locked_claim(wanted, now, ended=()):
        refuse(ended)
        free = [each for each in wanted if each.job.name != name]
        locked = [Claim(request=each, locked=True) for each in wanted if each.job.name == name]
        stage.lock_timeouts += len(locked)
        return [*claim(free, now, ended), *locked]

    def locked_finish(run, outcome):
        refuse([EndedRun(run, outcome)])
        finish(run, outcome)

    def locked_finish_all(ended):
        refuse(ended)
        finish_all(ended)

    def unlock():
        store.claim, store.finish, store.finish_all = claim, finish, finish_all

    store.claim, store.finish, store.finish_all = locked_claim, locked_finish, locked_finish_all
    return unlock


def test_only_the_job_waits_whose_rows_somebody_has_locked():
    stage = Stage([every(1, "free"), every(1, "locked")], concurrency=4)
    unlock = lock_rows(stage, "locked")
    for _ in range(15):
        stage.wake_after(SECOND)
    assert stage.runs == [("free", NOON + number * SECOND) for number in range(1, 16)]
    assert stage.notes.locks == [("locked", NOON + SECOND), ("locked", NOON + SECOND)]
    assert stage.lock_timeouts == 2
    unlock()
    for _ in range(12):
        stage.wake_after(SECOND)
    assert stage.runs[-1][0] in {"free", "locked"}
    assert stage.runs[-2:] == [("free", NOON + 27 * SECOND), ("locked", NOON + 27 * SECOND)]
    assert stage.notes.passed_over[-1][:3] == ("locked", NOON + SECOND, Status.MISSED)


def test_a_run_whose_end_waits_for_locked_rows_is_recorded_when_they_are_free():
    unlocks = []
    stage = Stage(
        [every(1, "free"), hourly("locked", 2)],
        on_run=lambda run: unlocks.append(lock_rows(stage, "locked")) if run.job.name == "locked" else None,
    )
    for _ in range(10):
        stage.wake_after(SECOND)
    assert stage.runs.count(("locked", NOON + 2 * SECOND)) == 1
    assert len(stage.runs) == 11
    assert stage.lock_timeouts <= 2  # with the next claim, and by itself
    unlocks.pop()()
    for _ in range(10):
        stage.wake_after(SECOND)
    assert {row.status for row in stage.store.world.records()} == {Status.SUCCEEDED}


def test_an_order_whose_rows_are_locked_runs_once_they_are_free():
    busy = hourly("busy", 3000)
    stage = Stage([busy, every(1, "free")])
    ordered(stage, busy, 2)
    unlock = lock_rows(stage, "busy")
    for _ in range(5):
        offer_all(stage, busy)
        stage.wake_after(SECOND)
    assert {name for name, _ in stage.runs} == {"free"}
    unlock()
    for _ in range(12):
        stage.wake_after(SECOND)
    assert [name for name, _ in stage.runs].count("busy") == 2


# --- claims ahead ----------------------------------------------------------------------------------

MILLISECOND = timedelta(milliseconds=1)


class Burst(Stage):
    """Jobs that are due together, for one thread; `durations` says how long their runs take.

    Each has a function of its own, or all have `function`.
    """

    def __init__(self, number=10, *, world=None, concurrency=1, function=None, **durations):
        self.durations = {f"job {index}": MILLISECOND for index in range(number)} | durations
        self.most_claimed = 0
        self.during = lambda run: None
        super().__init__(
            [every(60, name, function=function or f"functions.{name}") for name in self.durations],
            concurrency=concurrency,
            on_run=self._take_time,
            world=world,
        )
        self.claims = count_calls(self.store, "claim")
        self.wake_after(60 * SECOND - (self.clock.now() - NOON))  # what takes how long is known from now on

    def _take_time(self, run):
        claimed = [row for row in self.store.world.records() if row.status is Status.RUNNING]
        self.most_claimed = max(self.most_claimed, len(claimed))
        self.clock.move(self.durations[run.job.name])
        self.during(run)

    def next_minute(self):
        self.claims.clear()
        self.most_claimed = 0
        minutes = (self.clock.now() - NOON) // (60 * SECOND) + 1
        self.wake_after(NOON + minutes * 60 * SECOND - self.clock.now())


def count_calls(owner, method):
    calls, called = [], getattr(owner, method)

    def counting(*args, **kwargs):
        calls.append(args)
        return called(*args, **kwargs)

    setattr(owner, method, counting)
    return calls


def test_as_long_as_nobody_knows_how_long_a_job_takes_it_is_claimed_for_a_free_thread_only():
    burst = Burst()
    assert burst.most_claimed == 1
    assert len(burst.claims) == 10


def test_the_first_run_of_a_job_is_claimed_ahead_when_others_with_its_function_have_taken_but_a_moment():
    burst = Burst(function="send.reminder")
    assert len(burst.claims) == 2
    assert burst.most_claimed == 9


def test_what_takes_but_a_moment_is_claimed_together_and_recorded_together():
    burst = Burst()
    ends = count_calls(burst.store, "finish_all")
    burst.next_minute()
    assert burst.most_claimed == 10
    assert len(burst.claims) == 1
    assert len(burst.runs) == 20
    assert {row.status for row in burst.store.world.records()} == {Status.SUCCEEDED}
    assert sum(len(ended) for (ended,) in ends) <= 10


def test_no_more_is_claimed_than_a_thread_does_in_a_moment():
    burst = Burst(100)
    burst.next_minute()
    assert burst.most_claimed <= AHEAD / 0.001 + 1
    assert len(burst.runs) == 200


def test_a_long_run_is_claimed_for_a_free_thread_only_and_nothing_behind_it_overtakes_it():
    burst = Burst(4, **{"a long one": SECOND, "job 9": MILLISECOND})
    burst.next_minute()
    assert [name for name, _ in burst.runs[6:]] == [
        *(f"job {index}" for index in range(4)),
        "a long one",
        "job 9",
    ]
    assert burst.most_claimed == 4


@pytest.mark.parametrize("expected", [SECOND, MILLISECOND], ids=["as ever", "for once"])
def test_nothing_is_claimed_ahead_while_all_threads_do_something_long(expected):
    burst = Burst(2, long=expected)
    running = []

    def look(run):
        if run.job.name == "long" and not running:
            burst.clock.move(60 * SECOND)  # the others are due again
            burst.dispatcher.wake()
            running.extend(row.job for row in burst.store.world.records() if row.status is Status.RUNNING)

    burst.during = look
    burst.next_minute()
    assert running == ["long"]


def test_what_waits_behind_a_job_that_takes_longer_than_ever_is_given_back_and_run_elsewhere():
    burst = Burst(5)
    other = Burst(5, world=burst.store.world)
    other.clock.move(60 * SECOND)

    def lie(run):
        if run.job.name == "job 0":
            burst.dispatcher.give_back()
            assert len(burst.store.retries(burst.durations, burst.clock.now())) == 0, "too early"
            burst.clock.move(SECOND)
            burst.dispatcher.give_back()
            retries = other.store.retries(other.durations, burst.clock.now())
            other.dispatcher.offer([ClaimRequest(every(60, each.job), each) for each in retries])
            other.dispatcher.wake()

    burst.during = lie
    before = len(other.runs)
    burst.next_minute()
    due = NOON + 120 * SECOND
    assert [name for name, at in burst.runs if at == due] == ["job 0"]
    assert other.runs[before:] == [(f"job {index}", due) for index in range(1, 5)]
    records = [row for row in burst.store.world.records() if row.due == due]
    assert Counter((row.status, row.attempt) for row in records) == {
        (Status.SUCCEEDED, 1): 5,
        (Status.SKIPPED, 1): 4,
    }


def test_what_was_given_back_is_run_here_when_a_thread_is_free_first():
    burst = Burst(3)

    def lie(run):
        if (run.job.name, run.due.at) == ("job 0", NOON + 120 * SECOND):
            burst.clock.move(SECOND)
            burst.dispatcher.give_back()

    burst.during = lie
    burst.next_minute()
    burst.alarm()
    assert sorted(name for name, at in burst.runs if at == NOON + 120 * SECOND) == ["job 0", "job 1", "job 2"]


def test_what_has_not_begun_when_the_process_ends_is_given_back():
    burst = Burst(3)

    def end(run):
        burst.dispatcher.close()
        burst.dispatcher.give_back(0)

    burst.during = end
    burst.next_minute()
    retries = burst.store.retries(burst.durations, burst.clock.now())
    assert sorted((each.job, each.attempt) for each in retries) == [("job 1", 1), ("job 2", 1)]


@pytest.mark.parametrize("due", ["in time", "claimed ahead of it"])
def test_the_wait_for_the_due_time_is_not_taken_for_the_length_of_a_run(due):
    burst = Burst(3)
    for _ in range(3):
        lead = LEAD if due == "claimed ahead of it" else timedelta()
        burst.clock.move(
            60 * SECOND
            - burst.clock.now().second * SECOND
            - timedelta(microseconds=burst.clock.now().microsecond)
            - lead
        )
        burst.during = lambda run: burst.clock.move(max(run.due.at - burst.clock.now(), timedelta()))
        burst.claims.clear()
        burst.alarm()
    assert len(burst.claims) == 1


@pytest.mark.parametrize(("takes", "in_its_place"), [(MILLISECOND, False), (SECOND, True)])
def test_short_runs_that_wait_for_their_due_time_are_left_to_one_thread_and_long_ones_have_each_their_own(
    takes, in_its_place
):
    burst = Burst(0, concurrency=2, first=takes, second=takes)
    burst.durations = dict.fromkeys(burst.durations, timedelta())
    began = {}

    def another_thread_wakes(run):
        began[run.job.name] = burst.clock.now()
        if len(began) == 1:
            burst.dispatcher.wake()

    burst.during = another_thread_wakes
    due = NOON + 120 * SECOND
    burst.wake_after(due - LEAD - burst.clock.now())
    assert list(began) == ["first", "second"]
    assert (began["second"] < due) is in_its_place


def after_end(seconds, name="a.b", **fields):
    schedule = AfterEnd(delay=timedelta(seconds=seconds), zone=ZoneInfo("UTC"))
    return job(name, schedule, type="after end", **{"misfire_grace_time": None} | fields)


class Chain:
    """Two processes that share a store; a run takes so many seconds, on the clock of both."""

    def __init__(self, delay, takes):
        world = MemoryWorld()
        a_job = after_end(delay)
        self.first = Stage([a_job], world=world, on_run=self._on_run)
        self.second = Stage([a_job], world=world, on_run=self._on_run, clock=self.first.clock)
        self.takes = takes * SECOND

    def _on_run(self, run):
        start = self.first.clock.now()
        self.first.clock.move(self.takes)
        at = self.first.clock.now()
        for stage in (self.first, self.second):
            stage.outcome = Outcome(status=Status.SUCCEEDED, started=start, finished=at)

    def live_until(self, end, *stages):
        """Wake each of these processes exactly when it wants to be, and no sooner."""
        while True:
            wakes = [(stage.dispatcher.next_wake(), number) for number, stage in enumerate(stages)]
            at, number = min(wakes)
            if at > end:
                return
            self.first.clock.move(max(at - self.first.clock.now(), timedelta()))
            stages[number].dispatcher.wake()


def test_c29_a_run_begins_so_long_after_the_end_of_the_one_before():
    chain = Chain(delay=2, takes=2)
    chain.live_until(NOON + 17 * SECOND, chain.first)
    assert [due - NOON for _, due in chain.first.runs] == [
        (2 + 4 * number) * SECOND - number * LEAD for number in range(4)
    ]


def test_c29_a_process_that_only_looks_on_takes_over_at_the_exact_time():
    chain = Chain(delay=60, takes=7)
    chain.live_until(NOON + 300 * SECOND, chain.first, chain.second)
    runs = sorted([*chain.first.runs, *chain.second.runs])
    gaps = {later - earlier for (_, earlier), (_, later) in itertools.pairwise(runs)}
    assert gaps == {67 * SECOND - LEAD}
    # the first process is gone; the second one knows when the job is due
    last = runs[-1][1]
    chain.second.runs.clear()
    chain.live_until(NOON + 600 * SECOND, chain.second)
    assert chain.second.runs[0] == ("a.b", last + 67 * SECOND - LEAD)


def test_c29_who_only_looks_on_looks_once_in_an_interval():
    chain = Chain(delay=60, takes=0)
    looks = []
    claim = chain.second.store.claim
    chain.second.store.claim = lambda *args: looks.append(chain.first.clock.now()) or claim(*args)
    chain.live_until(NOON + 3600 * SECOND, chain.first, chain.second)
    assert len(looks) <= 2 * 60
