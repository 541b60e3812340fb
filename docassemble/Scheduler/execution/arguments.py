# do not pre-load
"""The arguments of a function as JSON: whatever else they are is refused at once, by name."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..core.errors import ArgumentError, NotPossible
from ..core.job import BOUND, Job
from ..core.texts.excerpt import is_within

#: how much JSON is kept (characters), and how deep
MAX_ARGUMENTS = 1_000_000
MAX_DEPTH = 40
#: types whose values need no copy
IMMUTABLE = frozenset({type(None), bool, int, float, str})

_WAY_OUT = "pass text, numbers, true and false, None, lists and dictionaries; of a thing its identifier"
_WAYS_OUT = {
    "datetime": "pass its .isoformat()",
    "date": "pass its .isoformat()",
    "DADateTime": "pass its .isoformat()",
    "Decimal": "pass it as str or float",
    "DAList": "pass its .elements, as far as they are text, numbers, lists and dictionaries",
    "DADict": "pass its .elements, as far as they are text, numbers, lists and dictionaries",
    "set": "pass a list",
}


def pack(args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None) -> str:
    """Return arguments as JSON; raises ArgumentError, which names the one that has no place in it."""
    if isinstance(args, str) or not isinstance(args, Sequence):
        raise ArgumentError("args", "is not a list", hint="write args=[...], also for one argument")
    if kwargs is not None and not isinstance(kwargs, Mapping):
        raise ArgumentError("kwargs", "is not a dictionary", hint="write kwargs={'name': value}")
    check(list(args), "args")
    check(dict(kwargs or {}), "kwargs")
    text = json.dumps({"args": list(args), "kwargs": dict(kwargs or {})})
    if len(text) > MAX_ARGUMENTS:
        raise ArgumentError(
            "args and kwargs", f"are more than {MAX_ARGUMENTS:,} characters as JSON", hint=_WAY_OUT
        )
    return text


def parse_typed(text: str) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments that somebody has typed: `[...]`, or `{"args": [...], "kwargs": {...}}`.

    Raises ArgumentError, which does not repeat them: they may be secret.
    """
    name, hint = "the arguments", 'write [...], or {"args": [...], "kwargs": {...}}'
    if len(text) > MAX_ARGUMENTS:
        raise ArgumentError(name, f"are more than {MAX_ARGUMENTS:,} characters", hint="pass less")
    try:
        typed = json.loads(text)
    except (ValueError, RecursionError):
        raise ArgumentError(name, "are not JSON", hint=hint) from None
    given = {"args": typed} if isinstance(typed, list) else typed
    if isinstance(given, dict) and not given.keys() - {"args", "kwargs"}:
        args, kwargs = given.get("args", []), given.get("kwargs", {})
        if isinstance(args, list) and isinstance(kwargs, dict):
            return args, kwargs
    raise ArgumentError(name, "are neither a list nor an object with `args` and `kwargs`", hint=hint)


def check_not_fixed(job: Job) -> None:
    """Raise NotPossible when a job takes no other arguments than its own."""
    if job.fixed_arguments:
        raise NotPossible(
            f"the arguments of the job {job.name!r} are fixed",
            hint="run it without any, so that it has its own",
        )


def bound_to(job: Job, arguments: str) -> str:
    """Return packed arguments for the function and user that a job has now, whatever it has when it runs."""
    return json.dumps({**json.loads(arguments), **{field: getattr(job, field) for field in BOUND}})


def check(value: object, name: str, depth: int = 0) -> None:
    """Raise ArgumentError when `value`, which is called `name`, is not JSON."""
    if depth == 0 and not is_within(value, 2 * MAX_ARGUMENTS, item=2):
        problem = f"is far more than {MAX_ARGUMENTS:,} characters as JSON, or contains itself"
        raise ArgumentError(name, problem, hint=_WAY_OUT)
    if depth > MAX_DEPTH:
        raise ArgumentError(name, "is nested too deeply, or contains itself")
    if isinstance(value, float) and not math.isfinite(value):
        raise ArgumentError(name, f"is {value}, which JSON does not have", hint="pass None")
    if value is None or isinstance(value, bool | int | float | str):
        return
    if isinstance(value, list | tuple):
        for index, each in enumerate(value):
            check(each, f"{name}[{index}]", depth + 1)
    elif isinstance(value, dict):
        for key, each in value.items():
            if not isinstance(key, str):
                raise ArgumentError(
                    name, f"has the key {key!r}, which is not a text", hint="use texts as keys"
                )
            check(each, f"{name}[{key!r}]", depth + 1)
    else:
        kind = type(value).__name__
        hint = _WAYS_OUT.get(kind, _WAY_OUT)
        raise ArgumentError(name, f"is a {kind}, which cannot be kept as JSON", hint=hint)
