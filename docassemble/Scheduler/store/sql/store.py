# do not pre-load
"""The store in SQL: its parts behind the one port."""

from __future__ import annotations

from . import schema
from .claims.claims import Claims
from .claims.fast_path import FastPath
from .claims.state import CursorCache
from .counters import Counters, FailureStreaks
from .engine import SCHEDULER, Database, DatabaseUrl, StatementLog, Timeouts, make_engine
from .history import History
from .jobs.dynamic_jobs import DynamicJobs
from .jobs.jobs import Jobs
from .jobs.pauses import Pauses
from .jobs.session_actions import SessionActions
from .reports import Reports
from .requests import Requests
from .rescue import Processes, QueuedRuns
from .run_search import RunSearch
from .runs import Runs


class SqlStore:
    """The store of one process; each method belongs to one of its parts."""

    def __init__(self, database: Database) -> None:
        self.database = database
        cursors = CursorCache()
        self._bind_runs(database, cursors)
        self._bind_jobs(database, cursors)
        self._bind_processes(database)
        self._bind_records(database)

    def upgrade(self) -> None:
        """Create or upgrade the tables."""
        with self.database.errors():
            schema.upgrade(self.database.engine, self.database.prefix)

    def _bind_runs(self, database: Database, cursors: CursorCache) -> None:
        fast_path = FastPath.on(database)
        claims = Claims(database, fast_path, cursors)
        runs, requests = Runs(database, fast_path), Requests(database)
        reports = Reports(database)
        self.claim = claims.claim
        self.finish = runs.finish
        self.finish_all = runs.finish_all
        self.unfinished = runs.unfinished
        self.request_stop = runs.request_stop
        self.stop_requests = runs.stop_requests
        self.report = reports.report
        self.request_stack = reports.request_stack
        self.stack_requests = reports.stack_requests
        self.retries = runs.retries
        self.prune = runs.prune
        self.request_run = requests.request_run
        self.request_runs = requests.request_runs
        self.record_inline_run = requests.record_inline_run
        self.run_requests = requests.run_requests
        self.expire_run_requests = requests.expire_run_requests
        self.retry = requests.retry

    def _bind_jobs(self, database: Database, cursors: CursorCache) -> None:
        jobs, pauses, dynamic_jobs = Jobs(database, cursors), Pauses(database), DynamicJobs(database)
        streaks = FailureStreaks(database, cursors)
        self.register_jobs = jobs.register_jobs
        self.note_problems = jobs.note_problems
        self.pause = pauses.pause
        self.resume = pauses.resume
        self.pause_all = pauses.pause_all
        self.resume_all = pauses.resume_all
        self.general_pause = pauses.general_pause
        self.add = dynamic_jobs.add
        self.put = dynamic_jobs.put
        self.cancel = dynamic_jobs.cancel
        self.retire = dynamic_jobs.retire
        self.dynamic_jobs = dynamic_jobs.dynamic_jobs
        self.dynamic_job = dynamic_jobs.dynamic_job
        self.dynamic_jobs_etag = dynamic_jobs.dynamic_jobs_etag
        actions = SessionActions(database)
        self.schedule_action = actions.schedule_action
        self.cancel_action = actions.cancel_action
        self.actions_of = actions.actions_of
        self.near_actions = actions.near_actions
        self.make_jobs_of = actions.make_jobs_of
        self.waiting_actions = actions.waiting_actions
        self.count_actions = actions.count_actions
        self.count_failure = streaks.count_failure
        self.count_success = streaks.count_success

    def _bind_processes(self, database: Database) -> None:
        processes, queue = Processes(database), QueuedRuns(database)
        self.register = processes.register
        self.beat = processes.beat
        self.poll = processes.poll
        self.note_site_start = processes.note_site_start
        self.reap = processes.reap
        self.unregister = processes.unregister
        self.enqueue = queue.enqueue
        self.dequeue = queue.dequeue
        self.unanswered = queue.unanswered
        self.give_up_expired = queue.give_up_expired

    def _bind_records(self, database: Database) -> None:
        history, search, counters = History(database), RunSearch(database), Counters(database)
        self.jobs = history.jobs
        self.runs = search.runs
        self.page = search.page
        self.failures = search.failures
        self.run = history.run
        self.timeline = history.timeline
        self.servers = history.servers
        self.events = history.events
        self.save_counters = counters.save_counters
        self.counters = counters.counters


def open_store(
    database: DatabaseUrl, timeouts: Timeouts = SCHEDULER, log: StatementLog | None = None
) -> SqlStore:
    """Return the store in docassemble's database; may be made before a fork, but not used: it would connect."""
    engine = make_engine(database.url, database.connect_args, timeouts)
    return SqlStore(Database(engine, database.prefix, log))
