# do not pre-load
"""What templates ask of records: badges, instants in words, remarks, buttons. Pure functions, given to each template.

They are no filters of Jinja, because docassemble's own templates share its environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from ...core.job import Job
from ...core.run import Status
from ...core.texts.phrase import Value
from ...management.status import JobStatus, schedule_phrase
from ...store.records import RETRYABLE, JobRecord, RunRecord, ServerRecord, ThreadCounts
from .language import Language
from .sentences import recognised

#: a server that has given no sign of life for so long is not well
MAX_SILENCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Badge:
    """A word, and the tone in which it is shown."""

    #: a word for people, to be translated
    text: str
    #: `good`, `busy`, `bad`, `warn` or `quiet`: a class of the style sheet
    tone: str


#: of a job that could not be read from the configuration
PROBLEM = Badge("problem", "bad")
#: of a job that is no more
OVER = Badge("over", "quiet")
#: of jobs and of runs
BADGES: Mapping[JobStatus | Status, Badge] = {
    JobStatus.DISABLED: Badge("disabled", "quiet"),
    JobStatus.PROBLEM: PROBLEM,
    JobStatus.PAUSED: Badge("paused", "quiet"),
    JobStatus.RUNNING: Badge("running", "busy"),
    JobStatus.LATE: Badge("late", "warn"),
    JobStatus.FAILING: Badge("failing", "bad"),
    JobStatus.OK: Badge("ok", "good"),
    Status.RUNNING: Badge("running", "busy"),
    Status.SUCCEEDED: Badge("succeeded", "good"),
    Status.FAILED: Badge("failed", "bad"),
    Status.TIMED_OUT: Badge("timed out", "bad"),
    Status.INTERRUPTED: Badge("interrupted", "bad"),
    Status.STOPPED: Badge("stopped", "quiet"),
    Status.MISSED: Badge("missed", "warn"),
    Status.SKIPPED: Badge("skipped", "quiet"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks at a page: when that is, in which time zone and language times are told."""

    now: datetime
    zone: ZoneInfo
    language: Language = field(default_factory=Language)

    @property
    def tag(self) -> str:
        """The name of their language, as browsers know it: `es`, `en-GB`."""
        return str(self.language.locale).replace("_", "-")

    def say(self, text: str, /, **values: object) -> Markup:
        """Return a sentence in their language as HTML, its `{placeholders}` filled."""
        return self.language.say(text, **values)

    def plain(self, value: Value) -> str:
        """Return a phrase in their language, as text."""
        return self.language.plain(value)

    def sentence(self, text: str) -> str:
        """Tell a reason of a record, or an error, in their language, if it is one of those that are translated."""
        return self.language.plain(recognised(text))

    def schedule(self, job: Job) -> str:
        """Tell in words when a job is due."""
        return self.language.plain(schedule_phrase(job))

    def relative(self, at: datetime) -> str:
        """Tell how far away an instant is: `3 minutes ago`."""
        return self.language.relative(at, self.now)

    def elapsed(self, since: datetime) -> str:
        """Tell how long it is since an instant: `57 seconds`."""
        return self.language.elapsed(self.now - since)

    def short(self, duration: timedelta) -> str:
        """Tell how long something took: `5 min 12 s`."""
        return self.language.short(duration)

    def exact(self, at: datetime) -> str:
        """Tell an instant to the second, as the clock on the wall shows it."""
        return self.language.exact(at, self.zone)

    def in_its_zone(self, at: datetime) -> str:
        """Tell an instant to the second, on the clock of its own zone and with the name of that."""
        return f"{self.language.exact(at, at.tzinfo)} {at:%Z}"

    def date(self, at: datetime) -> str:
        """Tell the day of an instant."""
        return self.language.date(at, self.zone)

    def brief(self, at: datetime) -> str:
        """Tell the hour and minute of an instant of today, the day of another one."""
        is_today = at.astimezone(self.zone).date() == self.now.astimezone(self.zone).date()
        return self.clock(at) if is_today else self.date(at)

    def clock(self, at: datetime) -> str:
        """Tell the hour and minute of an instant."""
        return self.language.clock(at, self.zone)

    def number(self, number: float) -> str:
        """Tell a number: `1,234`, `2.5`."""
        return self.language.number(number)

    def percent(self, percent: int) -> str:
        """Tell a share of a hundred."""
        return self.language.percent(percent)

    @property
    def habits(self) -> tuple[str, str]:
        """What makes the same page look different to somebody else."""
        return self.tag, self.zone.key

    def period(self, view: str) -> str:
        """Name the time for which a page that shows the same is not drawn anew: that of a timeline moves on."""
        return f"{self.now:%Y%m%d%H%M}" if view == "timeline" else f"{self.now:%Y%m%d%H}"

    def server_marks(self, servers: Iterable[ServerRecord]) -> list[tuple[object, ...]]:
        """Return what changes whenever servers look different."""
        return [(each.name, self.is_well(each), len(each.processes), threads(each)) for each in servers]

    def count_well(self, servers: Iterable[ServerRecord]) -> int:
        """Count the servers that are well."""
        return sum(map(self.is_well, servers))

    def is_well(self, server: ServerRecord) -> bool:
        """Tell whether a server runs jobs, and has given a sign of life lately."""
        return bool(server.processes) and self.now - server.seen < MAX_SILENCE


def coded(text: str) -> Markup:
    """Return a text of ours as HTML: what stands between backticks is as it stands in a file."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


def success(record: JobRecord | None) -> int | None:
    """Return how many per cent of the recent runs have succeeded, rounded down."""
    rate = record.success_rate if record else None
    return None if rate is None else int(rate * 100)


def remark(run: RunRecord) -> str:
    """Tell in a line why a run ended so, or what it waits for."""
    if run.status is Status.RUNNING and run.stop is not None:
        return "asked to stop"
    if run.expires is not None and run.process is None:
        return "waits for a process that takes it over"
    return run.reason or run.error or ""


def can_stop(run: RunRecord) -> bool:
    """Return whether a run can be asked to stop."""
    return run.status is Status.RUNNING and run.stop is None


def can_retry(run: RunRecord) -> bool:
    """Return whether a run can be tried again by hand."""
    return run.status in RETRYABLE and run.retried is None and run.retry_at is None


def threads(server: ServerRecord) -> ThreadCounts | None:
    """Return what the job threads of all processes of a server do; None where none has said so."""
    counts = [each.thread_counts for each in server.processes if each.thread_counts is not None]
    if not counts:
        return None
    return ThreadCounts(
        free=sum(each.free for each in counts),
        busy=sum(each.busy for each in counts),
        stuck=sum(each.stuck for each in counts),
    )
