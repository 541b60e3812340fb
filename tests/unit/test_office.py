"""The office: what people see of the scheduler, and what they do with it."""

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
from docassemble.Scheduler.management.status import Standing
from docassemble.Scheduler.store.base import Wanted
from docassemble.Scheduler.store.records import RunQuery
from tests.unit.offices import ALICE, FUNCTION, NOON, Desk

MINUTE = timedelta(minutes=1)
HOURLY = {"function": FUNCTION, "hours": 1}


def claim(desk, name="minutely", at=NOON + MINUTE):
    desk.roster.refresh()
    (answer,) = desk.store.claim([Wanted(desk.roster.find(name))], at)
    return answer.run


def finish(desk, run, status=Status.SUCCEEDED, **fields):
    desk.store.finish(run, Outcome(status=status, started=NOON, finished=NOON, **fields))


def did(desk, job="minutely"):
    return [(event.who, event.what) for event in desk.office.events(job)]


def standing(desk, name="minutely"):
    return desk.office.job(name).standing


# --- what there is to see -------------------------------------------------------------------------


def test_a_job_is_described_by_its_configuration_and_else_by_its_function():
    described = {"function": FUNCTION, "minutes": 1, "description": "Does its best."}
    desk = Desk(block={"own": described, "other": {"function": FUNCTION, "minutes": 1}})
    assert [state.description for state in desk.office.jobs()] == ["Does its best.", "Do nothing."]
    assert desk.office.job("other").description == "Do nothing."


def test_jobs_are_those_of_the_configuration_and_then_the_added_ones():
    desk = Desk()
    desk.office.add("b", HOURLY, ALICE)
    desk.office.add("a", HOURLY, ALICE)
    states = desk.office.jobs()
    assert [state.name for state in states] == ["minutely", "off", "a", "b"]
    assert [state.added and state.added.by for state in states] == [None, None, ALICE.name, ALICE.name]
    assert [state.next_due for state in states] == [
        NOON + MINUTE,
        None,
        NOON + timedelta(hours=1),
        NOON + timedelta(hours=1),
    ]


def test_a_job_is_disabled_paused_running_late_failing_or_ok():
    desk = Desk()
    assert standing(desk, "off") is Standing.DISABLED
    assert standing(desk) is Standing.OK
    run = claim(desk)
    assert standing(desk) is Standing.RUNNING
    finish(desk, run, Status.FAILED)
    assert standing(desk) is Standing.FAILING
    desk.clock.move(timedelta(minutes=5))
    assert standing(desk) is Standing.LATE
    desk.office.pause("minutely", ALICE)
    assert standing(desk) is Standing.PAUSED
    assert desk.office.job("minutely").next_due is None


def test_a_job_that_no_server_has_taken_up_is_ok():
    desk = Desk(block={"elsewhere": {**HOURLY, "servers": "elsewhere"}})
    assert standing(desk, "elsewhere") is Standing.OK
    assert desk.office.job("elsewhere").record is None


def test_unknown_jobs_and_runs_are_said_to_be_so():
    desk = Desk()
    with pytest.raises(UnknownJob, match="there is no job 'minutly'") as unknown:
        desk.office.job("minutly")
    assert "minutely" in unknown.value.hint
    with pytest.raises(UnknownRun, match="there is no run"):
        desk.office.run("0" * 32)


def test_records_servers_and_events_are_there_to_read():
    desk = Desk()
    run = claim(desk)
    assert [record.id for record in desk.office.runs(RunQuery(job="minutely"))] == [run.id]
    assert desk.office.run(run.id).status is Status.RUNNING
    assert [server.name for server in desk.office.servers()] == ["one"]
    desk.office.pause("minutely", ALICE)
    assert did(desk) == [(ALICE.name, "pause")]
    assert desk.office.history is desk.store
    assert desk.office.settings.time_zone == "Europe/Berlin"


def test_what_is_to_come_is_merged_without_what_is_paused_or_disabled():
    desk = Desk()
    desk.office.add("hourly", HOURLY, ALICE)
    desk.office.add("paused", HOURLY, ALICE)
    desk.office.pause("paused", ALICE)
    dues = desk.office.upcoming(count=61)
    assert [due.at for due in dues[:3]] == [NOON + number * MINUTE for number in (1, 2, 3)]
    assert sorted(due.job.name for due in dues if due.at == NOON + 60 * MINUTE) == ["hourly", "minutely"]
    assert {due.job.name for due in dues} == {"hourly", "minutely"}


def test_what_is_to_come_ends_with_a_number_an_instant_or_the_schedules():
    desk = Desk()
    desk.office.add("once", {"function": FUNCTION, "run at": "2026-03-01 18:00"}, ALICE)
    assert len(desk.office.upcoming(until=NOON + 5 * MINUTE)) == 5
    assert [due.at for due in desk.office.upcoming(job="once")] == [NOON + timedelta(hours=5)]
    with pytest.raises(UnknownJob):
        desk.office.upcoming(job="nope")


# --- what there is to do --------------------------------------------------------------------------


def test_an_order_is_on_record_and_rings():
    desk = Desk()
    order = desk.office.run_now("minutely", ALICE)
    assert [(each.id, each.job, each.arguments) for each in desk.store.orders()] == [
        (order, "minutely", None)
    ]
    assert did(desk) == [(ALICE.name, "run")]
    assert desk.rings == 1


def test_what_is_disabled_unknown_or_not_json_is_not_ordered():
    desk = Desk()
    with pytest.raises(NotPossible, match="is disabled"):
        desk.office.run_now("off", ALICE)
    with pytest.raises(UnknownJob):
        desk.office.run_now("nope", ALICE)
    with pytest.raises(ArgumentError, match=r"kwargs\['when'\]"):
        desk.office.run_now("minutely", ALICE, kwargs={"when": NOON})
    assert desk.store.orders() == []
    assert desk.rings == 0


def test_a_failed_run_is_tried_again_once():
    desk = Desk()
    run = claim(desk)
    finish(desk, run, Status.FAILED)
    desk.office.try_again(run.id, ALICE)
    assert did(desk) == [(ALICE.name, "try again")]
    (retry,) = desk.store.retries(["minutely"], NOON)
    desk.store.claim([Wanted(desk.roster.find("minutely"), retry)], NOON + MINUTE)
    with pytest.raises(NotPossible, match="has been tried again"):
        desk.office.try_again(run.id, ALICE)


def test_what_makes_no_sense_to_be_tried_again_is_not():
    desk = Desk()
    run = claim(desk)
    with pytest.raises(NotPossible, match="this run is running"):
        desk.office.try_again(run.id, ALICE)
    finish(desk, run, Status.FAILED)
    desk.office.pause("minutely", ALICE)
    with pytest.raises(NotPossible, match="is paused"):
        desk.office.try_again(run.id, ALICE)
    with pytest.raises(UnknownRun):
        desk.office.try_again("0" * 32, ALICE)


def test_a_run_of_a_job_that_is_no_more_is_not_tried_again():
    desk = Desk()
    desk.office.add("added", {"function": FUNCTION, "minutes": 1}, ALICE)
    run = claim(desk, "added")
    finish(desk, run, Status.FAILED)
    desk.office.cancel("added", ALICE)
    with pytest.raises(UnknownJob):
        desk.office.try_again(run.id, ALICE)


def test_a_run_is_stopped_once():
    desk = Desk()
    run = claim(desk)
    assert desk.office.stop(run.id, ALICE)
    assert not desk.office.stop(run.id, ALICE)
    assert desk.store.stop_requests([run.id]) == {run.id: "BY_HAND"}
    with pytest.raises(UnknownRun):
        desk.office.stop("0" * 32, ALICE)


def test_a_job_is_paused_and_resumed():
    desk = Desk()
    assert desk.office.pause("minutely", ALICE)
    assert not desk.office.pause("minutely", ALICE)
    assert desk.office.resume("minutely", ALICE)
    assert not desk.office.resume("minutely", ALICE)
    for act in (desk.office.pause, desk.office.resume):
        with pytest.raises(UnknownJob):
            act("nope", ALICE)


def test_an_added_job_is_there_at_once_and_keeps_the_zone_it_was_added_in():
    desk = Desk()
    added = desk.office.add("nightly", {"function": FUNCTION, "crontab": "0 3 * * *"}, ALICE)
    assert added.time_zone == "Europe/Berlin"
    assert '"time zone": "Europe/Berlin"' in desk.store.added()[0].definition
    assert replace(desk.office.job("nightly").job, stamp=None) == added
    assert (did(desk, "nightly"), desk.rings) == ([(ALICE.name, "add")], 1)


def test_an_added_job_has_the_defaults_of_the_configuration():
    desk = Desk(block={"defaults": {"retries": 3}})
    assert desk.office.add("added", HOURLY, ALICE).retries == 3


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
        ("x", {"every": 5, "function": "tests.unit.offices.nope"}, "has no 'nope'", "module"),
        ("x", {**HOURLY, "on exit": "nowhere.at_all"}, "x -> on exit: there is no module", "spelling"),
        ("x", {"function": FUNCTION, "every": 0.5}, "The interval is less than one second", "one second"),
    ],
)
def test_what_is_no_job_is_refused_at_once(name, definition, said, hint):
    desk = Desk()
    with pytest.raises(DefinitionError) as refused:
        desk.office.add(name, definition, ALICE)
    assert said in str(refused.value)
    assert hint in refused.value.hint
    assert desk.store.added() == []
    assert desk.rings == 0


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ({**HOURLY, "args": [NOON]}, r"args\[0\] is a datetime"),
        ({**HOURLY, "args": ["x" * 1_000_001]}, "the job is more than"),
    ],
)
def test_what_is_not_json_is_refused_at_once(definition, said):
    with pytest.raises(ArgumentError, match=said):
        Desk().office.add("x", definition, ALICE)


@pytest.mark.parametrize(("ago", "grace"), [(0, None), (299, None), (3600, "2 hours"), (10**6, -1)])
def test_a_time_that_has_just_passed_is_run_at_once(ago, grace):
    desk, at = Desk(), NOON - timedelta(seconds=ago)
    late = {} if grace is None else {"misfire grace time": grace}
    desk.office.add("once", {"function": FUNCTION, "run at": at.isoformat(), **late}, ALICE)
    assert claim(desk, "once", NOON).due.at == at


def test_a_time_that_has_long_passed_is_refused():
    with pytest.raises(DefinitionError, match="would never be due: 2026-03-01T11:54:59"):
        Desk().office.add("x", {"function": FUNCTION, "run at": "2026-03-01 12:54:59"}, ALICE)


def test_an_interval_that_is_over_is_refused():
    with pytest.raises(DefinitionError, match="would never be due"):
        Desk().office.add("x", {**HOURLY, "end": "2026-03-01 12:00"}, ALICE)


def test_only_added_jobs_can_be_cancelled():
    desk = Desk()
    desk.office.add("added", HOURLY, ALICE)
    desk.clock.move(MINUTE)
    assert desk.office.cancel("added", ALICE)
    assert not desk.office.cancel("added", ALICE)
    assert did(desk, "added") == [(ALICE.name, "cancel"), (ALICE.name, "add")]
    with pytest.raises(NotPossible, match="stands in the configuration"):
        desk.office.cancel("minutely", ALICE)


def test_a_job_whose_name_the_database_cannot_keep_is_refused_with_the_reason(monkeypatch):
    desk = Desk()

    def add(*_, **__):
        raise NotStorable("no such character")

    monkeypatch.setattr(desk.store, "add", add)
    with pytest.raises(DefinitionError, match="the database cannot keep 'x'"):
        desk.office.add("x", HOURLY, ALICE)


def refuse(*_, **__):
    raise AssertionError("PostgreSQL's driver raises ValueError")


@pytest.mark.parametrize("name", ["a\0b", "\udc80"])
def test_what_no_database_keeps_is_not_asked_for(monkeypatch, name):
    desk = Desk()
    for method in ("runs", "run", "events", "cancel", "pause", "order", "jobs"):
        monkeypatch.setattr(desk.store, method, refuse)
    office = desk.office
    assert list(office.runs(RunQuery(job=name))) == []
    assert list(office.runs(RunQuery(server=name))) == []
    assert list(office.runs(RunQuery(before=name))) == []
    assert list(office.events(name)) == []
    assert office.cancel(name, ALICE) is False
    with pytest.raises(UnknownRun):
        office.stop(name, ALICE)
    for act in (office.job, lambda job: office.pause(job, ALICE), lambda job: office.run_now(job, ALICE)):
        with pytest.raises(UnknownJob):
            act(name)


def test_a_job_without_a_row_can_be_looked_at_and_is_not_said_to_be_paused():
    desk = Desk()
    del desk.store.world.jobs["minutely"]
    assert [state.name for state in desk.office.jobs()] == ["minutely", "off"]
    assert desk.office.job("minutely").record is None
    assert desk.office.upcoming(job="minutely") != []
    with pytest.raises(NotPossible, match="no server has taken up 'minutely' yet"):
        desk.office.pause("minutely", ALICE)
    assert not desk.office.resume("minutely", ALICE)
    assert desk.office.run_now("minutely", ALICE)
