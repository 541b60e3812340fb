# do not pre-load
"""The tables, as this release uses them; how they come about: `migrations/versions`.

All times are UTC, without a zone, exact to the microsecond.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sqlalchemy import Boolean, Column, DateTime, Double, Index, Integer, MetaData, String, Table, Text, false
from sqlalchemy.dialects import mysql

from ...core.texts.storable import MAX_INTERVIEW, MAX_NAME, MAX_REASON

#: MySQL's DATETIME has whole seconds unless told otherwise, and its TEXT ends at 64 KiB
Moment = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
LongText = Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
Id = String(32)
Name = String(MAX_NAME)


@dataclass(frozen=True, slots=True)
class Tables:
    """The scheduler's tables in one database."""

    jobs: Table
    general_pause: Table
    runs: Table
    processes: Table
    site: Table
    locks: Table
    events: Table
    dynamic_jobs: Table
    session_actions: Table
    counters: Table


@cache
def define(prefix: str) -> Tables:
    """Return the tables, their names beginning with docassemble's table prefix."""
    metadata = MetaData()

    def index(table: str, *columns: str) -> Index:
        return Index(f"{prefix}{table}_{'_'.join(columns)}", *columns)

    return Tables(
        jobs=Table(
            f"{prefix}scheduler_job",
            metadata,
            Column("name", Name, primary_key=True),
            #: fingerprint of the schedule, to see that it was edited
            Column("schedule", Id, nullable=False),
            #: last due time that was dealt with
            Column("cursor_at", Moment, nullable=False),
            Column("paused", Boolean, nullable=False),
            #: since when, by whom and why
            Column("paused_at", Moment),
            Column("paused_by", Name),
            Column("pause_note", String(MAX_REASON)),
            #: by the general pause, with which it ends
            Column("paused_with_all", Boolean, nullable=False, server_default=false()),
            #: the run that is going on, and when it was claimed
            Column("lease", Id),
            Column("leased_at", Moment),
            #: of a short run, which is recorded at its end: the process that runs it, and its due time
            Column("lease_process", Id),
            Column("lease_due", Moment),
            #: for people
            Column("next_due", Moment),
            #: due times up to then passed while the job was paused
            Column("resumed_at", Moment),
            #: the job's `FailureStreak`
            Column("failures", Integer, nullable=False, server_default="0"),
            Column("unreported_failures", Integer, nullable=False, server_default="0"),
            Column("alerted", Boolean, nullable=False, server_default=false()),
            Column("alerted_at", Moment),
            #: why it cannot run, as a server found at its start, as JSON; and when
            Column("problem", LongText),
            Column("problem_at", Moment),
            #: which definition counts, of a job that was added at run time
            Column("version", Integer),
        ),
        #: one row, with the identifier 1: since when everything is paused, NULL while it is not; by whom and why
        general_pause=Table(
            f"{prefix}scheduler_pause",
            metadata,
            Column("id", Integer, primary_key=True, autoincrement=False),
            Column("paused_at", Moment),
            Column("paused_by", Name),
            Column("pause_note", String(MAX_REASON)),
        ),
        runs=Table(
            f"{prefix}scheduler_run",
            metadata,
            Column("id", Id, primary_key=True),
            Column("job", Name, nullable=False),
            Column("due", Moment, nullable=False),
            #: last of the due times that end as one, and how many they are
            Column("due_until", Moment),
            Column("count", Integer, nullable=False),
            Column("attempt", Integer, nullable=False),
            Column("status", String(20), nullable=False),
            Column("trigger", String(20), nullable=False),
            Column("process", Id),
            Column("server", Name),
            Column("claimed", Moment, nullable=False),
            Column("started", Moment),
            Column("finished", Moment),
            #: when it is to be tried again
            Column("retry_at", Moment),
            Column("reason", String(MAX_REASON)),
            Column("result", Text),
            Column("error", Text),
            Column("traceback", LongText),
            #: the run that tried it again; set when `retry_at` is cleared
            Column("retried", Id),
            #: why it is asked to stop: the name of a `StopReason`
            Column("stop", String(20)),
            #: it waits for another process to take it over; until then
            Column("expires", Moment),
            #: when its message is to be sent again meanwhile
            Column("send_again", Moment),
            #: its own log lines
            Column("log", LongText),
            #: what a run request wanted the function to be called with, as JSON
            Column("arguments", LongText),
            #: what a run that lasts reports while it goes on: its place, and how far it is
            Column("pid", Integer),
            Column("thread", Name),
            Column("progress_done", Double),
            Column("progress_total", Double),
            Column("progress_text", Name),
            Column("progress_at", Moment),
            #: somebody wants to know where in its code it is; the answer, and when it was given
            Column("stack_wanted", Moment),
            Column("stack", LongText),
            Column("stack_at", Moment),
            index("scheduler_run", "job", "due"),
            index("scheduler_run", "job", "id"),
            index("scheduler_run", "status", "id"),
            index("scheduler_run", "process"),
            index("scheduler_run", "finished"),
            index("scheduler_run", "retry_at"),
            index("scheduler_run", "expires"),
        ),
        processes=Table(
            f"{prefix}scheduler_process",
            metadata,
            Column("id", Id, primary_key=True),
            Column("server", Name, nullable=False),
            Column("host_id", Name, nullable=False),
            Column("pid", Integer, nullable=False),
            Column("started_ticks", String(40), nullable=False),
            #: the start of its web server; NULL for a Celery worker
            Column("boot", Id),
            Column("heartbeat", Integer, nullable=False),
            #: by the process's own clock: for people, never compared
            Column("seen", Moment, nullable=False),
            #: what its job threads did then
            Column("threads_free", Integer),
            Column("threads_busy", Integer),
            Column("threads_stuck", Integer),
            #: when it was given up, or ended in good order
            Column("ended", Moment),
        ),
        #: one row, with the identifier 1: the last start of the site
        site=Table(
            f"{prefix}scheduler_site",
            metadata,
            Column("id", Integer, primary_key=True, autoincrement=False),
            #: counts changes of the row
            Column("number", Integer, nullable=False),
            Column("started_at", Moment),
            #: the web servers that took part, as JSON: a list of what `boot` holds
            Column("boots", LongText),
        ),
        locks=Table(
            f"{prefix}scheduler_lock",
            metadata,
            Column("name", Name, primary_key=True),
            #: the run that has it, and when that was claimed
            Column("lease", Id),
            Column("leased_at", Moment),
        ),
        events=Table(
            f"{prefix}scheduler_event",
            metadata,
            Column("id", Id, primary_key=True),
            Column("at", Moment, nullable=False),
            Column("actor", Name, nullable=False),
            #: pause, resume, pause all, resume all, stop, run, try again, add, cancel
            Column("action", String(20), nullable=False),
            #: empty of what was done to all
            Column("job", Name, nullable=False),
            #: of the run request `run`: None until it is carried out
            Column("run", Id),
            #: what the run request wants the function to be called with, as JSON
            Column("arguments", LongText),
            #: of a run request for a due time that has passed: that
            Column("due", Moment),
            #: why, in the words of who did it
            Column("note", String(MAX_REASON)),
            index("scheduler_event", "at"),
            index("scheduler_event", "job", "id"),
            index("scheduler_event", "run"),
        ),
        #: jobs that are added at run time
        dynamic_jobs=Table(
            f"{prefix}scheduler_dynamic_job",
            metadata,
            Column("name", Name, primary_key=True),
            #: JSON
            Column("definition", LongText, nullable=False),
            Column("at", Moment, nullable=False),
            Column("actor", Name, nullable=False),
            Column("removed", Moment),
            #: another number each time that the job is added anew
            Column("version", Integer, nullable=False),
        ),
        #: actions that wait in sessions of interviews until they are due
        session_actions=Table(
            f"{prefix}scheduler_session_action",
            metadata,
            #: of the job that it becomes shortly before it is due
            Column("name", Name, primary_key=True),
            #: `Place.key` of the session
            Column("place", Id, nullable=False),
            Column("interview", String(MAX_INTERVIEW), nullable=False),
            #: JSON
            Column("action", LongText, nullable=False),
            #: when it is due, or was last if it is due no more
            Column("due", Moment, nullable=False),
            #: when it becomes a job; NULL once it has, if it is due no more
            Column("wake_at", Moment),
            Column("at", Moment, nullable=False),
            Column("actor", Name, nullable=False),
            #: another number each time that it is scheduled anew, or becomes a job
            Column("version", Integer, nullable=False),
            index("scheduler_session_action", "place"),
            index("scheduler_session_action", "wake_at"),
        ),
        #: for monitoring; numbers only grow
        counters=Table(
            f"{prefix}scheduler_counter",
            metadata,
            Column("job", Name, primary_key=True),
            #: what is counted, see `counters.CounterKey`
            Column("measure", String(20), primary_key=True),
            Column("label", String(20), primary_key=True),
            Column("total", Double, nullable=False),
        ),
    )
