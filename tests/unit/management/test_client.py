"""The client: functions are scheduled by programs, in their own words."""

import textwrap
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from docassemble.Scheduler.core.errors import (
    ArgumentError,
    DefinitionError,
    DurationError,
    FunctionError,
    NotPossible,
    UnknownJob,
)
from docassemble.Scheduler.core.run import Outcome, Status
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.management.client import SchedulerClient
from docassemble.Scheduler.schedules.simple import Date, Interval
from docassemble.Scheduler.store.base import ClaimRequest
from tests.unit.management.managers import ALICE, FUNCTION, NOON, Management, nothing

BERLIN = ZoneInfo("Europe/Berlin")


def local(*parts, **fold):
    """Return a time without a zone."""
    return datetime(*parts, **fold)  # noqa: DTZ001 - that is what it is about


class Stage(Management):
    """A client on a manager."""

    def __init__(self, zone=BERLIN):
        super().__init__()
        self.client = SchedulerClient(
            self.manager, functions=Functions(), time_zone=zone, by=ALICE.name, clock=self.clock
        )

    def job(self, id_):
        self.registry.refresh()
        return self.registry.find(id_)


def test_a_function_is_called_after_a_delay():
    stage = Stage()
    id_ = stage.client.schedule_in(90, nothing, args=[1], kwargs={"a": "b"})
    job = stage.job(id_)
    assert id_.startswith(f"{FUNCTION} ")
    assert job.schedule == Date(NOON + timedelta(seconds=90))
    assert (job.function, job.args, job.kwargs, job.type) == (FUNCTION, (1,), {"a": "b"}, "date")
    assert stage.store.dynamic_jobs()[0].by == ALICE.name


def test_two_functions_that_are_scheduled_without_an_id_are_two_jobs():
    stage = Stage()
    assert stage.client.schedule_in(5, nothing) != stage.client.schedule_in(5, nothing)
    assert len(stage.store.dynamic_jobs()) == 2


def test_an_id_makes_a_job_unique():
    stage = Stage()
    for seconds in (5, 10):
        assert stage.client.schedule_in(seconds, nothing, id="mine") == "mine"
    assert stage.job("mine").schedule == Date(NOON + timedelta(seconds=10))
    assert len(stage.store.dynamic_jobs()) == 1


@pytest.mark.parametrize(
    "days", [date(2026, 12, 24), [date(2026, 12, 24), "sat"], {"sat", date(2026, 12, 24)}, "sat, 2026-12-24"]
)
def test_days_that_do_not_count_are_dates_or_texts(days):
    stage = Stage()
    stage.client.schedule_cron(
        "daily", "0 9 * * *", nothing, except_=days, holidays=["DE"], on_holiday="after"
    )
    schedule = stage.job("daily").schedule
    assert schedule.closed.periods == ((date(2026, 12, 24), date(2026, 12, 24)),)
    assert schedule.closed.weekdays == (() if isinstance(days, date) else (5,))
    assert [calendar.code for calendar in schedule.closed.holidays] == ["DE"]
    assert schedule.on_holiday.value == "after"


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [(timedelta(minutes=1.5), 90), (90, 90), (1.5, 1.5), ("90", 90), ("1 minute 30 seconds", 90)],
)
def test_durations_are_timedeltas_seconds_or_words(duration, seconds):
    stage = Stage()
    stage.client.schedule_in(duration, nothing, id="in")
    assert stage.job("in").schedule == Date(NOON + timedelta(seconds=seconds))
    stage.client.schedule_every("every", duration, nothing)
    assert stage.job("every").schedule == Interval(timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        ("blue moon", "'blue moon' is not a duration"),
        (-1, "-1 is a negative"),
        (timedelta(-1), "is a negative"),
    ],
)
def test_what_is_no_duration_is_refused(duration, said):
    with pytest.raises(DurationError, match=said):
        Stage().client.schedule_in(duration, nothing)


@pytest.mark.parametrize(
    ("when", "instant"),
    [
        (local(2026, 7, 1, 14, 30), "2026-07-01T12:30:00"),
        (datetime(2026, 7, 1, 14, 30, tzinfo=timezone.utc), "2026-07-01T14:30:00"),
        (datetime(2026, 7, 1, 14, 30, tzinfo=ZoneInfo("America/New_York")), "2026-07-01T18:30:00"),
        ("2026-07-01 14:30", "2026-07-01T12:30:00"),
        ("2026-07-01T14:30:00Z", "2026-07-01T14:30:00"),
        (date(2026, 7, 1), "2026-06-30T22:00:00"),
        # an hour that is there twice, and one that is not there at all
        (local(2026, 10, 25, 2, 30), "2026-10-25T00:30:00"),
        (local(2026, 10, 25, 2, 30, fold=1), "2026-10-25T01:30:00"),
        (local(2026, 3, 29, 2, 30), "2026-03-29T01:30:00"),
    ],
)
def test_a_time_without_a_zone_is_local_in_docassembles_and_one_with_a_zone_is_exact(when, instant):
    stage = Stage()
    stage.client.schedule_at(when, nothing, id="at")
    assert stage.job("at").schedule == Date(datetime.fromisoformat(instant).replace(tzinfo=timezone.utc))


@pytest.mark.parametrize("key", ["time_zone", "timezone"])
def test_a_time_without_a_zone_is_local_in_that_of_the_options(key):
    stage = Stage()
    options = {key: "America/New_York"}
    stage.client.schedule_at(local(2026, 7, 1, 14, 30), nothing, id="at", **options)
    assert stage.job("at").schedule == Date(datetime(2026, 7, 1, 18, 30, tzinfo=timezone.utc))


def test_what_is_no_time_is_refused():
    with pytest.raises(DefinitionError, match="'tomorrow' is not a date and time"):
        Stage().client.schedule_at("tomorrow", nothing)


def test_c3_c7_what_is_huge_or_cannot_be_seen_is_told_in_a_few_visible_words():
    one = Stage().client
    for value in ("x" * 1_000_000, 10**5000, ["x"] * 100_000):
        with pytest.raises(DurationError) as refused:
            one.schedule_in(value, nothing)
        assert len(str(refused.value)) < 150
    with pytest.raises(DurationError) as refused:
        one.schedule_in("5\u200b minutes", nothing)
    assert "U+200B (ZERO WIDTH SPACE)" in refused.value.hint


def test_a_crontab_is_meant_in_the_zone_of_the_schedules():
    stage = Stage(zone=ZoneInfo("America/New_York"))
    stage.client.schedule_cron("cron", "30 14 * * *", FUNCTION)
    assert stage.job("cron").time_zone == "Europe/Berlin"
    with pytest.raises(DefinitionError, match="cron -> crontab: "):
        stage.client.schedule_cron("cron", "30 25 * * *", FUNCTION)


def test_options_are_those_of_a_job_with_the_values_that_python_has_for_them():
    stage = Stage()
    stage.client.schedule_every(
        "every",
        60,
        nothing,
        retries=3,
        max_runtime=timedelta(minutes=5),
        start=local(2026, 7, 1, 12, 0),
        servers={"b", "a"},
        on_exit=textwrap.dedent,
        time_zone="America/New_York",
        run_as=None,
    )
    job = stage.job("every")
    assert (job.retries, job.max_runtime, job.on_exit) == (3, timedelta(minutes=5), "textwrap.dedent")
    assert (job.servers, job.run_as) == (frozenset("ab"), None)
    assert job.schedule.next_after(NOON) == datetime(2026, 7, 1, 10, 0, tzinfo=timezone.utc)


def test_what_cannot_be_kept_is_refused():
    client = Stage().client
    with pytest.raises(FunctionError, match="a lambda"):
        client.schedule_in(5, lambda: None)
    with pytest.raises(FunctionError, match="has no 'nope'"):
        client.schedule_in(5, "tests.unit.management.managers.nope")
    with pytest.raises(ArgumentError, match=r"kwargs\['at'\] is a datetime"):
        client.schedule_in(5, nothing, kwargs={"at": NOON})
    with pytest.raises(DefinitionError, match="args: This value is not a list"):
        client.schedule_in(5, nothing, args="text")
    with pytest.raises(FunctionError, match="a lambda"):
        client.schedule_in(5, nothing, only_if=lambda: True)


def test_a_tuple_of_arguments_is_a_list():
    stage = Stage()
    stage.client.schedule_in(5, nothing, args=(1, 2), id="in")
    assert stage.job("in").args == (1, 2)


def test_the_rest_is_done_by_the_manager_in_the_name_of_the_same_person():
    stage = Stage()
    client = stage.client
    for act in (
        lambda: client.schedule_every("added", 60, nothing),
        lambda: client.pause("added"),
        lambda: client.resume("added"),
        lambda: client.run_now("added", args=[1]),
        lambda: client.cancel("added"),
    ):
        stage.clock.move(timedelta(seconds=1))
        assert act()
    events = [(event.actor, event.action) for event in reversed(stage.manager.events("added"))]
    assert events == [(ALICE.name, what) for what in ("add", "pause", "resume", "run", "cancel")]
    assert [state.name for state in client.jobs()] == ["minutely", "off"]
    with pytest.raises(UnknownJob):
        client.pause("added")


def test_the_history_of_a_job_is_there_also_when_the_job_is_no_more():
    stage = Stage()
    stage.client.schedule_in(5, nothing, id="once")
    (answer,) = stage.store.claim([ClaimRequest(stage.job("once"))], NOON + timedelta(seconds=5))
    stage.store.finish(answer.run, Outcome(status=Status.SUCCEEDED, started=NOON, finished=NOON))
    stage.client.cancel("once")
    assert [record.status for record in stage.client.history("once")] == [Status.SUCCEEDED]


@pytest.mark.parametrize("id_", ["a\0b", "a\ud800b", "x" * 191])
def test_an_id_that_no_database_keeps_is_refused_with_the_reason(id_):
    client = Stage().client
    for schedule in (
        lambda: client.schedule_in(5, nothing, id=id_),
        lambda: client.schedule_every(id_, 60, nothing),
        lambda: client.schedule_cron(id_, "0 12 * * *", nothing),
    ):
        with pytest.raises(DefinitionError, match="cannot be the name of a job") as refused:
            schedule()
        assert "190" in refused.value.hint
    assert client.history(id_) == []
    assert client.cancel(id_) is False


def test_ids_that_differ_in_case_are_two_jobs():
    stage = Stage()
    for id_, seconds in (("Job", 60), ("job", 120)):
        stage.client.schedule_every(id_, seconds, nothing)
    assert stage.job("Job").schedule != stage.job("job").schedule


def test_due_times_that_passed_without_a_success_are_told_and_run():
    stage = Stage()
    stage.clock.move(timedelta(minutes=10))
    dues = stage.client.due_times_without_success("minutely", "2026-03-01 13:03", local(2026, 3, 1, 13, 5))
    assert dues == [NOON + timedelta(minutes=each) for each in (3, 4, 5)]
    assert stage.client.due_times_without_success("minutely", dues[-1] + timedelta(minutes=4)) == [
        NOON + timedelta(minutes=each) for each in (9, 10)
    ]
    assert stage.client.backfill("minutely", "2026-03-01 13:03", "2026-03-01 13:05") == 3
    assert stage.store.events()[0].actor == ALICE.name


@pytest.mark.parametrize(
    ("name", "since", "error", "told"),
    [
        ("minutly", "2026-03-01", UnknownJob, "minutely"),
        ("minutely", "soon", DefinitionError, "'soon'"),
        ("minutely", "2026-02-01", NotPossible, "more than 10,000"),
        ("minutely", "2026-03-01 01:00", NotPossible, "100 can be run"),
        ("off", "2026-03-01", NotPossible, "disabled"),
    ],
)
def test_a_backfill_that_cannot_be_says_why(name, since, error, told):
    with pytest.raises(error, match=told):
        Stage().client.backfill(name, since)
