"""What Prometheus reads of the scheduler: by its own parser."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from prometheus_client.parser import text_string_to_metric_families

from docassemble.Scheduler.core.run import Outcome, Status
from docassemble.Scheduler.management.metrics import exposition
from docassemble.Scheduler.store.counters import RunCounter, counters_of
from docassemble.Scheduler.store.records import ProcessRecord, ServerRecord, ThreadCounts
from tests.unit.management.managers import ALICE, Management
from tests.unit.runs import a_run

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
HARMFUL = 'a "job"\\n\n{x="1"} 9\\'
PREFIX = "docassemble_scheduler_"


def samples(text):
    """Return all samples by their name without prefix and the values of their labels."""
    return {
        (sample.name.removeprefix(PREFIX), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def counted(*durations, name="a.job", status=Status.SUCCEEDED, late=0.05):
    counts, run = RunCounter(), a_run(name=name)
    started = run.due.at + timedelta(seconds=late)
    for seconds in durations:
        finished = started + timedelta(seconds=seconds)
        counts.finished(run, Outcome(status=status, started=started, finished=finished))
    return counters_of(counts.take())


def test_runs_are_counted_by_how_they_ended_zeros_included():
    found = samples(exposition([], counted(1, 2, status=Status.FAILED), [], 0))
    assert found["runs_total", "a.job", "failed"] == 2
    assert found["runs_total", "a.job", "succeeded"] == 0
    assert ("runs_total", "a.job", "running") not in found


def test_durations_and_latenesses_are_histograms():
    found = samples(exposition([], counted(0.5, 5, 5000), [], 0))
    assert found["run_duration_seconds_bucket", "a.job", "0.1"] == 0
    assert found["run_duration_seconds_bucket", "a.job", "1.0"] == 1
    assert found["run_duration_seconds_bucket", "a.job", "3600.0"] == 2
    assert found["run_duration_seconds_bucket", "a.job", "+Inf"] == 3
    assert found["run_duration_seconds_count", "a.job"] == 3
    assert found["run_duration_seconds_sum", "a.job"] == 5005.5
    assert found["run_lateness_seconds_bucket", "a.job", "0.1"] == 3


def test_names_of_jobs_stay_names():
    found = samples(exposition([], counted(1, name=HARMFUL), [], 0))
    assert found["runs_total", HARMFUL, "succeeded"] == 1


def test_jobs_are_told_as_far_as_they_are_known():
    management = Management()
    management.manager.pause("minutely", ALICE)
    found = samples(exposition(management.manager.jobs(recent=0), [], [], 0))
    assert found["job_paused", "minutely"] == 1
    assert ("job_next_due_timestamp_seconds", "minutely") not in found
    management.manager.resume("minutely", ALICE)
    states = management.manager.jobs(recent=0)
    found = samples(exposition([*states, replace(states[1], record=None)], [], [], 0))
    assert found["job_next_due_timestamp_seconds", "minutely"] == (NOON + timedelta(minutes=1)).timestamp()
    assert (found["job_running", "minutely"], found["job_failures", "minutely"]) == (0, 0)


def test_servers_are_up_while_they_have_processes():
    process = ProcessRecord(id="1", pid=1, seen=NOON)
    servers = [
        ServerRecord(name="one", seen=NOON, processes=(process,)),
        ServerRecord(name="two", seen=NOON),
    ]
    found = samples(exposition([], [], servers, 3))
    assert (found["server_up", "one"], found["server_up", "two"]) == (1, 0)
    assert found["server_seen_timestamp_seconds", "two"] == NOON.timestamp()
    assert found["problems",] == 3


def test_t1_job_threads_are_counted_by_what_they_do():
    found = samples(exposition([], [], [], 0, ThreadCounts(free=1, busy=2, stuck=3)))
    assert [found["job_threads", state] for state in ("free", "busy", "stuck")] == [1, 2, 3]
    assert ("job_threads", "free") not in samples(exposition([], [], [], 0))


def test_actions_that_wait_in_sessions_are_a_number():
    assert samples(exposition([], [], [], 0, session_actions=7))["session_actions",] == 7
