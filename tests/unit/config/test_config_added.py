"""Jobs that are added at run time are read by the rules of the block; and jobs that a docassemble cannot run."""

from datetime import datetime, timedelta, timezone

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
