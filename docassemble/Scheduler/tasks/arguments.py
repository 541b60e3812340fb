# do not pre-load
"""Reads the arguments of the jobs we ship. What is wrong is said by the argument's name: its value may be secret."""

from __future__ import annotations

from collections.abc import Mapping
from json import dumps
from typing import Any

from docassemble.Scheduler.core.durations import parse_duration
from docassemble.Scheduler.core.errors import DurationError, SchedulerError


class InvalidArgument(SchedulerError):
    """An argument that a job can do nothing with."""


def read_text(value: object, name: str) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise InvalidArgument(f"`{name}` must be a text; quote a number")
    return value


def read_mapping(value: object, name: str) -> Mapping[str, Any]:
    """Return a mapping whose keys are texts; empty when there is none."""
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise InvalidArgument(f"`{name}` must be a mapping from names to values")
    return value


def read_section(value: object, name: str) -> Mapping[str, Any]:
    """Return a mapping, or the section of docassemble's configuration that is named; empty when there is none."""
    if not isinstance(value, str):
        return read_mapping(value, name)
    from docassemble.base.config import daconfig

    found = daconfig.get(value)
    if not isinstance(found, Mapping):
        raise InvalidArgument(f"`{name}` names no section of docassemble's configuration")
    return found


def read_seconds(value: object, name: str) -> float:
    """Return how many seconds a duration has, which must be more than none."""
    try:
        seconds = parse_duration(value).total_seconds()
    except DurationError as error:
        raise InvalidArgument(f"`{name}` {error}. {error.hint}") from error
    if not seconds:
        raise InvalidArgument(f"`{name}` must be more than 0 seconds")
    return seconds


def read_json(value: object, name: str) -> bytes:
    """Return a value as JSON."""
    try:
        return dumps(value, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise InvalidArgument(f"`{name}` cannot be written as JSON: {error}") from error
