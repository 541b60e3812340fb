"""The agenda gives each job's due times out once, in order."""

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.schedules.simple import Date, Interval, OnDemand
from docassemble.Scheduler.store.base import Retry
from docassemble.Scheduler.testing import job
from docassemble.Scheduler.worker.queue.agenda import FEW, Agenda, Retries

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)


def every(seconds: int, name: str = "a.b"):
    return job(name, Interval(timedelta(seconds=seconds)))


def agenda_of(jobs, cursor=NOON):
    agenda = Agenda()
    for each in jobs:
        agenda.put(each, cursor)
    return agenda


def test_an_empty_agenda_is_never_due():
    agenda = Agenda()
    assert agenda.next_due() is None
    assert agenda.take_due(NOON + timedelta(days=1)) == []


def test_a_due_time_at_the_very_start_belongs_to_the_past():
    assert agenda_of([every(60)]).next_due() == NOON + timedelta(seconds=60)


def test_nothing_is_taken_before_it_is_due():
    assert agenda_of([every(60)]).take_due(NOON + timedelta(seconds=59, microseconds=999_999)) == []


def test_what_is_due_is_taken_once_and_earliest_first():
    agenda = agenda_of([every(3, "a.three"), every(2, "a.two")])
    taken = agenda.take_due(NOON + 3 * SECOND)
    assert [(due.job.name, due.at) for due in taken] == [
        ("a.two", NOON + 2 * SECOND),
        ("a.three", NOON + 3 * SECOND),
    ]
    assert agenda.take_due(NOON + 3 * SECOND) == []


def test_a_job_that_nobody_looked_at_for_long_is_taken_once_with_its_first_due_time():
    (due,) = agenda_of([every(1)]).take_due(NOON + 5.5 * SECOND)
    assert due.at == NOON + 1 * SECOND


def test_a_cursor_in_the_past_makes_a_job_due_at_once():
    agenda = agenda_of([every(60)], cursor=NOON - timedelta(hours=1))
    (due,) = agenda.take_due(NOON)
    assert due.at == NOON - timedelta(minutes=59)
    assert agenda.next_due() == NOON + timedelta(minutes=1)


def test_a_job_that_will_never_be_due_again_leaves_the_agenda():
    agenda = agenda_of([job("a.b", Date(NOON + SECOND))])
    assert len(agenda.take_due(NOON + 2 * SECOND)) == 1
    assert agenda.next_due() is None


def test_a_clock_that_steps_back_takes_nothing_twice():
    agenda = agenda_of([every(60)])
    agenda.take_due(NOON + timedelta(minutes=5))
    assert agenda.take_due(NOON - timedelta(hours=1)) == []
    assert agenda.take_due(NOON + timedelta(minutes=5)) == []
    assert agenda.next_due() == NOON + timedelta(minutes=6)


@given(
    periods=st.lists(st.integers(1, 100), min_size=1, max_size=20),
    steps=st.lists(st.floats(0.001, 90), min_size=1, max_size=30),
)
def test_no_due_time_is_passed_over(periods, steps):
    agenda = agenda_of([every(period, f"a.b {number}") for number, period in enumerate(periods)])
    now, taken = NOON, dict.fromkeys(range(len(periods)), NOON)
    for step in steps:
        now += timedelta(seconds=step)
        for due in agenda.take_due(now):
            number = int(due.job.name.partition(" ")[2])
            assert due.at == due.job.schedule.next_after(taken[number])
            taken[number] = due.job.schedule.latest_at(now)
    for number, period in enumerate(periods):
        assert Interval(timedelta(seconds=period)).next_after(taken[number]) > now


def test_retries_are_taken_when_they_are_due_earliest_first():
    retries = Retries()
    assert retries.next_due() is None
    for seconds in (3, 1, 2):
        retry = Retry(run=f"{seconds:032x}", job="a.b", due=NOON, attempt=2)
        retries.put(NOON + seconds * SECOND, every(60), retry)
    assert retries.next_due() == NOON + SECOND
    assert [wanted.retry.run[-1] for wanted in retries.take_due(NOON + 2 * SECOND)] == ["1", "2"]
    assert retries.take_due(NOON + 2 * SECOND) == []
    assert retries.next_due() == NOON + 3 * SECOND


def test_a_job_can_be_put_on_the_agenda_replaced_and_dropped():
    agenda = agenda_of([every(60, "a.b")])
    agenda.put(every(30, "b.c"), NOON)
    assert [due.job.name for due in agenda.take_due(NOON + timedelta(seconds=30))] == ["b.c"]
    agenda.put(every(600, "b.c"), NOON)
    assert agenda.next_due() == NOON + timedelta(seconds=60)
    agenda.drop("a.b")
    assert agenda.next_due() == NOON + timedelta(seconds=600)
    agenda.drop("b.c")
    agenda.drop("never.there")
    assert agenda.next_due() is None
    assert agenda.take_due(NOON + timedelta(days=1)) == []


def test_a_job_that_is_replaced_again_and_again_takes_no_room():
    agenda = Agenda()
    for seconds in range(1, 1000):
        agenda.put(every(seconds, "a.b"), NOON)
    assert len(agenda._heap) < 2 * FEW
    last = every(999).schedule.next_after(NOON)
    assert [due.at for due in agenda.take_due(NOON + timedelta(hours=1))] == [last]


def test_a_job_on_demand_is_on_no_agenda():
    agenda = agenda_of([job("a.b", OnDemand()), every(60, "c.d")])
    assert [due.job.name for due in agenda.take_due(NOON + 60 * SECOND)] == ["c.d"]
