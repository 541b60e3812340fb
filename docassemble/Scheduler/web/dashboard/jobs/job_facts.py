# do not pre-load
"""Everything that holds for a job: its keys that differ from the default, in the words of the configuration."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from enum import Enum
from typing import Any

from ....config.keys import JOB_KEYS, Group, Key
from ....core.durations import format_duration
from ....core.job import Job
from ....core.texts.excerpt import excerpt
from ....notifications.variables import is_secret

#: the pages of the documentation
DOCS = "https://github.com/dblevin1/docassemble-Scheduler/blob/main/docs/"
#: characters of a value
MAX_VALUE = 500
_MASKED = "(masked)"
_ALL_KEYS = "configuration.md#all-keys-of-a-job"
_LATE = "configuration.md#late-and-missed"
#: what each key means, and where that is explained
MEANINGS: Mapping[str, tuple[str, str]] = {
    "args": ("positional arguments of the function", "configuration.md#arguments"),
    "kwargs": ("keyword arguments of the function", "configuration.md#arguments"),
    "fixed arguments": ("nobody can run it with other arguments", "configuration.md#arguments"),
    "contextmanager": ("what the function runs inside of", _ALL_KEYS),
    "error handler": ("is called when a run has failed", _ALL_KEYS),
    "enabled": ("whether it runs at all", _ALL_KEYS),
    "only if": ("a due time is skipped unless this function returns true", _ALL_KEYS),
    "overlap": ("what happens when it is due while it is still running", "configuration.md#overlap"),
    "lock": ("of the jobs with the same lock, one runs at a time", "configuration.md#overlap"),
    "missed": ("what happens to due times while no server was running", _LATE),
    "misfire grace time": ("how late a run may start", _LATE),
    "max runtime": ("a run that takes longer is stopped", _ALL_KEYS),
    "retries": ("how often a run that failed is tried again", _ALL_KEYS),
    "retry delay": ("how long it waits before it is tried again", _ALL_KEYS),
    "resumable": ("a run that was interrupted is tried again", _ALL_KEYS),
    "on exit": ("is called after each run", _ALL_KEYS),
    "run on": ("where it runs: in the web server, or in a Celery worker", _ALL_KEYS),
    "servers": ("only servers with one of these tags run it", "configuration.md#servers"),
    "run as": ("the user of docassemble that it runs as", _ALL_KEYS),
    "check in margin": ("how late it may be before the monitor raises an alarm", _ALL_KEYS),
    "monitor": ("is told of each run; the address is not shown", _ALL_KEYS),
    "notify": ("who is told of failures, and when; addresses are not shown", "jobs.md#to-be-told"),
    "description": ("what it is for", _ALL_KEYS),
    "tags": ("words by which the pages group and find it", _ALL_KEYS),
    "time zone": ("in which its schedule is meant", "configuration.md#time-zones-and-daylight-saving"),
}
#: they stand elsewhere on the page
_ELSEWHERE = {"description", "enabled"}
_DEFAULTS = {field.name: field for field in fields(Job)}


@dataclass(frozen=True, slots=True)
class Fact:
    """One key."""

    #: as the configuration has it
    key: str
    value: str
    #: to be translated
    meaning: str
    #: where it is explained
    link: str


def facts(job: Job, *, shows_arguments: bool) -> list[Fact]:
    """Return the keys of a job that differ from the default; its arguments only for who may see them."""
    return [_fact(key, job, shows_arguments=shows_arguments) for key in _keys() if _is_told(key, job)]


def _keys() -> Iterator[Key]:
    unique = dict.fromkeys(JOB_KEYS.values())
    return (key for key in unique if key.name in MEANINGS and key.name not in _ELSEWHERE)


def _is_told(key: Key, job: Job) -> bool:
    if key.group is Group.BOUNDS:  # its time zone
        return not job.is_on_demand
    value, default = getattr(job, key.field), _DEFAULTS[key.field].default
    return bool(value) if key.name in {"args", "kwargs"} else bool(value != default)


def _fact(key: Key, job: Job, *, shows_arguments: bool) -> Fact:
    meaning, page = MEANINGS[key.name]
    if key.name in {"monitor", "notify"}:
        value = "false" if _is_muted(key, job) else _MASKED
    elif key.payload and not shows_arguments:
        value = _names(getattr(job, key.field))
    else:
        value = _told(job.shown(key.field))
    return Fact(key.name, excerpt(value, MAX_VALUE), meaning, DOCS + page)


def _is_muted(key: Key, job: Job) -> bool:
    return key.name == "notify" and job.notify is not None and "muted" in job.notify


def _names(arguments: Any) -> str:
    """Return arguments without their values."""
    if isinstance(arguments, Mapping):
        return ", ".join(f"{name}: {_MASKED}" for name in arguments)
    return ", ".join(_MASKED for _ in arguments)


def _told(value: Any) -> str:
    """Return a value as it would stand in the configuration."""
    if value is None:
        return "-1"  # of a time that has no limit
    if isinstance(value, str | Enum):
        return str(value.value if isinstance(value, Enum) else value)
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    return json.dumps(_shy(value), ensure_ascii=False, default=str)


def _shy(value: Any, name: str = "") -> Any:
    """Return arguments with what is called a secret masked."""
    if is_secret(name):
        return _MASKED
    if isinstance(value, Mapping):
        return {str(key): _shy(each, str(key)) for key, each in value.items()}
    if isinstance(value, Collection) and not isinstance(value, str | bytes):
        return [_shy(each) for each in value]
    return value
