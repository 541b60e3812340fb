# do not pre-load
"""What people see of the scheduler as JSON: one table of fields for the JSON API, its description and the command line.

Keys are stable: new ones may be added, none is renamed. Instants are ISO 8601 in UTC, durations are seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from enum import Enum
from operator import attrgetter, itemgetter
from typing import Any

from ..core.run import Status, Trigger
from ..execution.results import result_value
from .status import JobStatus, schedule_in_words

Schema = dict[str, Any]
Getter = Callable[[Any], Any]

#: the schemas that have a name, for others to refer to
SCHEMAS: dict[str, Schema] = {}


def instant(at: datetime) -> str:
    """Return an instant in UTC."""
    return (at if at.tzinfo is timezone.utc else at.astimezone(timezone.utc)).isoformat()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: its JSON Schema, and how a value becomes JSON. None stays None."""

    schema: Schema
    #: None = it is JSON already
    convert: Getter | None = None
    #: what a field of this kind is of its owner; None = the attribute with the name of the field
    source: Getter | None = None

    def dump(self, value: Any) -> Any:
        """Return a value as JSON."""
        return value if self.convert is None or value is None else self.convert(value)

    def of(self, source: str | Getter) -> Kind:
        """Return the kind of a field that is this of its owner: an attribute, or what a function gets out of it."""
        return replace(self, source=attrgetter(source) if isinstance(source, str) else source)

    def meaning(self, description: str) -> Kind:
        """Return the kind with a schema that says what it means."""
        return replace(self, schema={**self.schema, "description": description})


def nullable(kind: Kind) -> Kind:
    """Return the kind of what may be None."""
    schema = kind.schema
    if "type" in schema:
        return replace(kind, schema={**schema, "type": [schema["type"], "null"]})
    return replace(kind, schema={"anyOf": [schema, {"type": "null"}]})


def listed(kind: Kind) -> Kind:
    """Return the kind of several of these."""
    convert = kind.convert or itself
    return Kind({"type": "array", "items": kind.schema}, lambda values: [convert(each) for each in values])


def table(name: str = "", /, **fields: Kind) -> Kind:
    """Return the kind of an object that has these fields; with a name, others refer to its schema."""
    properties = {key: kind.schema for key, kind in fields.items()}
    getters = [(key, kind.source or attrgetter(key), kind.convert) for key, kind in fields.items()]

    def convert(owner: Any) -> dict[str, Any]:
        return {
            key: value if (value := get(owner)) is None or convert is None else convert(value)
            for key, get, convert in getters
        }

    kind = Kind({"type": "object", "properties": properties, "required": list(fields)}, convert)
    return named(name, kind) if name else kind


def named(name: str, kind: Kind) -> Kind:
    """Return a kind that refers to the schema of another one, which gets a name."""
    SCHEMAS[name] = kind.schema
    return Kind({"$ref": f"#/components/schemas/{name}"}, kind.convert)


def part(inner: Getter, fields: Mapping[str, Kind]) -> dict[str, Kind]:
    """Return the fields of a part of an owner, as fields of the owner."""

    def outer(get: Getter) -> Getter:
        return lambda owner: get(inner(owner))

    return {key: kind.of(outer(kind.source or attrgetter(key))) for key, kind in fields.items()}


def itself(value: Any) -> Any:
    """Return the value: the source of the only field of what is made of one value."""
    return value


def _one_of(words: type[Enum]) -> Kind:
    return Kind({"type": "string", "enum": [each.value for each in words]}, attrgetter("value"))


def _known(name: str, otherwise: Any = None) -> Getter:
    """Return how to get what the database knows of a job, or something else when it knows nothing yet."""
    get = attrgetter(name)
    return lambda state: otherwise if state.record is None else get(state.record)


TEXT = Kind({"type": "string"})
WHOLE = Kind({"type": "integer"})
NUMBER = Kind({"type": "number"})
FLAG = Kind({"type": "boolean"})
INSTANT = Kind({"type": "string", "format": "date-time"}, instant)
SECONDS = Kind(NUMBER.schema, timedelta.total_seconds)
ID = Kind({"type": "string", "pattern": "^[0-9a-f]{32}$"})
STATUS = _one_of(Status)

#: what is configured of a job; not its arguments, which may hold secrets
_OF_JOB = {
    "name": TEXT,
    "description": nullable(TEXT).of(lambda job: job.shown("description")),
    "tags": listed(TEXT).of(lambda job: sorted(job.shown("tags"))),
    "function": TEXT.of(lambda job: job.shown("function")),
    "type": TEXT,
    "schedule": TEXT.meaning("in words").of(schedule_in_words),
    "time_zone": TEXT,
    "enabled": FLAG,
    "run_on": TEXT.of("run_on.value"),
    "servers": listed(TEXT).of(lambda job: sorted(job.shown("servers"))),
}
JOB = table("Job", **_OF_JOB)
#: a record in brief
SUMMARY = table(
    "RunSummary",
    id=ID,
    status=STATUS,
    due=INSTANT,
    began=INSTANT,
    ended=nullable(INSTANT),
    duration=nullable(SECONDS),
    count=WHOLE.of("times"),
)
#: how far a run is
PROGRESS = table("Progress", done=NUMBER, total=nullable(NUMBER), text=TEXT, at=INSTANT)
_OF_RUN = {
    "id": ID,
    "job": TEXT,
    "status": STATUS,
    "trigger": _one_of(Trigger),
    "due": INSTANT,
    "due_until": nullable(INSTANT),
    "count": WHOLE,
    "attempt": WHOLE,
    "server": nullable(TEXT),
    "claimed": INSTANT,
    "started": nullable(INSTANT),
    "finished": nullable(INSTANT),
    "duration": nullable(SECONDS),
    "lateness": nullable(SECONDS),
    "progress": nullable(PROGRESS),
    "pid": nullable(WHOLE),
    "thread": nullable(TEXT),
    "retry_at": nullable(INSTANT),
    "retried": nullable(TEXT),
    "reason": nullable(TEXT),
    "result": Kind({}, result_value).meaning(
        "JSON, if the function returned what JSON can hold; else text; null without a result"
    ),
    "error": nullable(TEXT),
    "traceback": nullable(TEXT),
    "log": nullable(TEXT),
}
#: a record; traceback and log are None unless a single one was asked for
RUN = table("Run", **_OF_RUN)
#: a single record
RUN_WITH_STACK = table(
    "RunWithStack",
    **_OF_RUN,
    stack=nullable(TEXT).meaning("where in its code it was, if an administrator has asked; null for others"),
    stack_at=nullable(INSTANT).meaning("when it was there"),
)
#: failures that are alike
FAILURE_GROUP = table(
    "FailureGroup", job=TEXT, error=TEXT, count=WHOLE, first=INSTANT, last=INSTANT, newest=ID
)
#: since when something is paused, by whom and why; `of_all` when that is because everything is
PAUSE = table("Pause", at=nullable(INSTANT), by=nullable(TEXT), note=nullable(TEXT), of_all=FLAG)
#: a problem of the configuration, without the value, which may be a secret
PROBLEM = table(
    severity=TEXT.of("severity.value"),
    code=TEXT,
    path=listed(TEXT).of("place"),
    sentence=TEXT,
    hint=TEXT,
    line=nullable(WHOLE.meaning("of the configuration file, from 1; null when it does not stand there")),
)
_OF_JOB_STATE = {
    **part(attrgetter("job"), _OF_JOB),
    "description": nullable(TEXT),
    "state": _one_of(JobStatus).of("status"),
    "next_due": nullable(INSTANT),
    "waits_for": nullable(TEXT)
    .meaning("what makes it due next, if nobody knows when that will be")
    .of(lambda state: state.waits_for and str(state.waits_for)),
    "added": nullable(table(at=INSTANT, by=TEXT)),
    "paused": FLAG.of(_known("paused", otherwise=False)),
    "pause": nullable(PAUSE).of(_known("pause")),
    "problem": nullable(PROBLEM).of(_known("problem")),
    "failures": WHOLE.of(_known("failures", otherwise=0)),
    "failing_since": nullable(INSTANT).of(_known("failing_since")),
    "success_rate": nullable(NUMBER).of(_known("success_rate")),
    "last_run": nullable(SUMMARY).of(_known("last")),
    "running": listed(SUMMARY).of(_known("running", ())),
    "recent": listed(SUMMARY).of(_known("recent", ())),
}
#: a job and its status; the same keys when the database knows nothing of it yet
JOB_STATE = table("JobState", **_OF_JOB_STATE)
#: of the two of them
JOB_WITH_RUNS = table(
    "JobWithRuns",
    **part(itemgetter(0), _OF_JOB_STATE),
    runs=listed(RUN).of(itemgetter(1)),
)
#: a due time, also as it is told in the zone of its job
DUE = table(job=TEXT.of("job.name"), due=INSTANT.of("at"), local=Kind(INSTANT.schema, datetime.isoformat))
#: an action that waits in a session; not which one, because whoever knows a session can open it
SESSION_ACTION = table(
    id=TEXT.of("action.id"),
    action=TEXT.of("action.action"),
    interview=TEXT.of("action.interview"),
    due=INSTANT,
    every=nullable(NUMBER).meaning("after so many seconds it is due again").of("action.every"),
    job=TEXT.meaning("the name of its runs").of("action.job"),
)
#: who did what
EVENT = table(
    id=TEXT,
    at=INSTANT,
    who=TEXT.of("actor"),
    what=TEXT.of("action"),
    job=TEXT.meaning("empty of what was done to all"),
    run=nullable(TEXT),
    note=nullable(TEXT),
)
SERVER = table(
    name=TEXT,
    seen=INSTANT,
    processes=listed(
        table(
            id=TEXT,
            pid=WHOLE,
            seen=INSTANT,
            threads=nullable(table(free=WHOLE, busy=WHOLE, stuck=WHOLE)).of("thread_counts"),
        )
    ),
)
#: a schedule in words, and what comes of it
EXPLANATION = table(
    "Explanation",
    expression=TEXT,
    words=TEXT,
    time_zone=TEXT,
    warnings=listed(
        table(code=TEXT, sentence=TEXT, hint=TEXT),
    ),
    due=listed(Kind(INSTANT.schema, datetime.isoformat)).meaning("the next due times, in that time zone"),
)
#: which variable has set a value of the configuration, without the value
OVERRIDE = table(path=listed(TEXT).of("place"), variable=TEXT, source=TEXT, instead_of=listed(TEXT))
