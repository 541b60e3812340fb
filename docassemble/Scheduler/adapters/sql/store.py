# do not pre-load
"""The store in SQL: every method is one transaction."""

from __future__ import annotations

from .claims import Claims
from .jobs import Jobs
from .processes import Processes
from .runs import Runs


class SqlStore(Jobs, Claims, Runs, Processes):
    """The store of one process."""
