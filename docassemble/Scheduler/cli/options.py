# do not pre-load
"""What several commands take: `--json`, instants, arguments of functions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TextIO, TypeVar
from zoneinfo import ZoneInfo

import click

from ..config.codes import InvalidValue
from ..config.times import moment, to_utc
from ..core.errors import ArgumentError
from ..core.excerpt import naming, quoted
from ..core.job import Job
from ..execution.arguments import parse_typed

Command = TypeVar("Command", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Show one JSON document, for programs.")


def argument_options(command: Command) -> Command:
    """Let a command take the arguments of a function."""
    for option in (
        click.option(
            "--args-file", type=click.File("r", encoding="utf-8"), help="Arguments as JSON; - is the input."
        ),
        click.option(
            "--kwarg", "kwargs", multiple=True, metavar="NAME=VALUE", help="A keyword argument; repeatable."
        ),
        click.option(
            "--arg", "args", multiple=True, help="An argument of the function, as JSON or text; repeatable."
        ),
    ):
        command = option(command)
    return command


def instant(written: str, option: str, job: Job) -> datetime:
    """Read an instant; without a zone it is local in that of the job."""
    try:
        return to_utc(moment(written), ZoneInfo(job.time_zone))
    except InvalidValue as error:
        hint = f"{naming(written[:1_000])} {error.hint}".strip()
        raise click.BadParameter(f"{quoted(written)} {error}. {hint}", param_hint=option) from error


def arguments(
    args: Iterable[str], kwargs: Iterable[str], file: TextIO | None
) -> tuple[list[Any], dict[str, Any]] | None:
    """Return what the function is called with instead of the job's own arguments; None = those."""
    positional, named = _from_file(file) if file is not None else ([], {})
    positional += [_value(each) for each in args]
    named |= dict(_pair(each) for each in kwargs)
    return (positional, named) if positional or named or file is not None else None


def _value(written: str) -> Any:
    """Read JSON; what is none is taken as text."""
    try:
        return json.loads(written)
    except ValueError:
        return written


def _pair(written: str) -> tuple[str, Any]:
    key, equals, value = written.partition("=")
    if not key or not equals:
        raise click.BadParameter(f"{written!r} is not of the form name=value", param_hint="--kwarg")
    return key, _value(value)


def _from_file(file: TextIO) -> tuple[list[Any], dict[str, Any]]:
    try:
        return parse_typed(file.read())
    except ArgumentError as error:
        raise click.BadParameter(error.explanation, param_hint="--args-file") from error
