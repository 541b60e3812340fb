# do not pre-load
"""The form of a job: from what is typed to the keys of a job and back, and at which field a mistake stands."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...config.keys import JOB_KEYS, SCHEDULE_GROUPS
from ...config.values.hints import normalised
from ...core.errors import ArgumentError, BadRequest, DefinitionError, NotPermitted, SchedulerError
from ...core.problem import Problem, Severity
from ...execution.arguments import parse_typed

#: the fields of a crontab expression that can be typed one by one
CRON = ("minute", "hour", "day", "month", "weekday")
#: the ways to say when: the choice in the form, and the fields that count then
WAYS: Mapping[str, tuple[str, ...]] = {
    "every": ("every",),
    "crontab": ("crontab",),
    "fields": CRON,
    "once": ("run at",),
    "other": (),
}
#: further keys with a field of their own
OPTIONS = ("time zone", "description", "retries", "retry delay", "max runtime")
_LINES = ("name", "function", "every", "crontab", *CRON, "run at", *OPTIONS)
#: characters of a field
MAX_FIELD = 100_000
_TEXTS = ("args", "more")
_PLAIN = (str, int, float)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobForm:
    """What is typed, by field."""

    values: Mapping[str, str] = field(default_factory=dict)
    #: how it is said when the job is due: a key of WAYS
    way: str = "every"

    @classmethod
    def typed(cls, given: Mapping[str, str]) -> JobForm:
        """Return what a browser has sent."""
        values = {name: given.get(name.replace(" ", "_"), "").strip() for name in _LINES}
        values |= {name: given.get(name, "").strip() for name in _TEXTS}
        way = given.get("way", "every")
        return cls(values=values, way=way if way in WAYS else "every")

    @classmethod
    def of(cls, name: str, definition: Mapping[str, Any]) -> JobForm:
        """Return the form of a job that was added."""
        given = {_spelled(key): value for key, value in definition.items()}
        values = {"name": name, "function": str(given.pop("function", ""))}
        way = _way(given)
        for key in (*WAYS[way], *OPTIONS):
            if isinstance(given.get(key), _PLAIN) and not isinstance(given[key], bool):
                values[key] = str(given.pop(key))
        args, kwargs = given.pop("args", None), given.pop("kwargs", None)
        if kwargs:
            values["args"] = json.dumps({"args": args or [], "kwargs": kwargs}, indent=2, ensure_ascii=False)
        elif args:
            values["args"] = json.dumps(args, ensure_ascii=False)
        lines = (
            f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in given.items()
        )
        values["more"] = "\n".join(lines)
        return cls(values=values, way=way)

    def value(self, name: str) -> str:
        """Return what stands in a field."""
        return self.values.get(name, "")

    def schedule(self) -> dict[str, Any]:
        """Return the keys that say when the job is due."""
        return {name: _number(self.value(name)) for name in WAYS[self.way] if self.value(name)}

    def definition(self, read_keys: Callable[[str], Mapping[str, Any]]) -> dict[str, Any]:
        """Return the keys of the job; raises FieldsError."""
        errors: dict[str, str] = {}
        keys: dict[str, Any] = {"function": self.value("function")} if self.value("function") else {}
        keys |= self.schedule()
        keys |= {name: _number(self.value(name)) for name in OPTIONS if self.value(name)}
        if self.value("args"):
            try:
                args, kwargs = parse_typed(self.value("args"))
                keys |= {"args": args} if args else {}
                keys |= {"kwargs": kwargs} if kwargs else {}
            except ArgumentError as error:
                errors["args"] = error.explanation
        try:
            more = read_keys(self.value("more"))
        except BadRequest as error:
            errors["more"] = f"This {error}. {error.hint}"
            more = {}
        if twice := {_spelled(key) for key in more} & {*keys}:
            errors["more"] = f"`{min(twice)}` has a field of its own above. Write it there only."
        if not self.value("name"):
            errors["name"] = "Give the job a name."
        if errors:
            raise FieldsError(errors)
        return {**keys, **more}


class FieldsError(SchedulerError):
    """Fields that cannot be read; `errors` has a sentence for each."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("there are mistakes in the form")
        self.errors = errors


def errors_of(error: SchedulerError, way: str) -> dict[str, str]:
    """Return what is wrong, by the field where it stands; an empty name stands for the form as a whole."""
    if isinstance(error, FieldsError):
        return dict(error.errors)
    if isinstance(error, DefinitionError) and error.problems:
        return by_field(
            [each for each in error.problems if each.severity is Severity.ERROR] or error.problems, way
        )
    if isinstance(error, ArgumentError):
        return {"args" if error.argument.startswith(("args", "kwargs")) else "more": error.explanation}
    if isinstance(error, NotPermitted):
        return {"function" if "so you may not name" in str(error) else "more": error.explanation}
    return {"name" if isinstance(error, DefinitionError) else "": error.explanation}


def by_field(problems: list[Problem] | tuple[Problem, ...], way: str) -> dict[str, str]:
    """Return the sentences of problems, by the field where they stand."""
    found: dict[str, str] = {}
    for problem in problems:
        name = _field_of(problem, way)
        text = f"{problem.sentence} {problem.hint}".strip()
        found[name] = f"{found[name]} {text}" if name in found else text
    return found


def _field_of(problem: Problem, way: str) -> str:
    key = _spelled(problem.path[2]) if len(problem.path) > 2 else ""
    if key in {*WAYS[way], *OPTIONS, "function"}:
        return key
    if key in {"args", "kwargs"}:
        return "args"
    if key:
        return "more"
    if problem.code in {"function-not-found", "generator-function", "bad-name"}:
        return "function"
    return "name" if problem.code == "not-storable" else next(iter(WAYS[way]), "more")


def _way(given: Mapping[str, Any]) -> str:
    """Return how a definition says when the job is due; `other` stands for keys that have no field."""
    says = {key for key in given if key in JOB_KEYS and JOB_KEYS[key].group in SCHEDULE_GROUPS}
    plain = all(isinstance(given[key], _PLAIN) and not isinstance(given[key], bool) for key in says)
    return next((way for way, keys in WAYS.items() if says and plain and says <= {*keys}), "other")


def _spelled(key: str) -> str:
    name = normalised(str(key))
    return JOB_KEYS[name].name if name in JOB_KEYS else str(key)


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text
