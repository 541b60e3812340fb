"""Jobs on demand: `type: manual` is never due, never late, and runs when somebody asks."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from docassemble.Scheduler.core.job import Job
from docassemble.Scheduler.core.run import Outcome, Run, Status, Trigger
from docassemble.Scheduler.management import serialize
from docassemble.Scheduler.management.metrics import exposition
from docassemble.Scheduler.management.status import JobStatus, is_resting
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.testing import MemoryWorld
from docassemble.Scheduler.web.dashboard.drawings import timeline
from docassemble.Scheduler.web.dashboard.presentation import Viewer
from tests.unit.management.managers import ALICE, FUNCTION, NOON, Management
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
