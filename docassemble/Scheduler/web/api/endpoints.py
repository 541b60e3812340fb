# do not pre-load
"""The endpoints of the JSON API: each is a function, and says above it how it is called and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import itemgetter
from typing import Any

from ...core.job import Job
from ...core.problem import Problem
from ...core.run import Due, Status, Trigger
from ...management import serialize
from ...management.drafts.explain import DUE_TIMES, Explanation
from ...management.manager import SchedulerManager
from ...management.metrics import exposition
from ...management.permissions import Caller
from ...management.search import FailureGroups
from ...management.serialize import Kind, table
from ...management.status import JobState
from ...store.base import WaitingAction
from ...store.records import PAGE, RECENT, Event, Pause, RunPage, RunQuery, RunRecord, ServerRecord
from . import fields
from .fields import Field, read_all

#: how many records an answer has at most
MAX_RUNS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What can be called: its address, its reading and its description are made of this."""

    method: str
    #: below the API's own
    path: str
    summary: str
    #: what is answered; None = text that is no JSON
    answer: Kind | None
    #: of the address
    parameters: Sequence[Field]
    #: of the body
    body: Sequence[Field]
    #: takes the manager, who calls, and the values of the fields by name
    do: Callable[..., Any]

    def answered(
        self, manager: SchedulerManager, parameters: Mapping[str, Any], body: Mapping[str, Any], by: Caller
    ) -> Any:
        """Read what is given, do it, and return the answer; raises BadRequest, and what the manager raises."""
        given = read_all(self.parameters, parameters) | read_all(self.body, body)
        value = self.do(manager, by, **given)
        return value if self.answer is None else self.answer.dump(value)


ENDPOINTS: list[Endpoint] = []


def endpoint(
    method: str, path: str, summary: str, answer: Kind | None, *given: Field
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a function be called at this address; a POST is given the fields in its body."""

    def add(do: Callable[..., Any]) -> Callable[..., Any]:
        in_body = method == "POST"
        ENDPOINTS.append(
            Endpoint(
                method=method,
                path=path,
                summary=summary,
                answer=answer,
                parameters=() if in_body else given,
                body=given if in_body else (),
                do=do,
            )
        )
        return do

    return add


def _list_of(name: str, kind: Kind) -> Kind:
    """Return the kind of an answer whose only field is a list with the same name."""
    return table(name, **{name.lower(): serialize.listed(kind).of(serialize.itself)})


_NAME = fields.text("name", "the name of a job", required=True)
_JOB = fields.text("job", "the name of a job", required=True)
_OF_JOB = fields.text("job", "the name of a job; without it, of all")
_RUN = fields.identifier("run", "the identifier of a run", required=True)
_NOTE = fields.text("note", "why, for those who wonder")
_CHANGE = table(
    "Change",
    changed=serialize.FLAG.meaning("false when it was so already").of(serialize.itself),
)


@endpoint("GET", "/jobs", "All jobs, and how they stand", _list_of("Jobs", serialize.JOB_STATE))
def _jobs(manager: SchedulerManager, _by: Caller) -> Sequence[JobState]:
    return manager.jobs()


@endpoint(
    "GET",
    "/job",
    "A job, how it stands, and its latest runs",
    serialize.JOB_WITH_RUNS,
    _NAME,
    fields.whole("runs", "how many runs", most=MAX_RUNS, default=RECENT),
)
def _job(
    manager: SchedulerManager, _by: Caller, name: str, runs: int
) -> tuple[JobState, Sequence[RunRecord]]:
    state = manager.job(name)
    return state, manager.runs(RunQuery(job=state.name, limit=runs))


@endpoint(
    "POST",
    "/job",
    "Add a job, or replace the added one with that name",
    serialize.JOB,
    _NAME,
    fields.mapping(
        "definition",
        "the keys of a job, as in the configuration; or `job`, the name of a job on demand",
        required=True,
    ),
)
def _add(manager: SchedulerManager, by: Caller, name: str, definition: Mapping[str, Any]) -> Job:
    return manager.add(name, definition, by)


@endpoint("DELETE", "/job", "Take an added job away", _CHANGE, _NAME)
def _cancel(manager: SchedulerManager, by: Caller, name: str) -> bool:
    return manager.cancel(name, by)


_STATUSES = [each.value for each in Status]
#: which records are wanted: `_query` reads them
_WANTED = (
    _OF_JOB,
    fields.choices("status", "how they ended: one or more, with commas between them", _STATUSES),
    fields.choice("trigger", "what made them happen", [each.value for each in Trigger]),
    fields.text("server", "the name of the server that ran them"),
    fields.instant("since", "put on record then or later; a run is when it is claimed"),
    fields.instant("until", "put on record before"),
    fields.text("q", "part of the error, the reason or the log"),
    fields.text("error", "the error; each # stands for anything"),
    fields.identifier("before", "for the next page: what the page before has as `before`"),
)


def _query(*, status: Sequence[str], trigger: str | None, q: str | None, **given: Any) -> RunQuery:
    statuses = tuple(Status(each) for each in status)
    return RunQuery(statuses=statuses, trigger=Trigger(trigger) if trigger else None, text=q, **given)


@endpoint(
    "GET",
    "/runs",
    "Records of runs, newest first",
    table(
        "Runs",
        runs=serialize.listed(serialize.RUN),
        before=serialize.nullable(serialize.ID).meaning(
            "null on the last page; a page of a search may have few runs or none, and still a next one"
        ),
    ),
    *_WANTED,
    fields.whole("limit", "how many", most=MAX_RUNS, default=PAGE),
)
def _runs(manager: SchedulerManager, _by: Caller, **given: Any) -> RunPage:
    return manager.page(_query(**given))


@endpoint(
    "GET",
    "/failures",
    "The newest failures, grouped by job and error",
    table(
        "Failures",
        groups=serialize.listed(serialize.FAILURE_GROUP),
        count=serialize.WHOLE.meaning("how many failures are in the groups"),
        since=serialize.nullable(serialize.INSTANT).meaning("older failures are not in them; null: all are"),
    ),
    *_WANTED,
)
def _failures(manager: SchedulerManager, _by: Caller, **given: Any) -> FailureGroups:
    return manager.failures(_query(**given))


@endpoint(
    "GET",
    "/run",
    "One run, with traceback and log",
    serialize.RUN_WITH_STACK,
    fields.identifier("id", "the identifier of a run", required=True),
)
def _run(manager: SchedulerManager, by: Caller, **given: str) -> RunRecord:
    record = manager.run(given["id"])
    return record if by.is_administrator else replace(record, stack=None, stack_at=None)


@endpoint(
    "GET",
    "/upcoming",
    "The next due times, earliest first",
    _list_of("Upcoming", serialize.DUE),
    _OF_JOB,
    fields.whole("count", "how many at most", most=1_000, default=50),
    fields.instant("until", "none later than this"),
)
def _upcoming(
    manager: SchedulerManager, _by: Caller, job: str | None, count: int, until: datetime | None
) -> Sequence[Due]:
    return manager.upcoming(count=count, until=until, job=job)


@endpoint(
    "GET",
    "/session_actions",
    "The actions that wait in sessions of interviews, the first that is due first",
    table(
        "SessionActions",
        session_actions=serialize.listed(serialize.SESSION_ACTION).of(itemgetter(0)),
        count=serialize.WHOLE.meaning("how many wait in all sessions").of(itemgetter(1)),
    ),
    fields.text("interview", "the file of an interview; without it, of all"),
    fields.instant("after_due", "for the next page: the due time of the last one, with `after_job`"),
    fields.text("after_job", "for the next page: the job of the last one"),
    fields.whole("limit", "how many", most=MAX_RUNS, default=PAGE),
)
def _session_actions(
    manager: SchedulerManager,
    _by: Caller,
    interview: str | None,
    after_due: datetime | None,
    after_job: str | None,
    limit: int,
) -> tuple[Sequence[WaitingAction], int]:
    after = None if after_due is None else (after_due, after_job or "")
    return manager.session_actions(interview, after=after, limit=limit), manager.count_actions().count


@endpoint(
    "GET",
    "/servers",
    "The servers and their last signs of life",
    _list_of("Servers", serialize.SERVER),
)
def _servers(manager: SchedulerManager, _by: Caller) -> Sequence[ServerRecord]:
    return manager.servers()


@endpoint("GET", "/events", "Who did what, newest first", _list_of("Events", serialize.EVENT), _OF_JOB)
def _events(manager: SchedulerManager, _by: Caller, job: str | None) -> Sequence[Event]:
    return manager.events(job)


@endpoint(
    "GET",
    "/problems",
    "What is wrong in the configuration and with added jobs",
    _list_of("Problems", serialize.PROBLEM),
)
def _problems(manager: SchedulerManager, _by: Caller) -> Sequence[Problem]:
    return manager.problems


@endpoint(
    "GET",
    "/explain",
    "A crontab expression in words, and its next due times",
    serialize.EXPLANATION,
    fields.text("crontab", "a crontab expression, or words such as `every 5 minutes`", required=True),
    fields.text("time_zone", "its IANA time zone; without it, that of the jobs"),
    fields.whole("count", "how many due times at most", most=100, default=DUE_TIMES),
)
def _explain(
    manager: SchedulerManager, _by: Caller, crontab: str, time_zone: str | None, count: int
) -> Explanation:
    return manager.explain(crontab, time_zone, count)


@endpoint(
    "POST",
    "/run_now",
    "Order a run of a job",
    table("Order", order=serialize.TEXT.meaning("the identifier of the event").of(serialize.itself)),
    _JOB,
    fields.array("args", "positional arguments, instead of the job's own"),
    fields.mapping("kwargs", "keyword arguments, instead of the job's own"),
)
def _run_now(manager: SchedulerManager, by: Caller, job: str, **arguments: Any) -> str:
    return manager.run_now(job, by, **arguments)


@endpoint(
    "POST", "/try_again", "Try a run again that failed, timed out, was interrupted or stopped", _CHANGE, _RUN
)
def _try_again(manager: SchedulerManager, by: Caller, run: str) -> bool:
    manager.retry(run, by)
    return True


@endpoint("POST", "/stop", "Ask a run to stop", _CHANGE, _RUN)
def _stop(manager: SchedulerManager, by: Caller, run: str) -> bool:
    return manager.stop(run, by)


@endpoint(
    "POST",
    "/ask_where",
    "Ask a run where in its code it is: its `stack` says it within seconds. For administrators",
    table("Asked", changed=serialize.FLAG.meaning("false when it has ended").of(serialize.itself)),
    _RUN,
)
def _ask_where(manager: SchedulerManager, by: Caller, run: str) -> bool:
    return manager.ask_where(run, by)


_SINCE = fields.instant("since", "the first due time that counts", required=True)
_UNTIL = fields.instant("until", "the last due time that counts; now, unless it is given")


@endpoint(
    "GET",
    "/backfill",
    "The due times of a job that passed without a success",
    table(
        "Backfill",
        job=serialize.TEXT.of(itemgetter(0)),
        missed=serialize.listed(serialize.INSTANT)
        .meaning("what `POST /backfill` would run; at most 10,000")
        .of(itemgetter(1)),
    ),
    _JOB,
    _SINCE,
    _UNTIL,
)
def _due_times_without_success(
    manager: SchedulerManager, _by: Caller, job: str, since: datetime, until: datetime | None
) -> tuple[str, Sequence[datetime]]:
    return job, manager.due_times_without_success(job, since, until)


@endpoint(
    "POST",
    "/backfill",
    "Run the due times of a job that passed without a success, one after the other",
    table(
        "Requested",
        requested=serialize.WHOLE.meaning("how many runs; at most 100 at once").of(serialize.itself),
    ),
    _JOB,
    _SINCE,
    _UNTIL,
)
def _backfill(
    manager: SchedulerManager, by: Caller, job: str, since: datetime, until: datetime | None
) -> int:
    return manager.backfill(job, since, until, by)


@endpoint("POST", "/pause", "Skip the due times of a job from now on", _CHANGE, _JOB, _NOTE)
def _pause(manager: SchedulerManager, by: Caller, job: str, note: str | None) -> bool:
    return manager.pause(job, by, note)


@endpoint("POST", "/resume", "Run a paused job again from its next due time on", _CHANGE, _JOB)
def _resume(manager: SchedulerManager, by: Caller, job: str) -> bool:
    return manager.resume(job, by)


@endpoint("POST", "/pause_all", "Pause all jobs, also those that are added later", _CHANGE, _NOTE)
def _pause_all(manager: SchedulerManager, by: Caller, note: str | None) -> bool:
    return manager.pause_all(by, note)


@endpoint("POST", "/resume_all", "End the pause of all jobs", _CHANGE)
def _resume_all(manager: SchedulerManager, by: Caller) -> bool:
    return manager.resume_all(by)


@endpoint(
    "GET",
    "/pause_all",
    "Whether everything is paused, since when, by whom and why",
    table("GeneralPause", pause=serialize.nullable(serialize.PAUSE).of(itemgetter(0))),
)
def _general_pause(manager: SchedulerManager, _by: Caller) -> tuple[Pause | None]:
    return (manager.general_pause(),)


@endpoint("GET", "/metrics", "Metrics in the text format of Prometheus", None)
def _metrics(manager: SchedulerManager, _by: Caller) -> str:
    return exposition(
        manager.jobs(recent=0),
        manager.history.counters(),
        manager.servers(),
        len(manager.problems),
        manager.thread_counts,
        everything_paused=manager.general_pause() is not None,
        session_actions=manager.count_actions().count,
    )
