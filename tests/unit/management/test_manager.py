"""The manager: what people see of the scheduler, and what they do with it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from docassemble.Scheduler.core.errors import (
    ArgumentError,
    DefinitionError,
    NotPossible,
    NotStorable,
    UnknownJob,
    UnknownRun,
)
from docassemble.Scheduler.core.run import Outcome, Status
from docassemble.Scheduler.management.status import JobStatus
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.store.records import RunQuery
from tests.unit.management.managers import ALICE, FUNCTION, NOON, Management

MINUTE = timedelta(minutes=1)
HOURLY = {"function": FUNCTION, "hours": 1}


def claim(management, name="minutely", at=NOON + MINUTE):
    management.registry.refresh()
    (answer,) = management.store.claim([ClaimRequest(management.registry.find(name))], at)
    return answer.run


def finish(management, run, status=Status.SUCCEEDED, **fields):
    management.store.finish(run, Outcome(status=status, started=NOON, finished=NOON, **fields))


def ended(management, at):
    run = claim(management, at=at)
    finish(management, run)
    return run


def did(management, job="minutely"):
    return [(event.actor, event.action) for event in management.manager.events(job)]


def status_of(management, name="minutely"):
    return management.manager.job(name).status


# --- what there is to see -------------------------------------------------------------------------


def test_a_job_is_described_by_its_configuration_and_else_by_its_function():
    described = {"function": FUNCTION, "minutes": 1, "description": "Does its best."}
    management = Management(block={"own": described, "other": {"function": FUNCTION, "minutes": 1}})
    assert [state.description for state in management.manager.jobs()] == ["Does its best.", "Do nothing."]
    assert management.manager.job("other").description == "Do nothing."


def test_jobs_are_those_of_the_configuration_and_then_the_added_ones():
    management = Management()
    management.manager.add("b", HOURLY, ALICE)
    management.manager.add("a", HOURLY, ALICE)
    states = management.manager.jobs()
    assert [state.name for state in states] == ["minutely", "off", "a", "b"]
    assert [state.added and state.added.by for state in states] == [None, None, ALICE.name, ALICE.name]
    assert [state.next_due for state in states] == [
        NOON + MINUTE,
        None,
        NOON + timedelta(hours=1),
        NOON + timedelta(hours=1),
    ]


def test_a_job_is_disabled_paused_running_late_failing_or_ok():
    management = Management()
    assert status_of(management, "off") is JobStatus.DISABLED
    assert status_of(management) is JobStatus.OK
    run = claim(management)
    assert status_of(management) is JobStatus.RUNNING
    finish(management, run, Status.FAILED)
    assert status_of(management) is JobStatus.FAILING
    management.clock.move(timedelta(minutes=5))
    assert status_of(management) is JobStatus.LATE
    management.manager.pause("minutely", ALICE)
    assert status_of(management) is JobStatus.PAUSED
    assert management.manager.job("minutely").next_due is None


def test_a_job_that_no_server_has_taken_up_is_ok():
    management = Management(block={"elsewhere": {**HOURLY, "servers": "elsewhere"}})
    assert status_of(management, "elsewhere") is JobStatus.OK
    assert management.manager.job("elsewhere").record is None


def test_unknown_jobs_and_runs_are_said_to_be_so():
    management = Management()
    with pytest.raises(UnknownJob, match="there is no job 'minutly'") as unknown:
        management.manager.job("minutly")
    assert "minutely" in unknown.value.hint
    with pytest.raises(UnknownRun, match="there is no run"):
        management.manager.run("0" * 32)


def test_there_is_an_older_page_when_there_is_one_record_more():
    management = Management()
    first, second, third = [ended(management, NOON + minute * MINUTE).id for minute in (1, 2, 3)]
    newest = management.manager.page(RunQuery(limit=2))
    assert [record.id for record in newest.runs] == [third, second]
    oldest = management.manager.page(RunQuery(limit=2, before=newest.before))
    assert ([record.id for record in oldest.runs], oldest.before) == ([first], None)
    assert management.manager.page(RunQuery(limit=3)).before is None


def test_records_servers_and_events_are_there_to_read():
    management = Management()
    run = claim(management)
    assert [record.id for record in management.manager.runs(RunQuery(job="minutely"))] == [run.id]
    assert management.manager.run(run.id).status is Status.RUNNING
    assert [server.name for server in management.manager.servers()] == ["one"]
    management.manager.pause("minutely", ALICE)
    assert did(management) == [(ALICE.name, "pause")]
    assert management.manager.history is management.store
    assert management.manager.settings.time_zone == "Europe/Berlin"


def test_what_is_to_come_is_merged_without_what_is_paused_or_disabled():
    management = Management()
    management.manager.add("hourly", HOURLY, ALICE)
    management.manager.add("paused", HOURLY, ALICE)
    management.manager.pause("paused", ALICE)
    dues = management.manager.upcoming(count=61)
    assert [due.at for due in dues[:3]] == [NOON + number * MINUTE for number in (1, 2, 3)]
    assert sorted(due.job.name for due in dues if due.at == NOON + 60 * MINUTE) == ["hourly", "minutely"]
    assert {due.job.name for due in dues} == {"hourly", "minutely"}


def test_what_is_to_come_ends_with_a_number_an_instant_or_the_schedules():
    management = Management()
    management.manager.add("once", {"function": FUNCTION, "run at": "2026-03-01 18:00"}, ALICE)
    assert len(management.manager.upcoming(until=NOON + 5 * MINUTE)) == 5
    assert [due.at for due in management.manager.upcoming(job="once")] == [NOON + timedelta(hours=5)]
    with pytest.raises(UnknownJob):
        management.manager.upcoming(job="nope")


# --- what there is to do --------------------------------------------------------------------------


def test_an_order_is_on_record_and_is_offered_to_the_worker_here():
    management = Management()
    order = management.manager.run_now("minutely", ALICE)
    assert [(each.id, each.job, each.arguments) for each in management.store.run_requests()] == [
        (order, "minutely", None)
    ]
    assert did(management) == [(ALICE.name, "run")]
    assert management.offers == [("minutely", order)]


def test_what_is_disabled_unknown_or_not_json_is_not_ordered():
    management = Management()
    with pytest.raises(NotPossible, match="is disabled"):
        management.manager.run_now("off", ALICE)
    with pytest.raises(UnknownJob):
        management.manager.run_now("nope", ALICE)
    with pytest.raises(ArgumentError, match=r"kwargs\['when'\]"):
        management.manager.run_now("minutely", ALICE, kwargs={"when": NOON})
    assert management.store.run_requests() == []
    assert management.offers == []


def test_a_failed_run_is_tried_again_once():
    management = Management()
    run = claim(management)
    finish(management, run, Status.FAILED)
    management.manager.retry(run.id, ALICE)
    assert did(management) == [(ALICE.name, "try again")]
    (retry,) = management.store.retries(["minutely"], NOON)
    management.store.claim([ClaimRequest(management.registry.find("minutely"), retry)], NOON + MINUTE)
    with pytest.raises(NotPossible, match="has been tried again"):
        management.manager.retry(run.id, ALICE)


def test_what_makes_no_sense_to_be_tried_again_is_not():
    management = Management()
    run = claim(management)
    with pytest.raises(NotPossible, match="this run is running"):
        management.manager.retry(run.id, ALICE)
    finish(management, run, Status.FAILED)
    management.manager.pause("minutely", ALICE)
    with pytest.raises(NotPossible, match="is paused"):
        management.manager.retry(run.id, ALICE)
    with pytest.raises(UnknownRun):
        management.manager.retry("0" * 32, ALICE)


def test_a_run_of_a_job_that_is_no_more_is_not_tried_again():
    management = Management()
    management.manager.add("added", {"function": FUNCTION, "minutes": 1}, ALICE)
    run = claim(management, "added")
    finish(management, run, Status.FAILED)
    management.manager.cancel("added", ALICE)
    with pytest.raises(UnknownJob):
        management.manager.retry(run.id, ALICE)


def test_a_run_is_stopped_once():
    management = Management()
    run = claim(management)
    assert management.manager.stop(run.id, ALICE)
    assert not management.manager.stop(run.id, ALICE)
    assert management.store.stop_requests([run.id]) == {run.id: "BY_HAND"}
    with pytest.raises(UnknownRun):
        management.manager.stop("0" * 32, ALICE)


def test_a_job_is_paused_and_resumed():
    management = Management()
    assert management.manager.pause("minutely", ALICE)
    assert not management.manager.pause("minutely", ALICE)
    assert management.manager.resume("minutely", ALICE)
    assert not management.manager.resume("minutely", ALICE)
    for act in (management.manager.pause, management.manager.resume):
        with pytest.raises(UnknownJob):
            act("nope", ALICE)


def test_an_added_job_is_there_at_once_and_keeps_the_zone_it_was_added_in():
    management = Management()
    added = management.manager.add("nightly", {"function": FUNCTION, "crontab": "0 3 * * *"}, ALICE)
    assert added.time_zone == "Europe/Berlin"
    assert '"time zone": "Europe/Berlin"' in management.store.dynamic_jobs()[0].definition
    assert replace(management.manager.job("nightly").job, version=None) == added
    assert (did(management, "nightly"), management.polls) == ([(ALICE.name, "add")], 1)


def test_an_added_job_has_the_defaults_of_the_configuration():
    management = Management(block={"defaults": {"retries": 3}})
    assert management.manager.add("added", HOURLY, ALICE).retries == 3


@pytest.mark.parametrize(
    ("name", "definition", "said", "hint"),
    [
        ("minutely", HOURLY, "the configuration has a job 'minutely'", "another name"),
        ("", HOURLY, "cannot be the name of a job", "1 to 190 characters"),
        (" x", HOURLY, "cannot be the name of a job", "no space"),
        ("a\nb", HOURLY, "cannot be the name of a job", "visible"),
        ("x" * 191, HOURLY, "cannot be the name of a job", "190"),
        ("a\0b", HOURLY, "cannot be the name of a job", "visible"),
        ("a\ud800", HOURLY, "cannot be the name of a job", "visible"),
        ("x", {**HOURLY, "lock": "x" * 191}, "x -> lock: ", "at most 190"),
        ("x", {**HOURLY, "lock": "a\0b"}, "has a NUL in it", "character 2"),
        ("x", {**HOURLY, "run as": "a\ud800@b.c"}, "half of a surrogate pair", "character 2"),
        ("x", {**HOURLY, "servers": ["x" * 191]}, "x -> servers: ", "at most 190"),
        ("x", {**HOURLY, "retires": 1}, "x -> retires: This key has no meaning", "Did you mean `retries`?"),
        ("x", {**HOURLY, "retries": -1}, "x -> retries: `-1` is less than 0", "0 or more"),
        ("x", {**HOURLY, "minute": 5}, "x: `hours` and `minute` give schedules of different types", "type"),
        ("x", {"function": FUNCTION}, "Nothing here says when", "every"),
        ("x", {"every": 5}, "is not the dotted name of a function", "function:"),
        ("x", {"every": 5, "function": "tests.unit.management.managers.nope"}, "has no 'nope'", "module"),
        ("x", {**HOURLY, "on exit": "nowhere.at_all"}, "x -> on exit: There is no module", "spelling"),
        ("x", {"function": FUNCTION, "every": 0.5}, "The interval is less than one second", "one second"),
    ],
)
def test_what_is_no_job_is_refused_at_once(name, definition, said, hint):
    management = Management()
    with pytest.raises(DefinitionError) as refused:
        management.manager.add(name, definition, ALICE)
    assert said in str(refused.value)
    assert hint in refused.value.hint
    assert management.store.dynamic_jobs() == []
    assert management.polls == 0


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ({**HOURLY, "args": [NOON]}, r"args\[0\] is a datetime"),
        ({**HOURLY, "args": ["x" * 1_000_001]}, "the job is more than"),
    ],
)
def test_what_is_not_json_is_refused_at_once(definition, said):
    with pytest.raises(ArgumentError, match=said):
        Management().manager.add("x", definition, ALICE)


@pytest.mark.parametrize(("ago", "grace"), [(0, None), (299, None), (3600, "2 hours"), (10**6, -1)])
def test_a_time_that_has_just_passed_is_run_at_once(ago, grace):
    management, at = Management(), NOON - timedelta(seconds=ago)
    late = {} if grace is None else {"misfire grace time": grace}
    management.manager.add("once", {"function": FUNCTION, "run at": at.isoformat(), **late}, ALICE)
    assert claim(management, "once", NOON).due.at == at


def test_a_time_that_has_long_passed_is_refused():
    with pytest.raises(DefinitionError, match="would never be due: 2026-03-01T11:54:59"):
        Management().manager.add("x", {"function": FUNCTION, "run at": "2026-03-01 12:54:59"}, ALICE)


def test_an_interval_that_is_over_is_refused():
    with pytest.raises(DefinitionError, match="would never be due"):
        Management().manager.add("x", {**HOURLY, "end": "2026-03-01 12:00"}, ALICE)


def test_only_added_jobs_can_be_cancelled():
    management = Management()
    management.manager.add("added", HOURLY, ALICE)
    management.clock.move(MINUTE)
    assert management.manager.cancel("added", ALICE)
    assert not management.manager.cancel("added", ALICE)
    assert did(management, "added") == [(ALICE.name, "cancel"), (ALICE.name, "add")]
    with pytest.raises(NotPossible, match="stands in the configuration"):
        management.manager.cancel("minutely", ALICE)


def test_a_job_whose_name_the_database_cannot_keep_is_refused_with_the_reason(monkeypatch):
    management = Management()

    def add(*_, **__):
        raise NotStorable("no such character")

    monkeypatch.setattr(management.store, "add", add)
    with pytest.raises(DefinitionError, match="the database cannot keep 'x'"):
        management.manager.add("x", HOURLY, ALICE)


def refuse(*_, **__):
    raise AssertionError("PostgreSQL's driver raises ValueError")


@pytest.mark.parametrize("name", ["a\0b", "\udc80"])
def test_what_no_database_keeps_is_not_asked_for(monkeypatch, name):
    management = Management()
    for method in ("runs", "run", "events", "cancel", "pause", "request_run", "jobs"):
        monkeypatch.setattr(management.store, method, refuse)
    manager = management.manager
    assert list(manager.runs(RunQuery(job=name))) == []
    assert list(manager.runs(RunQuery(server=name))) == []
    assert list(manager.runs(RunQuery(before=name))) == []
    assert list(manager.events(name)) == []
    assert manager.cancel(name, ALICE) is False
    with pytest.raises(UnknownRun):
        manager.stop(name, ALICE)
    for act in (manager.job, lambda job: manager.pause(job, ALICE), lambda job: manager.run_now(job, ALICE)):
        with pytest.raises(UnknownJob):
            act(name)


def test_a_job_without_a_row_can_be_looked_at_and_is_not_said_to_be_paused():
    management = Management()
    management.store.world.lose("minutely")
    assert [state.name for state in management.manager.jobs()] == ["minutely", "off"]
    assert management.manager.job("minutely").record is None
    assert management.manager.upcoming(job="minutely") != []
    with pytest.raises(NotPossible, match="no server has taken up 'minutely' yet"):
        management.manager.pause("minutely", ALICE)
    assert not management.manager.resume("minutely", ALICE)
    assert management.manager.run_now("minutely", ALICE)
