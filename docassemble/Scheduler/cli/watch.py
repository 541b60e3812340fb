# do not pre-load
"""The command that looks on: watch."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ..core.durations import short
from ..core.errors import StoreUnavailable
from ..core.run import Status
from ..management import serialize
from ..management.manager import SchedulerManager
from ..management.status import JobState
from ..store.records import Pause, RunQuery, RunRecord
from .completion import jobs_of
from .context import CliContext
from .lists import unread_names
from .options import json_option, zone_options
from .text.listing import Listing, drawn, visible
from .text.output import console_of, show
from .text.tables import Clock, job_table, progress_text

#: states that somebody should look at, the most urgent first
URGENT = ("running", "problem", "failing", "late", "paused", "ok", "disabled")
#: how wide a bar is (characters)
BAR = 20
#: so many runs are shown
MAX_RUNS = 100


@dataclass(frozen=True, slots=True)
class View:
    """What there is to see at one moment."""

    jobs: Sequence[JobState]
    running: Sequence[RunRecord]
    clock: Clock
    #: the names of the jobs that cannot be read
    unread: Sequence[str] = ()
    #: since when everything is paused
    pause: Pause | None = None

    @classmethod
    def of(cls, manager: SchedulerManager, names: Collection[str], clock: Clock) -> View:
        """Look; raises StoreUnavailable."""
        known = manager.jobs()
        jobs = sorted((each for each in known if not names or each.name in names), key=_urgency)
        running = manager.runs(RunQuery(statuses=[Status.RUNNING], limit=MAX_RUNS))
        return cls(
            jobs,
            [each for each in running if not names or each.job in names],
            clock,
            unread=() if names else unread_names(manager, known),
            pause=manager.general_pause(),
        )

    @property
    def document(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "at": serialize.instant(self.clock.now),
            "running": [serialize.RUN.dump(each) for each in self.running],
            "jobs": [serialize.JOB_STATE.dump(each) for each in self.jobs],
        }

    def listing(self) -> Listing:
        """The jobs as a table."""
        return job_table(self.jobs, self.unread, self.clock)

    def bars(self) -> Table:
        """The runs that go on, each with a bar."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("Running", "For", "", "", "Server"):
            table.add_column(column, overflow="fold")
        usual = {state.name: state.record.usual_duration for state in self.jobs if state.record}
        for run in self.running:
            gone = self.clock.now - (run.started or run.claimed)
            bar, said = _progress(run, self.clock.now, usual.get(run.job))
            table.add_row(*map(_plain, (run.job, short(gone))), bar, _plain(said), _plain(run.server or "-"))
        return table


@click.command()
@click.argument("names", metavar="[JOB]...", nargs=-1, shell_complete=jobs_of)
@click.option(
    "--every", type=click.FloatRange(0.5, 3600), default=2.0, show_default=True, help="Seconds between looks."
)
@zone_options
@json_option
@click.pass_obj
def watch(
    context: CliContext, *, names: Sequence[str], every: float, zone: str | None, as_json: bool
) -> None:
    """Show all jobs (or these), what runs and how far it is, again and again. Ctrl-C ends it.

    Where there is no terminal, and with --json, it shows all that once.
    """
    manager = context.manager
    for name in names:
        manager.job(name)  # says so when there is none
    console = console_of(sys.stdout)

    def look() -> View:
        return View.of(manager, names, Clock.of(context, zone))

    if as_json or not console.is_terminal:
        view = look()
        show(view.document, as_json=as_json, text=lambda: _text(view, console))
        return
    with (
        _ended_by_keyboard(),
        Live(console=console, auto_refresh=False, vertical_overflow="ellipsis") as live,
    ):
        shown: RenderableType = ""
        while True:
            shown = _looked(look, console, shown)
            live.update(shown, refresh=True)
            time.sleep(every)


@contextmanager
def _ended_by_keyboard() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        return


def _looked(look: Callable[[], View], console: Console, before: RenderableType) -> RenderableType:
    """Return what there is to see; while the database is unavailable, what there was."""
    try:
        return _drawn(look(), console)
    except StoreUnavailable as error:
        return Group(Text(visible(f"Database unavailable: {error}"), style="bold red"), before)


def _drawn(view: View, console: Console) -> RenderableType:
    parts: list[RenderableType] = [view.bars(), ""] if view.running else []
    listing = view.listing()
    parts.append(drawn(listing, console.width) if listing.rows else listing.empty)
    at = view.clock.time(view.clock.now)
    if view.pause is not None:
        parts.insert(0, Text(_paused(view.pause, view.clock), style="bold magenta"))
    return Group(Text(f"{at} ({view.clock.zone}). Ctrl-C ends this.", style="dim"), "", *parts)


def _paused(pause: Pause, clock: Clock) -> str:
    since = "" if pause.at is None else f" since {clock.time(pause.at)}"
    by = f" by {pause.by}" if pause.by else ""
    return visible(f"Everything is paused{since}{by}{f': {pause.note}' if pause.note else ''}\n")


def _text(view: View, console: Console) -> str:
    with console.capture() as shown:
        console.print(_drawn(view, console))
    return shown.get().rstrip("\n").replace(" Ctrl-C ends this.", "")


def _plain(text: str) -> Text:
    return Text(visible(text).replace("\n", " "))


def _urgency(state: JobState) -> tuple[int, str, str]:
    place = URGENT.index(state.status.value) if state.status.value in URGENT else len(URGENT)
    return place, "" if state.next_due is None else state.next_due.isoformat(), state.name


def _progress(run: RunRecord, now: datetime, usual: timedelta | None) -> tuple[RenderableType, str]:
    """Return the bar of a run, and how far it is: as it says itself, else by how long such runs took."""
    told = run.progress
    if told is not None:
        said = progress_text(told)
        if not told.total:
            return "", said
        return ProgressBar(total=told.total, completed=min(told.done, told.total), width=BAR), said
    if usual is None:
        return "", ""
    gone = (now - (run.started or run.claimed)) / usual if usual else 1.0
    return ProgressBar(total=1.0, completed=min(gone, 1.0), width=BAR), f"usually {short(usual)}"
