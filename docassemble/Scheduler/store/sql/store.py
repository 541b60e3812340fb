# do not pre-load
"""The store in SQL: its parts behind the one port."""

from __future__ import annotations

from . import schema
from .claims.claims import Claims
from .claims.fast_path import FastPath
from .counters import Counters, FailureStreaks
from .dynamic_jobs import DynamicJobs
from .engine import SCHEDULER, Database, DatabaseUrl, Timeouts, make_engine
from .history import History
from .jobs import Jobs
from .requests import Requests
from .rescue import Handover, Processes
from .runs import Runs


class SqlStore:
    """The store of one process; each method belongs to one of its parts."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._bind_runs(database)
        self._bind_jobs(database)
        self._bind_processes(database)
        self._bind_records(database)

    def upgrade(self) -> None:
        """Create or upgrade the tables."""
        with self.database.errors():
            schema.upgrade(self.database.engine, self.database.prefix)

    def _bind_runs(self, database: Database) -> None:
        fast_path = FastPath.on(database)
        claims, runs, requests = Claims(database, fast_path), Runs(database, fast_path), Requests(database)
        self.claim = claims.claim
        self.finish = runs.finish
        self.ask_to_stop = runs.ask_to_stop
        self.stop_requests = runs.stop_requests
        self.retries = runs.retries
        self.prune = runs.prune
        self.order = requests.order
        self.order_here = requests.order_here
        self.orders = requests.orders
        self.give_up_orders = requests.give_up_orders
        self.try_again = requests.try_again

    def _bind_jobs(self, database: Database) -> None:
        jobs, dynamic_jobs, streaks = Jobs(database), DynamicJobs(database), FailureStreaks(database)
        self.register_jobs = jobs.register_jobs
        self.pause = jobs.pause
        self.resume = jobs.resume
        self.add = dynamic_jobs.add
        self.cancel = dynamic_jobs.cancel
        self.retire = dynamic_jobs.retire
        self.added = dynamic_jobs.added
        self.added_mark = dynamic_jobs.added_mark
        self.count_failure = streaks.count_failure
        self.count_success = streaks.count_success

    def _bind_processes(self, database: Database) -> None:
        processes, handover = Processes(database), Handover(database)
        self.register = processes.register
        self.beat = processes.beat
        self.poll = processes.poll
        self.reap = processes.reap
        self.leave = processes.leave
        self.hand_over = handover.hand_over
        self.take_over = handover.take_over
        self.unanswered = handover.unanswered
        self.give_up_expired = handover.give_up_expired

    def _bind_records(self, database: Database) -> None:
        history, counters = History(database), Counters(database)
        self.jobs = history.jobs
        self.runs = history.runs
        self.run = history.run
        self.timeline = history.timeline
        self.servers = history.servers
        self.events = history.events
        self.save_tallies = counters.save_tallies
        self.tallies = counters.tallies


def open_store(database: DatabaseUrl, timeouts: Timeouts = SCHEDULER) -> SqlStore:
    """Return the store in docassemble's database; may be made before a fork, but not used: it would connect."""
    return SqlStore(Database(make_engine(database.url, database.connect_args, timeouts), database.prefix))
