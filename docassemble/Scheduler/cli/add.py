# do not pre-load
"""The command that adds a job: add."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TextIO, TypeVar

import click

from ..config.codes import Code
from ..config.keys import JOB_KEYS, Group, Key
from ..config.parser import JOB
from ..core.durations import parse_duration
from ..core.errors import DefinitionError, DurationError
from ..core.texts.excerpt import quoted
from ..host.files.config_file import read_mapping
from ..management import serialize
from ..management.permissions import code
from .completion import jobs_of
from .context import CliContext
from .options import argument_options, arguments, json_option, value_of
from .text.output import show

Command = TypeVar("Command", bound=Callable[..., Any])

#: the keys that have options of their own, or whose values are no words
_OTHERS = {"args", "kwargs", "function", "params", "run at"}


def _keys() -> Iterator[Key]:
    """Yield the keys that become options, those that say when a job is due first."""
    keys = dict.fromkeys(JOB_KEYS.values())
    first = [key for key in keys if key.name in {"every", "crontab"}]
    yield from [*first, *(key for key in keys if key not in first and key.name not in _OTHERS)]


def _key_options(command: Command) -> Command:
    for key in reversed([*_keys()]):
        help_ = "The schedule." if key.group not in {Group.FIELD, Group.BOUNDS} else None
        command = click.option(f"--{key.name.replace(' ', '-')}", f"key_{key.field}", help=help_)(command)
    return command


@click.command()
@click.argument("name")
@click.option("--function", metavar="DOTTED.NAME", help="What is called.")
@click.option("--job", shell_complete=jobs_of, help="Instead: the job on demand that is run.")
@click.option("--at", metavar="TIME", help='Once, then: "2027-03-28 14:30".')
@click.option("--in", "delay", metavar="DURATION", help='Once, after that time: "3 days".')
@_key_options
@argument_options
@click.option(
    "--yaml", "yaml", type=click.File("r", encoding="utf-8"), help="Keys of the job as YAML; - is the input."
)
@json_option
@click.pass_obj
def add(  # noqa: PLR0913 - its options
    context: CliContext,
    /,
    *,
    name: str,
    function: str | None,
    job: str | None,
    at: str | None,
    delay: str | None,
    args: Sequence[str],
    kwargs: Sequence[str],
    args_file: TextIO | None,
    yaml: TextIO | None,
    as_json: bool,
    **keys: str | None,
) -> None:
    """Add the job NAME, or put it in the place of the added one with that name. Servers run it until it is over.

    Options are the keys of a job in the configuration; values as there, or as JSON. What stands on a command line can
    be seen by every user of the machine: give secrets with --args-file.
    """
    definition = {} if yaml is None else _written(yaml.read())
    given = {"function": function, JOB: job, "run at": at}
    definition |= {key: value for key, value in given.items() if value is not None}
    definition |= {
        key.removeprefix("key_").replace("_", " "): _value(key, value)
        for key, value in keys.items()
        if value is not None
    }
    if delay is not None:
        definition["run at"] = _later(delay, context.clock.now())
    if (packed := arguments(args, kwargs, args_file)) is not None:
        definition |= {"args": packed[0], "kwargs": packed[1]}
    added = _added(context, name, definition)
    document = {"job": name, "next_due": None, **serialize.JOB_STATE.dump(context.manager.job(added))}
    show(document, as_json=as_json, text=lambda: f"{name} is added; `next {name!r}` shows when it is due")


def _written(text: str) -> dict[str, Any]:
    """Return the keys that stand in a text; YAML makes dates of some, which JSON has not."""
    read = read_mapping(text, "--yaml", "the keys of a job, a mapping: `function:` and so on")
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in read.items()}


def _value(key: str, written: str) -> Any:
    """Return a value as YAML would have it; an expression of cron is a text whatever it looks like."""
    return written if key in {"key_crontab", "key_description"} else value_of(written)


def _later(delay: str, now: datetime) -> str:
    try:
        return (now + parse_duration(delay)).isoformat()
    except DurationError as error:
        raise click.BadParameter(f"{quoted(delay)} {error}. {error.hint}", param_hint="--in") from error


def _added(context: CliContext, name: str, definition: Mapping[str, Any]) -> str:
    """Add the job; its function may be one that can only be imported where docassemble is loaded."""
    manager, by = context.manager, code(context.by)
    try:
        return manager.add(name, definition, by).name
    except DefinitionError as error:
        if not any(each.code == Code.FUNCTION_NOT_FOUND.value for each in error.problems):
            raise
    context.load_host()
    return manager.add(name, definition, by).name
