# do not pre-load
"""The store in SQL: every method is one transaction."""

from __future__ import annotations

from .additions import Additions
from .claims.claims import Claims
from .counters import Tallies
from .engine import SCHEDULER, DatabaseUrl, Patience, make_engine
from .handover import Handover
from .history import History
from .jobs import Jobs
from .orders import Orders
from .polls import Polls
from .processes import Processes
from .runs import Runs
from .streaks import FailureStreaks
from .switches import Switches


class SqlStore(
    Additions,
    Jobs,
    Claims,
    Runs,
    Processes,
    Switches,
    Orders,
    FailureStreaks,
    Handover,
    Polls,
    History,
    Tallies,
):
    """The store of one process."""


def open_store(database: DatabaseUrl, patience: Patience = SCHEDULER) -> SqlStore:
    """Return the store in docassemble's database; may be made before a fork, but not used: it would connect."""
    return SqlStore(make_engine(database.url, database.connect_args, patience), database.prefix)
