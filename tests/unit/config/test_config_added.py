"""Jobs that are added at run time are read by the rules of the block; and jobs that a docassemble cannot run."""

from datetime import datetime, timedelta, timezone

import pytest

from docassemble.Scheduler.config import Code, parse
from docassemble.Scheduler.core.job import RunOn
from docassemble.Scheduler.core.problem import Problem

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
BLOCK = {
    "time zone": "Europe/Berlin",
    "error handler": "my.handler",
    "misfire grace time": "1 hour",
    "defaults": {"retries": 2, "minutes": 5},
    "a.b": {"run on": "celery"},
    "b.c": {},
}


def unusable(job, path):
    """Refuse jobs for Celery."""
    if job.run_on is not RunOn.CELERY:
        return None
    return Problem(code=Code.CELERY_MODULE_MISSING.value, path=path, sentence="It cannot be run.")


def read(**options):
    return parse(BLOCK, zone="UTC", environ={"NAME": "secret"}, now=NOON, **options)


def test_an_added_job_has_the_settings_and_the_defaults_of_the_block():
    job, problems = read().read_added("x", {"function": "c.d", "crontab": "0 12 * * *"}, NOON)
    assert problems == []
    assert (job.time_zone, job.error_handler, job.retries) == ("Europe/Berlin", "my.handler", 2)
    assert job.misfire_grace_time == timedelta(hours=1)
    assert job.schedule.next_after(NOON) == datetime(2026, 3, 2, 11, tzinfo=timezone.utc)


def test_variables_of_the_environment_have_no_meaning_in_an_added_job():
    definition = {"function": "c.d", "hours": 1, "args": ["${NAME}", "${NOPE}"], "description": "${NAME:-x}"}
    job, problems = read().read_added("x", definition, NOON)
    assert problems == []
    assert (job.args, job.description) == (("${NAME}", "${NOPE}"), "${NAME:-x}")


def test_problems_of_an_added_job_say_where_it_is_not():
    job, problems = read().read_added("x", {"function": "c.d", "every": "blue moon"}, NOON)
    assert job is None
    assert [problem.path for problem in problems] == [("added jobs", "x", "every")]


def test_what_has_passed_is_reckoned_from_the_time_of_adding():
    definition = {"function": "c.d", "run at": "2026-03-02 12:00"}
    configuration = read()
    assert configuration.read_added("x", definition, NOON)[1] == []
    (problem,) = configuration.read_added("x", definition, NOON + timedelta(days=2))[1]
    assert problem.code == Code.NEVER_FIRES_AGAIN.value


def test_a_job_that_this_docassemble_cannot_run_is_a_problem_wherever_it_comes_from():
    configuration = read(unusable=unusable)
    assert [job.name for job in configuration.jobs] == ["b.c"]
    assert [problem.path for problem in configuration.problems] == [("scheduler", "a.b")]
    job, problems = configuration.read_added("x", {"function": "c.d", "run on": "celery"}, NOON)
    assert job is None
    assert [problem.path for problem in problems] == [("added jobs", "x")]


ON_DEMAND = {
    "error handler": "my.handler",
    "defaults": {"retries": 2, "start": "2026-01-01"},
    "by hand": {
        "type": "manual",
        "function": "a.b",
        "args": ["${NAME}"],
        "kwargs": {"own": 1},
        "on exit": "c.d",
        "run on": "celery",
        "lock": "press",
    },
    "e.f": {"type": "manual", "retries": 5},
    "nightly": {"function": "a.b", "crontab": "0 0 * * *"},
}
ONCE = {"run at": "2026-03-02 12:00"}


def added(**definition):
    configuration = parse(ON_DEMAND, zone="UTC", environ={"NAME": "secret"}, now=NOON)
    return configuration.read_added("x", {**ONCE, **definition}, NOON)


def test_an_added_job_has_the_keys_of_a_job_on_demand_and_its_own_ones_win():
    job, problems = added(job="by hand", lock="other", retries=7)
    assert problems == []
    assert (job.name, job.type, job.function, job.args, job.kwargs) == (
        "x",
        "date",
        "a.b",
        ("secret",),
        {"own": 1},
    )
    assert (job.on_exit, job.run_on, job.lock, job.retries) == ("c.d", RunOn.CELERY, "other", 7)
    assert job.error_handler == "my.handler"
    assert job.schedule.next_after(NOON) == datetime(2026, 3, 2, 12, tzinfo=timezone.utc)


def test_what_the_environment_holds_of_a_job_on_demand_is_not_shown():
    job, _ = added(Job="by hand")
    assert job.shown("args") == ("${NAME}",)


def test_arguments_take_the_place_of_all_of_those_of_the_job_on_demand():
    assert (added(job="by hand", args=[1])[0].args, added(job="by hand", args=[1])[0].kwargs) == ((1,), {})
    assert added(job="by hand", kwargs={"a": 1}, args=[])[0].args == ()
    assert added(job="by hand", kwargs={}, args=[])[0].kwargs == {"own": 1}


def test_the_function_of_a_job_on_demand_may_be_its_name():
    job, problems = added(job="e.f")
    assert problems == []
    assert (job.function, job.retries) == ("e.f", 5)


@pytest.mark.parametrize(
    ("definition", "key", "hint"),
    [
        ({"job": "by hnd"}, "job", "Did you mean `by hand`?"),
        ({"job": "nightly"}, "job", "`type: manual`"),
        ({"job": "nobody knows"}, "job", "`type: manual`"),
        ({"job": ["by hand"]}, "job", "`type: manual`"),
        ({"job": None}, "job", "`type: manual`"),
        ({"job": "by hand", "function": "a.b"}, "function", "Keep one"),
    ],
)
def test_what_is_not_on_demand_is_no_job_of_an_added_one(definition, key, hint):
    job, (problem,) = added(**definition)
    assert job is None
    assert (problem.code, problem.path) == ("not-on-demand", ("added jobs", "x", key))
    assert hint in problem.hint


def test_the_block_has_no_such_key():
    configuration = parse({"a.b": {"hours": 1, "job": "by hand"}}, zone="UTC", environ={}, now=NOON)
    assert [problem.code for problem in configuration.problems] == ["unknown-key"]
