"""Jobs on demand: `type: manual` is never due, never late, and runs when somebody asks."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from docassemble.Scheduler.core.errors import DefinitionError, NotPermitted, NotPossible
from docassemble.Scheduler.core.job import Job
from docassemble.Scheduler.core.run import Outcome, Run, Status, Trigger
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.management import serialize
from docassemble.Scheduler.management.client import SchedulerClient
from docassemble.Scheduler.management.metrics import exposition
from docassemble.Scheduler.management.status import JobStatus, is_resting
from docassemble.Scheduler.schedules.simple import Date
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.testing import MemoryStore, MemoryWorld
from docassemble.Scheduler.web.dashboard.jobs.timeline import timeline
from docassemble.Scheduler.web.dashboard.presentation import Viewer
from tests.unit.management.managers import ALICE, BOB, FUNCTION, NOON, Management, nothing
from tests.unit.web.views import job_html

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
BLOCK = {"by hand": {"function": FUNCTION, "type": "manual", "args": ["own"], "retries": 1}}


def management(world: MemoryWorld | None = None, name: str = "one") -> Management:
    return Management(world, BLOCK, name)


def job_of(one: Management) -> Job:
    return one.registry.jobs.here["by hand"]


def requested(one: Management, **arguments: object) -> Run:
    """Have the job run, and claim that run."""
    one.manager.run_now("by hand", ALICE, **arguments)  # type: ignore[arg-type]
    (run_request,) = one.store.run_requests()
    (claim,) = one.store.claim([ClaimRequest(job_of(one), run_request=run_request)], one.clock.now())
    assert claim.run is not None
    return claim.run


def test_a_week_without_a_run_is_not_late() -> None:
    one = management()
    one.clock.move(WEEK)
    state = one.manager.job("by hand")
    assert (state.status, state.next_due) == (JobStatus.OK, None)
    assert one.store.claim([ClaimRequest(job_of(one))], one.clock.now())[0].unrun == ()
    assert one.manager.upcoming() == []


def test_a_restart_and_a_clock_that_was_set_back_make_nothing_of_it() -> None:
    world = MemoryWorld()
    management(world)
    later = management(world, "two")
    later.clock.move(WEEK)
    later.registry.register_jobs()
    assert later.manager.job("by hand").status is JobStatus.OK
    assert not is_resting(job_of(later), NOON + WEEK, NOON)


def test_it_runs_when_somebody_asks_with_its_own_arguments_or_others() -> None:
    one = management()
    own = requested(one)
    assert (own.job.args, own.trigger, own.due.at) == (("own",), Trigger.MANUAL, NOON)
    one.store.finish(own, Outcome(status=Status.SUCCEEDED, started=NOON, finished=NOON))
    assert requested(one, args=[1], kwargs={"a": 2}).job.args == (1,)


def test_a_failure_is_shown_and_nothing_is_due_all_the_same() -> None:
    one = management()
    run = requested(one)
    one.store.finish(run, Outcome(status=Status.FAILED, started=NOON, finished=NOON))
    one.clock.move(WEEK)
    state = one.manager.job("by hand")
    assert (state.status, state.next_due) == (JobStatus.FAILING, None)


def test_pages_metrics_and_json_have_no_due_time() -> None:
    state = management().manager.job("by hand")
    viewer = Viewer(now=NOON, zone=ZoneInfo("UTC"))
    page = job_html(state, viewer)
    assert "<dd>on demand</dd>" in page
    assert "It runs when somebody asks for it." in page
    assert "Run now" in page
    assert [list(row.marks) for row in timeline([state], [], viewer).rows] == [[]]
    assert 'job_next_due_timestamp_seconds{job="by hand"}' not in exposition([state], [], [], 0)
    document = serialize.JOB_STATE.dump(state)
    assert (document["type"], document["schedule"], document["next_due"]) == ("manual", "on demand", None)


# --- at a time of its own -------------------------------------------------------------------------


def client_of(one: Management) -> SchedulerClient:
    return SchedulerClient(
        one.manager, functions=Functions(), time_zone=ZoneInfo("UTC"), by=ALICE.name, clock=one.clock
    )


def added_job(one: Management, name: str) -> Job:
    one.registry.refresh()
    return one.registry.find(name)


def test_its_name_stands_for_it_where_a_function_is_scheduled() -> None:
    one = management()
    id_ = client_of(one).schedule_in("1 hour", "by hand")
    job = added_job(one, id_)
    assert id_.startswith("by hand ")
    assert (job.function, job.args, job.retries) == (FUNCTION, ("own",), 1)
    assert job.schedule == Date(NOON + HOUR)
    assert one.manager.job("by hand").next_due is None
    client_of(one).schedule_at("2026-03-02 12:00", "by hand", id="x", args=["other"], retries=5)
    assert (added_job(one, "x").args, added_job(one, "x").retries) == (("other",), 5)


def test_every_server_reads_its_keys_from_its_own_configuration() -> None:
    world = MemoryWorld()
    client_of(management(world)).schedule_every("x", "1 hour", "by hand")
    assert "retries" not in world_definition(world)
    other = Management(world, {"by hand": {**BLOCK["by hand"], "retries": 9}}, "two")
    assert added_job(other, "x").retries == 9
    without = Management(world, {}, "three")
    without.registry.refresh()
    (problem,) = without.registry.problems
    assert (problem.code, problem.path) == ("not-on-demand", ("added jobs", "x", "job"))


def world_definition(world: MemoryWorld) -> str:
    (added,) = MemoryStore(world).dynamic_jobs()
    return added.definition


def test_a_text_that_names_a_function_too_is_the_job_and_a_function_is_itself() -> None:
    one = Management(block={FUNCTION: {"type": "manual", "retries": 4}})
    client = client_of(one)
    assert added_job(one, client.schedule_in(60, FUNCTION)).retries == 4
    assert added_job(one, client.schedule_in(60, nothing)).retries == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("by hnd", "Did you mean `by hand`?"),
        ("nightly", "`type: manual`"),
        ("nothing", "or a function, by its dotted name"),
        ("", "`type: manual`"),
    ],
)
def test_a_name_that_is_none_of_a_job_on_demand_is_refused_with_a_way_out(name: str, said: str) -> None:
    one = Management(block={**BLOCK, "nightly": {"function": FUNCTION, "hours": 1}})
    with pytest.raises(DefinitionError, match="is not the name of a job on demand") as raised:
        client_of(one).schedule_in(60, name, id="x")
    assert said in raised.value.hint


def test_one_that_is_disabled_or_has_fixed_arguments_stays_so() -> None:
    changed = {"off": {"enabled": False}, "fixed": {"fixed arguments": True}}
    one = Management(block={name: {**BLOCK["by hand"], **keys} for name, keys in changed.items()})
    with pytest.raises(NotPossible, match="is disabled"):
        client_of(one).schedule_in(60, "off")
    with pytest.raises(NotPossible, match="are fixed"):
        client_of(one).schedule_in(60, "fixed", args=[1])
    assert added_job(one, client_of(one).schedule_in(60, "fixed")).args == ("own",)


def test_no_job_on_demand_is_added() -> None:
    for definition in ({"function": FUNCTION, "type": "manual"}, {"job": "by hand"}):
        with pytest.raises(DefinitionError, match="a job on demand cannot be added"):
            management().manager.add("x", definition, ALICE)


@pytest.mark.parametrize(
    ("more", "is_allowed"),
    [
        ({}, True),
        ({"retries": 3}, True),
        ({"args": [1]}, False),
        ({"on exit": FUNCTION}, False),
        ({"run as": "bob@example.com"}, False),
        ({"monitor": "https://example.com"}, False),
        ({"function": FUNCTION}, False),
    ],
)
def test_somebody_limited_has_it_run_later_as_it_is(more: dict[str, object], is_allowed: bool) -> None:
    one = Management(block={"by hand": {**BLOCK["by hand"], "run as": "admin@example.com"}})
    definition = {"job": "by hand", "hours": 1, **more}
    if not is_allowed:
        with pytest.raises((NotPermitted, DefinitionError)):
            one.manager.add("x", definition, BOB)
        return
    job = one.manager.add("x", definition, BOB)
    assert (job.run_as, job.args, job.fixed_arguments) == ("admin@example.com", ("own",), True)
