# do not pre-load
"""The shapes of the answers, as JSON Schema: what `management/serialize.py` makes."""

from __future__ import annotations

from typing import Any

from ...core.run import Status, Trigger
from ...management.status import Standing

Shape = dict[str, Any]

_TEXT: Shape = {"type": "string"}
_WHOLE: Shape = {"type": "integer"}
_NUMBER: Shape = {"type": "number"}
_FLAG: Shape = {"type": "boolean"}
_INSTANT: Shape = {"type": "string", "format": "date-time"}
_ID: Shape = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
_STATUS: Shape = {"type": "string", "enum": [each.value for each in Status]}
_TRIGGER: Shape = {"type": "string", "enum": [each.value for each in Trigger]}
_STANDING: Shape = {"type": "string", "enum": [each.value for each in Standing]}


def _or_null(shape: Shape) -> Shape:
    return {**shape, "type": [shape["type"], "null"]}


def _list(shape: Shape) -> Shape:
    return {"type": "array", "items": shape}


def _object(**properties: Shape) -> Shape:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _ref(name: str) -> Shape:
    return {"$ref": f"#/components/schemas/{name}"}


def _extended(shape: Shape, **properties: Shape) -> Shape:
    return _object(**shape["properties"], **properties)


_JOB = _object(
    name=_TEXT,
    description=_or_null(_TEXT),
    function=_TEXT,
    type=_TEXT,
    schedule={**_TEXT, "description": "in words"},
    time_zone=_TEXT,
    enabled=_FLAG,
    run_on=_TEXT,
    servers=_list(_TEXT),
)
_JOB_STATE = _extended(
    _JOB,
    state=_STANDING,
    next_due=_or_null(_INSTANT),
    added=_or_null(_object(at=_INSTANT, by=_TEXT)),
    paused=_FLAG,
    failures=_WHOLE,
    failing_since=_or_null(_INSTANT),
    success_rate=_or_null(_NUMBER),
    last_run={"anyOf": [_ref("Bar"), {"type": "null"}]},
    running=_list(_ref("Bar")),
    recent=_list(_ref("Bar")),
)

SHAPES: dict[str, Shape] = {
    "Job": _JOB,
    "JobState": _JOB_STATE,
    "JobWithRuns": _extended(_JOB_STATE, runs=_list(_ref("Run"))),
    "Jobs": _object(jobs=_list(_ref("JobState"))),
    "Bar": _object(
        id=_ID,
        status=_STATUS,
        due=_INSTANT,
        began=_INSTANT,
        ended=_or_null(_INSTANT),
        duration=_or_null(_NUMBER),
        count=_WHOLE,
    ),
    "Run": _object(
        id=_ID,
        job=_TEXT,
        status=_STATUS,
        trigger=_TRIGGER,
        due=_INSTANT,
        due_until=_or_null(_INSTANT),
        count=_WHOLE,
        attempt=_WHOLE,
        server=_or_null(_TEXT),
        claimed=_INSTANT,
        started=_or_null(_INSTANT),
        finished=_or_null(_INSTANT),
        duration=_or_null(_NUMBER),
        lateness=_or_null(_NUMBER),
        retry_at=_or_null(_INSTANT),
        retried=_or_null(_TEXT),
        reason=_or_null(_TEXT),
        result={
            "description": "JSON, if the function returned what JSON can hold; else text; null without a result"
        },
        error=_or_null(_TEXT),
        traceback=_or_null(_TEXT),
        log=_or_null(_TEXT),
    ),
    "Runs": _object(runs=_list(_ref("Run")), before=_or_null(_ID)),
    "Upcoming": _object(upcoming=_list(_object(job=_TEXT, due=_INSTANT, local=_INSTANT))),
    "Servers": _object(
        servers=_list(
            _object(
                name=_TEXT,
                seen=_INSTANT,
                processes=_list(
                    _object(
                        id=_TEXT,
                        pid=_WHOLE,
                        seen=_INSTANT,
                        threads=_or_null(_object(free=_WHOLE, busy=_WHOLE, stuck=_WHOLE)),
                    )
                ),
            )
        )
    ),
    "Events": _object(
        events=_list(_object(id=_TEXT, at=_INSTANT, who=_TEXT, what=_TEXT, job=_TEXT, run=_or_null(_TEXT)))
    ),
    "Problems": _object(
        problems=_list(_object(severity=_TEXT, code=_TEXT, path=_list(_TEXT), sentence=_TEXT, hint=_TEXT))
    ),
    "Order": _object(order={**_TEXT, "description": "the identifier of the event"}),
    "Change": _object(changed={**_FLAG, "description": "false when it was so already"}),
    "Description": {"type": "object"},
}
