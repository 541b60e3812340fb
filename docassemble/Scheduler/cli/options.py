# do not pre-load
"""What several commands take: `--json`, time zones, instants, arguments of functions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from typing import Any, TextIO, TypeVar
from zoneinfo import ZoneInfo

import click

from ..config.codes import InvalidValue
from ..config.values.times import moment, to_utc, zone
from ..core.durations import parse_duration
from ..core.errors import ArgumentError, DurationError
from ..core.texts.excerpt import naming, quoted
from ..execution.arguments import parse_typed

Command = TypeVar("Command", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Show one JSON document, for programs.")


count_option = click.option(
    "--count", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many."
)


def zone_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command take the zone that it tells times in, as `zone`; None = docassemble's."""

    @wraps(command)
    def with_zone(*, utc: bool, zone: str | None, **others: Any) -> Any:
        if utc and zone is not None:
            raise click.UsageError("Give either --utc or --timezone.")
        return command(zone="UTC" if utc else _zone(zone), **others)

    named = click.option(
        "--timezone", "zone", metavar="ZONE", help="Tell times in it. [default: docassemble's]"
    )
    return click.option("--utc", is_flag=True, help="Tell times in UTC.")(named(with_zone))


def _zone(written: str | None) -> str | None:
    try:
        return None if written is None else str(zone(written))
    except InvalidValue as error:
        hint = f"{quoted(written)} {error}. {error.hint}".strip()
        raise click.BadParameter(hint, param_hint="--timezone") from error


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


def instant(written: str, option: str, zone: str) -> datetime:
    """Read an instant; without a zone it is local in this one."""
    try:
        return to_utc(moment(written), ZoneInfo(zone))
    except InvalidValue as error:
        hint = f"{naming(written[:1_000])} {error.hint}".strip()
        raise click.BadParameter(f"{quoted(written)} {error}. {hint}", param_hint=option) from error


def ago(written: str, option: str, zone: str, now: datetime) -> datetime:
    """Read an instant, or how long ago it was: `2 hours`."""
    try:
        return now - parse_duration(written)
    except DurationError:
        return instant(written, option, zone)


def arguments(
    args: Iterable[str], kwargs: Iterable[str], file: TextIO | None
) -> tuple[list[Any], dict[str, Any]] | None:
    """Return what the function is called with instead of the job's own arguments; None = those."""
    positional, named = _from_file(file) if file is not None else ([], {})
    positional += [value_of(each) for each in args]
    named |= dict(_pair(each) for each in kwargs)
    return (positional, named) if positional or named or file is not None else None


def value_of(written: str) -> Any:
    """Read JSON; what is none is taken as text."""
    try:
        return json.loads(written)
    except ValueError:
        return written


def _pair(written: str) -> tuple[str, Any]:
    key, equals, value = written.partition("=")
    if not key or not equals:
        raise click.BadParameter(f"{written!r} is not of the form name=value", param_hint="--kwarg")
    return key, value_of(value)


def _from_file(file: TextIO) -> tuple[list[Any], dict[str, Any]]:
    try:
        return parse_typed(file.read())
    except ArgumentError as error:
        raise click.BadParameter(error.explanation, param_hint="--args-file") from error
