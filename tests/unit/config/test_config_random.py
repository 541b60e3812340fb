"""Whatever stands in the block: the start does not fail, no innocent job is lost, and nothing takes long."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from docassemble.Scheduler.config import Configuration
from docassemble.Scheduler.config.keys import JOB_KEYS, Group
from docassemble.Scheduler.core.decision import State, decide
from docassemble.Scheduler.core.errors import ArgumentError
from docassemble.Scheduler.core.job import Job
from docassemble.Scheduler.core.problem import Problem, Severity
from docassemble.Scheduler.core.texts.text import repr_of
from docassemble.Scheduler.execution.arguments import pack
from docassemble.Scheduler.management import serialize
from docassemble.Scheduler.management.status import JobState
from docassemble.Scheduler.notifications.variables import variables_of
from docassemble.Scheduler.web.dashboard.jobs.jobs_filter import GROUPS, VIEWS, Filter
from docassemble.Scheduler.web.dashboard.jobs.overview import overview
from docassemble.Scheduler.web.dashboard.presentation import Viewer
from tests.profiles import examples
from tests.random_configurations import (
    ABSURD,
    BARE,
    INNOCENT,
    NOW,
    OWN,
    blocks,
    is_bare,
    is_written,
    jobs,
    read,
    read_from,
    soon,
)
from tests.unit.web.views import job_html, overview_html

PROBLEMS = Path(__file__).parents[3] / "docs" / "problems.md"
DOCUMENTED = set(re.findall(r"^### (.+)$", PROBLEMS.read_text(encoding="utf-8"), re.MULTILINE))
ALONE = {job.name: job for job in read({**INNOCENT, **BARE}).jobs}
VIEWER = Viewer(now=NOW, zone=ZoneInfo("Europe/Berlin"))


def test_the_innocent_leave_nothing_to_defaults() -> None:
    groups = (Group.FIELD, Group.BOUNDS, Group.FUNCTION)
    assert set(OWN) == {key.name for key in JOB_KEYS.values() if key.group in groups}
    assert read(INNOCENT).problems == ()


@examples(1000, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(block=blocks(), as_file=st.sampled_from([False, False, False, True]))
def test_a_random_configuration_starts(
    block: dict[Any, Any], as_file: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "config.yml"
    as_file = as_file and is_written(block, file)
    with soon():
        configuration = (read_from(file) if as_file else None) or read(block)
        check_innocent(configuration, block)
        for problem in configuration.problems:
            check_problem(problem)
        check_jobs(configuration)


@examples(200)
@given(
    block=ABSURD, zone=st.text(max_size=5) | st.sampled_from(["Africa/Casablanca", "", "nowhere", "posix"])
)
def test_a_block_that_is_anything_starts(block: object, zone: str) -> None:
    with soon():
        configuration = read(block, zone=zone)
        for problem in configuration.problems:
            check_problem(problem)
        check_jobs(configuration)


@examples(200)
@given(keys=jobs())
def test_a_job_is_either_there_or_has_an_error(keys: dict[Any, Any]) -> None:
    configuration = read({"test.job": keys})
    errors = [problem for problem in configuration.problems if problem.severity is Severity.ERROR]
    assert bool(configuration.jobs) is not bool(errors)


def check_innocent(configuration: Configuration, block: Mapping[Any, Any]) -> None:
    """See that the innocent jobs are what they are alone; what holds for all jobs is left to the settings."""
    jobs = {job.name: job for job in configuration.jobs}
    settings = configuration.settings
    for name in [*INNOCENT, *(BARE if is_bare(block) else ())]:
        alone = ALONE[name]
        if name in BARE:
            alone = replace(
                alone, time_zone=settings.time_zone, misfire_grace_time=settings.misfire_grace_time
            )
        handler = settings.error_handler
        assert replace(jobs[name], written={}) == replace(alone, error_handler=handler or alone.error_handler)
        assert jobs[name].schedule.next_after(NOW) == alone.schedule.next_after(NOW)
    assert set(BARE) <= set(jobs) or not is_bare(block)


def check_problem(problem: Problem) -> None:
    """See that a problem is one that people can read, look up and find."""
    assert problem.code in DOCUMENTED
    assert problem.path
    assert problem.sentence
    assert len(str(problem)) < 4_000
    assert "hunter2" not in str(problem)
    assert problem.place
    json.dumps(serialize.PROBLEM.dump(problem)).encode()
    str(problem).encode()


def check_jobs(configuration: Configuration) -> None:
    """See that each job can be run and shown."""
    names = [job.name for job in configuration.jobs]
    assert len(names) == len(set(names))
    states = [JobState.of(job, None, None, NOW) for job in configuration.jobs]
    for state in states:
        check_job(state.job)
        assert "hunter2" not in job_html(state, VIEWER)
        json.dumps(serialize.JOB_STATE.dump(state)).encode()
    for view, group in zip(VIEWS, ("", *GROUPS), strict=True):
        page = overview(states, configuration.problems, Filter(view=view, group=group))
        overview_html(page.filled(lambda _: states), viewer=VIEWER)


def check_job(job: Job) -> None:
    following, latest = job.schedule.next_after(NOW), job.schedule.latest_at(NOW)
    assert following is None or following > NOW
    assert latest is None or latest <= NOW
    decide(job, State(cursor=NOW - timedelta(minutes=10)), NOW)
    assert len(job.fingerprint) == 32
    assert len(repr_of(job, 10_000)) <= 10_000
    check_arguments(*deepcopy((job.args, dict(job.kwargs))))


def check_arguments(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """See that arguments can be handed on, and stand in a mail when the job fails, without secrets by name."""
    with suppress(ArgumentError):  # whatever YAML can hold is handed on, but only JSON can be ordered
        pack(args, kwargs)
    kwargs["password"] = "hunter2"
    try:
        raise ValueError
    except ValueError as error:
        told = variables_of(error, f"{__name__}.check_arguments")
    assert len(told) < 5_000
    assert "kwargs = " in told
