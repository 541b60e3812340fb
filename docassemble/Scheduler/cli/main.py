# do not pre-load
"""The command line as a whole."""

from __future__ import annotations

import sys
from typing import Any

import click

from .. import __version__
from ..core.errors import SchedulerError
from ..host.shell import leave_root
from . import add, completion, control, inspect, lists, notify, run, watch
from .context import CliContext
from .text.output import give_up


class Commands(click.Group):
    """The commands; what the scheduler raises ends them with the error and the way out, and status 2."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except SchedulerError as error:
            give_up(error)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="docassemble.Scheduler %(version)s")
@click.pass_context
def commands(ctx: click.Context) -> None:
    """See and control the scheduler of docassemble, from the terminal and from scripts.

    Run it as docassemble's own user (www-data), or as root, who becomes that user. Exit status: 0 done; 1 the
    job failed, or there are problems; 2 not possible; 3 the job is going on elsewhere.
    """
    if ctx.obj is None:  # tests give their own
        leave_root()
        ctx.obj = CliContext()


for _command in (
    inspect.check,
    inspect.explain,
    lists.jobs,
    lists.upcoming,
    lists.runs,
    lists.history,
    inspect.show_run,
    watch.watch,
    lists.problems,
    lists.servers,
    lists.events,
    lists.session_actions,
    run.run,
    run.backfill,
    control.request,
    control.pause,
    control.resume,
    control.stop,
    notify.test_notify,
    control.retry,
    add.add,
    control.cancel,
    completion.completion,
):
    commands.add_command(_command)


def main() -> None:
    """Run what stands on the command line, and exit.

    docassemble 1.10 takes any argument that is the name of a file for its configuration: it finds none.
    """
    arguments = sys.argv[1:]
    del sys.argv[1:]
    completion.prepare()
    commands.main(args=arguments, prog_name=completion.PROGRAM, complete_var=completion.VARIABLE)
