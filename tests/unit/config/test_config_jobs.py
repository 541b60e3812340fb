"""What the keys of a job become."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from blocks import NOW, codes, read, read_job

from docassemble.Scheduler.config import parse
from docassemble.Scheduler.core.errors import ScheduleError
from docassemble.Scheduler.core.job import Job, Missed, Overlap, RunOn, Schedule
from docassemble.Scheduler.core.problem import Severity
from docassemble.Scheduler.core.texts.storable import MAX_DESCRIPTION
from docassemble.Scheduler.schedules.cron.schedule import Cron
from docassemble.Scheduler.schedules.simple import Date, Interval, OnDemand


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)


def job_of(text: str, **options: Any) -> Job:
    configuration = read_job(text, **options)
    assert codes(configuration, Severity.ERROR) == []
    return configuration.jobs[0]


@pytest.mark.parametrize(
    ("keys", "type_"),
    [
        ("minutes: 5", "interval"),
        ("every: 5 minutes", "interval"),
        ("minute: 5", "cron"),
        ("crontab: '@daily'", "cron"),
        ("run at: 2027-01-01", "date"),
        ("trigger: date", "apscheduler"),
        ("type: cron", "cron"),
        ("Type: CRON", "cron"),
        ("type: manual", "manual"),
        ("after end: 10 minutes", "after end"),
        ("at start: true", "at start"),
        ("type: at start", "at start"),
        ("type: after end\nafter end: 5", "after end"),
    ],
)
def test_the_type_is_told_by_the_keys_present(keys: str, type_: str) -> None:
    assert job_of(keys, trigger_schedule=lambda *_: Date(NOW + timedelta(1))).type == type_


@pytest.mark.parametrize(
    ("keys", "seconds"),
    [
        ("seconds: 1", 1),
        ("minutes: '5'", 300),
        ("weeks: 1\ndays: 1\nhours: 1\nminutes: 1\nseconds: 1", 694861),
        ("minutes: 0\nseconds: 30", 30),
        ("every: 90", 90),
        ("every: 1.5 hours", 5400),
        ("every: 1.5", 1.5),
    ],
)
def test_an_interval_is_the_sum_of_its_parts(keys: str, seconds: float) -> None:
    job = job_of(keys)
    assert job.schedule == Interval(timedelta(seconds=seconds))
    assert job.params == {"seconds": seconds}


def test_an_interval_is_counted_from_its_start() -> None:
    job = job_of("days: 1\nstart: 2027-01-01 09:30")
    assert job.schedule.next_after(NOW) == utc(2027, 1, 1, 8, 30)
    assert job.schedule.next_after(utc(2027, 1, 1, 8, 30)) == utc(2027, 1, 2, 8, 30)


def test_nothing_is_due_after_the_end() -> None:
    job = job_of("days: 1\nend: 2027-01-01")
    assert job.schedule.next_after(utc(2026, 12, 31, 1)) is None


@pytest.mark.parametrize(
    ("keys", "due"),
    [
        ("hour: 9\nminute: 30", utc(2026, 11, 22, 8, 30)),
        ("crontab: 30 9 * * *", utc(2026, 11, 22, 8, 30)),
        ("crontab: 30 9 * * *\ntime zone: America/New_York", utc(2026, 11, 21, 14, 30)),
        ("crontab: 30 9 * * *\ntimezone: America/New_York", utc(2026, 11, 21, 14, 30)),
        ("second: 15", utc(2026, 11, 21, 12, 0, 15)),
        ("run at: 2027-01-01", utc(2026, 12, 31, 23)),
        ("run at: 2027-01-01 12:00", utc(2027, 1, 1, 11)),
        ("run at: '2027-01-01 12:00'", utc(2027, 1, 1, 11)),
        ("run at: '2027-01-01T12:00:00Z'", utc(2027, 1, 1, 12)),
        ("run at: '2027-01-01T12:00:00+05:00'", utc(2027, 1, 1, 7)),
        ("run at: 2027-01-01T12:00:00+05:00", utc(2027, 1, 1, 7)),
        ("run at: 2027-01-01 12:00\ntime zone: UTC", utc(2027, 1, 1, 12)),
    ],
)
def test_local_times_are_in_the_zone_of_the_job(keys: str, due: datetime) -> None:
    assert job_of(keys).schedule.next_after(NOW) == due


def test_jitter_spreads_by_the_name_of_the_job() -> None:
    first, second = read("a.b: {hours: 1, jitter: 10 minutes}\na.b 2: {hours: 1, jitter: 10 minutes}").jobs
    due = [job.schedule.next_after(NOW) for job in (first, second)]
    assert due[0] != due[1]
    assert all((each - NOW) % timedelta(hours=1) < timedelta(minutes=10) for each in due if each)


def test_a_trigger_is_made_by_whoever_knows_apscheduler() -> None:
    seen = []

    def trigger_schedule(trigger: str, params: Mapping[str, Any], zone: ZoneInfo) -> Schedule:
        seen.append((trigger, params, zone.key))
        return Interval(timedelta(hours=1))

    job = job_of("trigger: cron\nparams: {hour: 3}\ntime zone: UTC", trigger_schedule=trigger_schedule)
    assert seen == [("cron", {"hour": 3}, "UTC")]
    assert job.params == {"trigger": "cron", "params": {"hour": 3}}


class Never:
    """A schedule of somebody else that is never due."""

    def next_after(self, instant: datetime) -> datetime | None:
        return None

    def latest_at(self, instant: datetime) -> datetime | None:
        return None


def test_a_trigger_that_is_never_due_is_an_error() -> None:
    configuration = read_job("trigger: never", trigger_schedule=lambda *_: Never())
    assert codes(configuration, Severity.ERROR) == ["impossible-schedule"]


def test_what_apscheduler_says_about_a_bad_trigger_is_passed_on() -> None:
    def trigger_schedule(*_: object) -> Schedule:
        raise ScheduleError("No trigger `crom`.", hint="Did you mean `cron`?")

    (problem,) = read_job("trigger: crom", trigger_schedule=trigger_schedule).problems
    assert problem.sentence == "No trigger `crom`."
    assert problem.hint == "Did you mean `cron`?"


ALL = """
every: 5 minutes
function: package.module.function
args: [1, two]
kwargs: {three: 3}
fixed arguments: true
contextmanager: module.Class
error handler: module.handler
enabled: no
description: What it does
time zone: Asia/Tokyo
overlap: Queue
lock: database
missed: all
misfire grace time: 10 minutes
max runtime: 1 minute
retries: 3
retry delay: 1 minute
resumable: "on"
only if: module.flag
on exit: module.report
run on: celery
servers: [a, b]
tags: [billing, weekly]
run as: jane@example.com
check-in margin: 2 minutes
monitor: https://example.com/ping/1
"""


def test_every_key_is_carried_on_the_job() -> None:
    assert job_of(ALL) == Job(
        name="test.job",
        function="package.module.function",
        type="interval",
        schedule=Interval(timedelta(minutes=5)),
        params={"seconds": 300},
        args=(1, "two"),
        kwargs={"three": 3},
        fixed_arguments=True,
        contextmanager="module.Class",
        error_handler="module.handler",
        enabled=False,
        description="What it does",
        time_zone="Asia/Tokyo",
        overlap=Overlap.QUEUE,
        lock="database",
        missed=Missed.ALL,
        misfire_grace_time=timedelta(minutes=10),
        max_runtime=timedelta(minutes=1),
        retries=3,
        retry_delay=timedelta(minutes=1),
        resumable=True,
        only_if="module.flag",
        on_exit="module.report",
        run_on=RunOn.CELERY,
        servers=frozenset({"a", "b"}),
        tags=frozenset({"billing", "weekly"}),
        run_as="jane@example.com",
        check_in_margin=timedelta(minutes=2),
        monitor="https://example.com/ping/1",
    )


def test_a_job_of_few_words_has_the_defaults() -> None:
    assert job_of("minutes: 5") == Job(
        name="test.job",
        function="test.job",
        type="interval",
        schedule=Interval(timedelta(minutes=5)),
        params={"seconds": 300},
        time_zone="Europe/Berlin",
    )


@pytest.mark.parametrize("spelling", ["error handler", "error_handler", "error-handler", "Error  Handler"])
def test_the_spelling_of_a_key_does_not_matter(spelling: str) -> None:
    assert job_of(f"minutes: 5\n{spelling}: a.b").error_handler == "a.b"


def test_of_two_spellings_the_plain_one_counts() -> None:
    assert job_of("minutes: 5\nMinutes: 6").params == {"seconds": 300}
    assert job_of("Minutes: 6\nminutes: 5").params == {"seconds": 300}


@pytest.mark.parametrize("word", ["true", "yes", "on", "'true'", "'Yes'", "'ON'"])
def test_words_for_true_are_true(word: str) -> None:
    assert job_of(f"minutes: 5\nenabled: {word}").enabled is True


def test_a_minus_one_is_no_limit_for_being_late() -> None:
    assert job_of("minutes: 5\nmisfire grace time: -1").misfire_grace_time is None
    assert job_of("minutes: 5\nmisfire grace time: '-1'").misfire_grace_time is None


def test_a_description_may_look_like_a_number() -> None:
    assert job_of("minutes: 5\ndescription: 2026").description == "2026"


def test_one_server_or_tag_needs_no_list() -> None:
    assert job_of("minutes: 5\nservers: a, b").servers == {"a", "b"}
    assert job_of("minutes: 5\ntags: a, b").tags == {"a", "b"}


def test_a_function_frees_the_name() -> None:
    (job,) = read("Nightly report!: {function: reports.nightly, crontab: '@daily'}").jobs
    assert (job.name, job.function) == ("Nightly report!", "reports.nightly")


@pytest.mark.parametrize("name", ["test.job with many words", "test.job\tx"])
def test_the_function_is_what_stands_before_the_first_space(name: str) -> None:
    (job,) = read(f'"{name}": {{minutes: 5}}').jobs
    assert (job.name, job.function) == (name, "test.job")


def test_a_list_of_minutes_makes_a_cron_job() -> None:
    assert isinstance(job_of("minute: [0, 30]").schedule, Cron)


@pytest.mark.parametrize(
    "keys",
    ["hour: '*'", "hour: -1", "hour: 3\nminute: '*'", "hour: 3\nminute: 0", "minute: 3"],
)
def test_an_hour_with_a_minute_is_no_trap(keys: str) -> None:
    assert codes(read_job(keys)) == []


@pytest.mark.parametrize(
    "keys",
    [
        "crontab: '*/30 2 * * *'",
        "crontab: 30 3 * * *",
        "crontab: 30 1 * * *",
        "crontab: 30 2 * 6 *",
        "crontab: '@hourly'",
        "hour: 2\nminute: -30",
        "crontab: 30 2 * * *\ntime zone: UTC",
        "run at: 2027-03-28 01:59",
        "run at: '2027-03-28T02:30:00+01:00'",
    ],
)
def test_what_no_gap_swallows_is_no_trap(keys: str) -> None:
    assert codes(read_job(keys)) == []


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"])
def test_the_gap_of_each_zone_is_found(zone: str) -> None:
    """New York and Casablanca skip 02:00 to 03:00, Lord Howe Island 02:00 to 02:30."""
    assert codes(read_job(f"crontab: 15 2 * * *\ntime zone: {zone}")) == ["daylight-saving-gap"]


def test_a_job_that_may_overlap_is_no_trap() -> None:
    keys = "minutes: 5\nmax runtime: 1 hour\noverlap: allow"
    assert codes(read_job(keys)) == []


@pytest.mark.parametrize(
    "keys", ["retries: 0", "overlap: skip", "run on: worker", "missed: once", "resumable: false"]
)
def test_asking_for_what_happens_anyway_is_no_problem(keys: str) -> None:
    assert codes(read_job(f"minutes: 5\n{keys}")) == []


def test_jobs_share_what_is_equal_and_leave_the_texts_of_the_file_alone() -> None:
    """Processes share memory until they touch it: objects that lie scattered in it cost a page each."""
    one, other = "".join(["staged", ".one"]), "".join(["staged", ".other"])
    function, same = "".join(["math", ".sqrt"]), "".join(["math", ".sqrt"])
    block = {
        one: {"function": function, "crontab": "5 4 * * *"},
        other: {"function": same, "crontab": " ".join(["5 4", "* * *"])},
    }
    first, second = parse(block, zone="UTC", environ={}, now=NOW).jobs
    assert first.function is second.function
    assert isinstance(first.schedule, Cron)
    assert isinstance(second.schedule, Cron)
    assert first.schedule.expression is second.schedule.expression
    assert first.name == one
    assert first.name is not one


def test_a_name_that_no_encoding_knows_is_a_problem_of_that_job_alone() -> None:
    block = {"a.b \ud800": {"minutes": 5}, "a.b": {"minutes": 5}}
    configuration = parse(block, zone="UTC", environ={}, now=NOW)
    assert [job.name for job in configuration.jobs] == ["a.b"]
    assert [problem.path for problem in configuration.problems] == [("scheduler", r"a.b \ud800")]


def test_a_description_is_for_people_and_made_fit_to_be_shown() -> None:
    (job,) = parse(
        {"a.b": {"minutes": 5, "description": "a\0b \ud800" + "x" * 5_000}}, zone="UTC", environ={}, now=NOW
    ).jobs
    assert job.description is not None
    assert job.description.startswith(r"a\0b \ud800xxx")
    assert len(job.description) == MAX_DESCRIPTION


def test_arguments_are_handed_on_as_they_are() -> None:
    (job,) = parse({"a.b": {"minutes": 5, "args": ["a\0b"]}}, zone="UTC", environ={}, now=NOW).jobs
    assert job.args == ("a\0b",)


def test_a_job_on_demand_has_all_other_keys_and_is_never_due() -> None:
    keys = "type: manual\nretries: 3\non exit: a.b\nrun on: celery\nlock: x\ntime zone: UTC\nservers: main"
    configuration = read_job(keys)
    (job,) = configuration.jobs
    assert configuration.problems == ()
    assert (job.schedule, job.is_on_demand, dict(job.params)) == (OnDemand(), True, {})
    assert (job.retries, job.on_exit, job.run_on, job.lock) == (3, "a.b", RunOn.CELERY, "x")


def test_a_job_on_demand_has_nothing_to_do_with_the_due_times_of_defaults() -> None:
    block = "defaults: {minutes: 5, start: 2027-01-01, jitter: 5 seconds, retries: 2}\na.b: {type: manual}"
    configuration = read(block)
    assert configuration.problems == ()
    assert [(job.schedule, job.retries) for job in configuration.jobs] == [(OnDemand(), 2)]


def test_all_jobs_without_a_schedule_can_be_on_demand() -> None:
    configuration = read("defaults: {type: manual}\na.b: {}\nc.d: {minutes: 5, jitter: 5 seconds}")
    assert configuration.problems == ()
    assert [job.type for job in configuration.jobs] == ["manual", "interval"]


def test_a_job_cannot_be_on_demand_by_defaults_that_also_say_when() -> None:
    configuration = read("defaults: {type: manual, minutes: 5}\na.b: {}\nc.d: {hours: 1}")
    assert [job.name for job in configuration.jobs] == ["c.d"]
    assert codes(configuration, Severity.ERROR) == ["key-of-another-type", "bad-defaults"]
