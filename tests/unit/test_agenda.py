"""The agenda gives each job's due times out once, in order."""

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.agenda import Agenda
from docassemble.Scheduler.schedule.interval import Interval
from docassemble.Scheduler.schedule.once import Once
from docassemble.Scheduler.testing import job

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)


def every(seconds: int, name: str = "a.b"):
    return job(name, Interval(timedelta(seconds=seconds)))


def test_an_empty_agenda_is_never_due():
    agenda = Agenda([], NOON)
    assert agenda.next_due() is None
    assert agenda.take_due(NOON + timedelta(days=1)) == []


def test_a_due_time_at_the_very_start_belongs_to_the_past():
    assert Agenda([every(60)], NOON).next_due() == NOON + timedelta(seconds=60)


def test_nothing_is_taken_before_it_is_due():
    assert Agenda([every(60)], NOON).take_due(NOON + timedelta(seconds=59, microseconds=999_999)) == []


def test_what_is_due_is_taken_once_and_earliest_first():
    agenda = Agenda([every(3, "a.three"), every(2, "a.two")], NOON)
    taken = agenda.take_due(NOON + 3 * SECOND)
    assert [(arrears.due.job.name, arrears.due.at) for arrears in taken] == [
        ("a.two", NOON + 2 * SECOND),
        ("a.three", NOON + 3 * SECOND),
    ]
    assert agenda.take_due(NOON + 3 * SECOND) == []


def test_due_times_that_nobody_took_are_stood_for_by_the_latest():
    (arrears,) = Agenda([every(1)], NOON).take_due(NOON + 5.5 * SECOND)
    assert arrears.due.at == NOON + 5 * SECOND
    assert arrears.passed_over_from == NOON + 1 * SECOND


def test_a_job_that_will_never_be_due_again_leaves_the_agenda():
    agenda = Agenda([job("a.b", Once(NOON + SECOND))], NOON)
    assert len(agenda.take_due(NOON + 2 * SECOND)) == 1
    assert agenda.next_due() is None


def test_a_clock_that_steps_back_takes_nothing_twice():
    agenda = Agenda([every(60)], NOON)
    agenda.take_due(NOON + timedelta(minutes=5))
    assert agenda.take_due(NOON - timedelta(hours=1)) == []
    assert agenda.take_due(NOON + timedelta(minutes=5)) == []
    assert agenda.next_due() == NOON + timedelta(minutes=6)


@given(
    periods=st.lists(st.integers(1, 100), min_size=1, max_size=20),
    steps=st.lists(st.floats(0.001, 90), min_size=1, max_size=30),
)
def test_every_due_time_is_taken_or_stood_for_by_a_later_one(periods, steps):
    agenda = Agenda([every(period, f"a.b {number}") for number, period in enumerate(periods)], NOON)
    now, taken = NOON, {number: [NOON] for number in range(len(periods))}
    for step in steps:
        now += timedelta(seconds=step)
        for arrears in agenda.take_due(now):
            number = int(arrears.due.job.name.partition(" ")[2])
            period = timedelta(seconds=periods[number])
            first = arrears.passed_over_from or arrears.due.at
            assert taken[number][-1] < first <= arrears.due.at <= now
            assert first == Interval(period).next_after(taken[number][-1])
            taken[number].append(arrears.due.at)
    for number, period in enumerate(periods):
        assert Interval(timedelta(seconds=period)).next_after(taken[number][-1]) > now
