# do not pre-load
"""Completion in a shell, by click's own mechanism, with the names of jobs and the identifiers of runs.

Each press of the tabulator starts a process. Names come out of docassemble's file, which takes a moment. Loading
SQLAlchemy and asking the database takes as long again, and is done only for what the file does not have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class, get_completion_class

from .context import CliContext

#: the command, and the variable in which the shell says that it wants completions
PROGRAM, VARIABLE = "docassemble-scheduler", "_DOCASSEMBLE_SCHEDULER_COMPLETE"
SHELLS = ("bash", "zsh", "fish")
#: what bash would take for more than a part of a word
_SPECIAL = re.compile(r"([\s\"'\\$`&|;<>()*?\[\]{}!#~])")
#: how many runs are offered
RUNS = 30


#: compared with click's own, it takes each line as it is
_SCRIPT = """\
%(complete_func)s() {
    local IFS=$'\\n' line
    COMPREPLY=()
    while IFS= read -r line; do
        case "$line" in
            plain,*) COMPREPLY+=("${line#plain,}") ;;
            dir,*) compopt -o dirnames ;;
            file,*) compopt -o default ;;
        esac
    done < <(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD="$COMP_CWORD" %(complete_var)s=bash_complete "$1")
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class Bash(BashComplete):
    """Bash, in which a name with blanks must be quoted: click's own script makes several words of it."""

    source_template = _SCRIPT

    def format_completion(self, item: CompletionItem) -> str:
        """Return a completion as the script reads it."""
        text = _SPECIAL.sub(r"\\\1", str(item.value)) if item.type == "plain" else str(item.value)
        return f"{item.type},{text}"


def prepare() -> None:
    """Let bash complete names with blanks."""
    add_completion_class(Bash, "bash")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, *, shell: str) -> None:
    """Print what lets SHELL complete commands, options, names of jobs and identifiers of runs.

    In bash: eval "$(docassemble-scheduler completion bash)"
    """
    prepare()
    found = get_completion_class(shell)
    assert found is not None  # noqa: S101 - click has all of SHELLS
    click.echo(found(ctx.find_root().command, {}, PROGRAM, VARIABLE).source())


def jobs_of(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the names of jobs that begin so, those of the configuration first."""
    context = ctx.find_object(CliContext) or CliContext()
    return _items(context.configured_names, incomplete) or _items(context.known_names, incomplete)


def runs_of(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the identifiers of the latest runs that begin so."""
    context = ctx.find_object(CliContext) or CliContext()
    return _items(lambda: context.latest_runs(RUNS), incomplete)


def _items(find: Callable[[], Iterable[str]], incomplete: str) -> list[CompletionItem]:
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            found = [name for name in find() if name.startswith(incomplete)]
    except Exception:  # noqa: BLE001 - the boundary of a key that is pressed: the command itself says what is wrong
        return []
    return [CompletionItem(name) for name in found]
