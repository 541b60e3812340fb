# do not pre-load
"""The store in SQL: every method is one transaction."""

from __future__ import annotations

from .claims import Claims
from .handover import Handover
from .history import History
from .jobs import Jobs
from .processes import Processes
from .runs import Runs
from .streaks import Streaks
from .switches import Switches
from .tallies import Tallies


class SqlStore(Jobs, Claims, Runs, Processes, Switches, Streaks, Handover, History, Tallies):
    """The store of one process."""
