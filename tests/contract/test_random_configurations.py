"""Whatever stands in the block: each database takes up the innocent jobs, and they run."""

import json
import logging
from datetime import timedelta

from hypothesis import HealthCheck, given
from minutely import outcome, process

from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.management import serialize
from docassemble.Scheduler.management.manager import SchedulerManager
from docassemble.Scheduler.management.registry import JobRegistry
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.store.records import RunQuery
from docassemble.Scheduler.testing import ManualClock
from tests.profiles import examples
from tests.random_configurations import BARE, INNOCENT, NOW, blocks, is_bare, read, soon

#: a Tuesday morning in New York, where one of the innocent jobs is due
LATER = NOW + timedelta(days=3, hours=3)
LOGGER = logging.getLogger("test.random_configurations")


@examples(50, suppress_health_check=list(HealthCheck))
@given(block=blocks())
def test_a_random_configuration_runs_on_every_database(any_database, block):
    any_database.empty()
    store, clock = any_database.store(), ManualClock(NOW)
    store.register(process(), NOW)
    configuration = read(block)
    with soon():
        registry = JobRegistry(configuration, store=store, clock=clock, logger=LOGGER)
        registry.register_jobs()
    innocent = innocent_jobs(configuration, block)
    assert {job.name for job in innocent} <= set(registry.jobs.here)
    check_problems(registry, configuration)
    run(store, registry.jobs.here.values(), NOW + timedelta(days=1))
    for job in innocent:
        assert run(store, [job], LATER) == [job.name]
    clock.move(LATER - NOW)
    check_shown(registry, store, clock)


def innocent_jobs(configuration, block):
    """Return those that this server runs; which they are is for `server tags` to say."""
    names = {*INNOCENT, *(BARE if is_bare(block) else ())}
    jobs = [job for job in configuration.jobs if job.name in names]
    assert len(jobs) == len(names)
    return [job for job in jobs if job.is_for(configuration.settings.server_tags)]


def check_problems(registry, configuration):
    """See that each job that the database did not take up is one short problem."""
    unkept = [each for each in registry.problems if each not in configuration.problems]
    assert sorted(each.path[1] for each in unkept) == sorted(registry.jobs.missing)
    assert all(each.code == "not-in-database" and len(str(each)) < 1_000 for each in unkept)


def run(store, jobs, now):
    """Run what is due of jobs; return their names."""
    runs = [answer.run for answer in store.claim([ClaimRequest(job) for job in jobs], now) if answer.run]
    for each in runs:
        store.finish(each, outcome(at=now, result=each.job.name))
    return [each.job.name for each in runs]


def check_shown(registry, store, clock):
    """See that people can be told how the jobs stand, what ran, and what is due."""
    manager = SchedulerManager(registry=registry, store=store, functions=Functions(), clock=clock)
    jobs = [serialize.JOB_STATE.dump(each) for each in manager.jobs()]
    due = [serialize.DUE.dump(each) for each in manager.upcoming()]
    runs = [
        serialize.RUN.dump(each) for job in registry.jobs.known for each in manager.runs(RunQuery(job=job))
    ]
    assert "hunter2" not in json.dumps([jobs, due, runs])
