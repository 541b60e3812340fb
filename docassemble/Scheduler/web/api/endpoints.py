# do not pre-load
"""The calls of the JSON API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.run import Status, Trigger
from ...management import serialize
from ...management.manager import SchedulerManager
from ...management.metrics import exposition
from ...management.permissions import Caller
from ...store.records import PAGE, RECENT, RunQuery
from . import fields, openapi
from .call import Call

Given = Mapping[str, Any]
_NAME = fields.text("name", "the name of a job", required=True)
_JOB = fields.text("job", "the name of a job", required=True)
_OF_JOB = fields.text("job", "the name of a job; without it, of all")
_RUN = fields.identifier("run", "the identifier of a run", required=True)


def _jobs(manager: SchedulerManager, _given: Given, _by: Caller) -> serialize.Plain:
    return {"jobs": [serialize.job_state(each) for each in manager.jobs()]}


def _job(manager: SchedulerManager, given: Given, _by: Caller) -> serialize.Plain:
    state = manager.job(given["name"])
    runs = manager.runs(RunQuery(job=state.name, limit=given["runs"]))
    return {**serialize.job_state(state), "runs": [serialize.run(each) for each in runs]}


def _add(manager: SchedulerManager, given: Given, by: Caller) -> serialize.Plain:
    return serialize.job(manager.add(given["name"], given["definition"], by))


def _cancel(manager: SchedulerManager, given: Given, by: Caller) -> serialize.Plain:
    return {"changed": manager.cancel(given["name"], by)}


def _runs(manager: SchedulerManager, given: Given, _by: Caller) -> serialize.Plain:
    limit = given["limit"]
    query = RunQuery(
        job=given["job"],
        statuses=(Status(given["status"]),) if given["status"] else (),
        trigger=Trigger(given["trigger"]) if given["trigger"] else None,
        server=given["server"],
        before=given["before"],
        limit=limit + 1,
    )
    runs = manager.runs(query)
    following = runs[limit - 1].id if len(runs) > limit else None
    return {"runs": [serialize.run(each) for each in runs[:limit]], "before": following}


def _run(manager: SchedulerManager, given: Given, _by: Caller) -> serialize.Plain:
    return serialize.run(manager.run(given["id"]))


def _upcoming(manager: SchedulerManager, given: Given, _by: Caller) -> serialize.Plain:
    found = manager.upcoming(count=given["count"], until=given["until"], job=given["job"])
    return {"upcoming": [serialize.due(each) for each in found]}


def _servers(manager: SchedulerManager, _given: Given, _by: Caller) -> serialize.Plain:
    return {"servers": [serialize.server(each) for each in manager.servers()]}


def _events(manager: SchedulerManager, given: Given, _by: Caller) -> serialize.Plain:
    return {"events": [serialize.event(each) for each in manager.events(given["job"])]}


def _problems(manager: SchedulerManager, _given: Given, _by: Caller) -> serialize.Plain:
    return {"problems": [serialize.problem(each) for each in manager.problems]}


def _run_now(manager: SchedulerManager, given: Given, by: Caller) -> serialize.Plain:
    return {"order": manager.run_now(given["job"], by, given["args"], given["kwargs"])}


def _try_again(manager: SchedulerManager, given: Given, by: Caller) -> serialize.Plain:
    manager.retry(given["run"], by)
    return {"changed": True}


def _stop(manager: SchedulerManager, given: Given, by: Caller) -> serialize.Plain:
    return {"changed": manager.stop(given["run"], by)}


def _pause(manager: SchedulerManager, given: Given, by: Caller) -> serialize.Plain:
    return {"changed": manager.pause(given["job"], by)}


def _resume(manager: SchedulerManager, given: Given, by: Caller) -> serialize.Plain:
    return {"changed": manager.resume(given["job"], by)}


def _metrics(manager: SchedulerManager, _given: Given, _by: Caller) -> str:
    jobs = manager.jobs(recent=0)
    return exposition(
        jobs, manager.history.counters(), manager.servers(), len(manager.problems), manager.manning
    )


def _description(_manager: SchedulerManager, _given: Given, _by: Caller) -> serialize.Plain:
    return openapi.description(CALLS)


CALLS = (
    Call(method="GET", path="/jobs", summary="All jobs, and how they stand", answer="Jobs", do=_jobs),
    Call(
        method="GET",
        path="/job",
        summary="A job, how it stands, and its latest runs",
        answer="JobWithRuns",
        do=_job,
        parameters=(_NAME, fields.whole("runs", "how many runs", most=500, default=RECENT)),
    ),
    Call(
        method="POST",
        path="/job",
        summary="Add a job, or replace the added one with that name",
        answer="Job",
        do=_add,
        body=(
            _NAME,
            fields.mapping("definition", "the keys of a job, as in the configuration", required=True),
        ),
    ),
    Call(
        method="DELETE",
        path="/job",
        summary="Take an added job away",
        answer="Change",
        do=_cancel,
        parameters=(_NAME,),
    ),
    Call(
        method="GET",
        path="/runs",
        summary="Records of runs, newest first",
        answer="Runs",
        do=_runs,
        parameters=(
            _OF_JOB,
            fields.choice("status", "how they ended", [each.value for each in Status]),
            fields.choice("trigger", "what made them happen", [each.value for each in Trigger]),
            fields.text("server", "the name of the server that ran them"),
            fields.identifier("before", "for the next page: what the page before has as `before`"),
            fields.whole("limit", "how many", most=500, default=PAGE),
        ),
    ),
    Call(
        method="GET",
        path="/run",
        summary="One run, with traceback and log",
        answer="Run",
        do=_run,
        parameters=(fields.identifier("id", "the identifier of a run", required=True),),
    ),
    Call(
        method="GET",
        path="/upcoming",
        summary="The next due times, earliest first",
        answer="Upcoming",
        do=_upcoming,
        parameters=(
            _OF_JOB,
            fields.whole("count", "how many at most", most=1_000, default=50),
            fields.instant("until", "none later than this"),
        ),
    ),
    Call(
        method="GET",
        path="/servers",
        summary="The servers and their last signs of life",
        answer="Servers",
        do=_servers,
    ),
    Call(
        method="GET",
        path="/events",
        summary="Who did what, newest first",
        answer="Events",
        do=_events,
        parameters=(_OF_JOB,),
    ),
    Call(
        method="GET",
        path="/problems",
        summary="What is wrong in the configuration and with added jobs",
        answer="Problems",
        do=_problems,
    ),
    Call(
        method="POST",
        path="/run_now",
        summary="Order a run of a job",
        answer="Order",
        do=_run_now,
        body=(
            _JOB,
            fields.array("args", "positional arguments, instead of the job's own"),
            fields.mapping("kwargs", "keyword arguments, instead of the job's own"),
        ),
    ),
    Call(
        method="POST",
        path="/try_again",
        summary="Try a run again that failed, timed out or was interrupted",
        answer="Change",
        do=_try_again,
        body=(_RUN,),
    ),
    Call(method="POST", path="/stop", summary="Ask a run to stop", answer="Change", do=_stop, body=(_RUN,)),
    Call(
        method="POST",
        path="/pause",
        summary="Skip the due times of a job from now on",
        answer="Change",
        do=_pause,
        body=(_JOB,),
    ),
    Call(
        method="POST",
        path="/resume",
        summary="Run a paused job again from its next due time on",
        answer="Change",
        do=_resume,
        body=(_JOB,),
    ),
    Call(
        method="GET",
        path="/metrics",
        summary="Metrics in the text format of Prometheus",
        answer="Metrics",
        do=_metrics,
    ),
    Call(
        method="GET",
        path="/openapi.json",
        summary="This description",
        answer="Description",
        do=_description,
    ),
)
