"""What people see, as JSON."""

import json
from datetime import timedelta

from docassemble.Scheduler.core.problem import Problem
from docassemble.Scheduler.core.run import Outcome, Status
from docassemble.Scheduler.management import serialize
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.store.records import ProcessRecord, RunQuery, ServerRecord, ThreadCounts
from tests.unit.management.managers import ALICE, FUNCTION, NOON, Management

MINUTE = timedelta(minutes=1)


def test_a_job_has_the_same_keys_whatever_is_known_of_it():
    management = Management()
    management.manager.add("added", {"function": FUNCTION, "hours": 1}, ALICE)
    (claim,) = management.store.claim([ClaimRequest(management.registry.find("minutely"))], NOON + MINUTE)
    states = [serialize.JOB_STATE.dump(state) for state in management.manager.jobs()]
    assert len({tuple(state) for state in states}) == 1
    running = states[0]["running"][0]
    assert (running["id"], running["due"]) == (claim.run.id, "2026-03-01T12:01:00+00:00")
    assert states[2]["added"] == {"at": "2026-03-01T12:00:00+00:00", "by": ALICE.name}
    json.dumps(states)


def test_arguments_of_jobs_are_not_shown():
    management = Management(
        block={"x": {"function": FUNCTION, "hours": 1, "args": ["secret"], "kwargs": {"a": "secret"}}}
    )
    assert "secret" not in json.dumps(serialize.JOB_STATE.dump(management.manager.job("x")))


def test_a_run_has_durations_in_seconds_and_instants_in_utc():
    management = Management()
    (claim,) = management.store.claim([ClaimRequest(management.registry.find("minutely"))], NOON + MINUTE)
    start, end = NOON + MINUTE, NOON + MINUTE + timedelta(milliseconds=1500)
    management.store.finish(claim.run, Outcome(status=Status.SUCCEEDED, started=start, finished=end))
    (record,) = management.manager.runs(RunQuery())
    run = serialize.RUN.dump(record)
    assert (run["duration"], run["lateness"], run["finished"]) == (
        1.5,
        0.0,
        "2026-03-01T12:01:01.500000+00:00",
    )
    json.dumps(run)


def test_servers_events_and_problems_are_plain():
    management = Management()
    management.manager.pause("minutely", ALICE)
    (event,) = management.manager.events()
    assert serialize.EVENT.dump(event)["who"] == ALICE.name
    process = ProcessRecord(id="p", pid=1, seen=NOON, thread_counts=ThreadCounts(busy=2))
    (told,) = serialize.SERVER.dump(ServerRecord(name="one", seen=NOON, processes=(process,)))["processes"]
    assert (told["pid"], told["threads"]) == (1, {"free": 0, "busy": 2, "stuck": 0})
    problem = Problem(code="unknown-key", path=("scheduler", "x"), sentence="No.")
    assert "secret" not in json.dumps(serialize.PROBLEM.dump(problem))
