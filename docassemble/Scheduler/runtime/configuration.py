# do not pre-load
"""The `scheduler:` block of docassemble's configuration."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from ..config import Code, Configuration, parse
from ..config.jobs import Unusable
from ..core.clock import SystemClock
from ..core.job import Job, RunOn
from ..core.problem import Problem
from ..host.celery import TASK_MODULE
from ..host.docassemble import Docassemble
from ..host.files.config_file import read_findings
from ..host.files.env_file import read_env_file
from ..host.files.line_map import Locator
from ..schedules.apscheduler import from_trigger

BLOCK = "scheduler"
#: with more, the problems that are told at the start have no lines
MANY_JOBS = 500


def read_configuration(host: Docassemble) -> Configuration:
    """Read the `scheduler:` block of docassemble's configuration."""
    locate = Locator.of(host.configuration_file)
    with _garbage_left():
        configuration = parse(
            host.configuration.get(BLOCK),
            zone=host.time_zone,
            environ=os.environ,
            now=SystemClock().now(),
            env_file=read_env_file(host.configuration_file),
            source=read_findings(host.configuration_file),
            trigger_schedule=from_trigger,
            unusable=unusable(host),
        )
    return replace(configuration, locate=locate)


def located(configuration: Configuration, problems: Sequence[Problem]) -> Sequence[Problem]:
    """Return problems with their lines, unless the file is so long that the start would wait for them."""
    return problems if len(configuration.jobs) > MANY_JOBS else configuration.locate(problems)


def unusable(host: Docassemble) -> Unusable | None:
    """Return what says why a job cannot be run by this docassemble; None when it runs all."""
    return None if host.celery_imports(TASK_MODULE) else _unknown_task


@contextmanager
def _garbage_left() -> Iterator[None]:
    """Let Python's garbage collector rest: among thousands of new jobs, it would look through all of docassemble."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _unknown_task(job: Job, path: Sequence[str]) -> Problem | None:
    """Refuse the jobs whose messages Celery's workers would throw away."""
    if job.run_on is not RunOn.CELERY:
        return None
    sentence = "The Celery workers of this docassemble do not know the scheduler; the job is not scheduled."
    hint = f"Put the line `- {TASK_MODULE}` below `celery modules:` in docassemble's configuration."
    return Code.CELERY_MODULE_MISSING.problem((*path, "run on"), sentence, hint)
