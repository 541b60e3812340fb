# do not pre-load
"""Claims, and what becomes of those whose answer was lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, Engine, and_, select

from ...record import Ended, Run, Status
from ...store import Claim, Wanted
from .claiming import Claiming
from .ends import Ends, Rows


class Claims(Ends):
    """Claims what is to run."""

    def __init__(self, engine: Engine, prefix: str) -> None:
        super().__init__(engine, prefix)
        #: runs whose claim may have been committed although the connection broke
        self._doubtful: list[Run] = []
        #: where this process has left the cursors of the jobs that it claimed last, by name
        self._left: dict[str, datetime] = {}

    def claim(self, wanted: Sequence[Wanted], now: datetime, ended: Sequence[Ended] = ()) -> Sequence[Claim]:
        """Record the ends of runs, decide about each wish and claim what is to run, all or nothing."""
        recorded, claims = self._with_rows(ended, partial(self._claim, wanted, now, ended))
        self._doubtful = []
        self._counts.ended(ending for claim in claims for ending in claim.endings)
        self._count_ends(recorded)
        return claims

    def _claim(
        self, wanted: Sequence[Wanted], now: datetime, ended: Sequence[Ended], rows: Rows
    ) -> tuple[list[Ended], list[Claim]]:
        with self._transaction() as connection:
            recovered = self._recover(connection)
            recorded = self._record_ends(connection, ended, rows)
            claiming = Claiming(connection, self._statements, self._process, now, self._left)
            claims = claiming.claim(wanted, [each.run for each in ended])
            self._doubtful += [claim.run for claim in claims if claim.run is not None]
        for each in wanted:
            self._left.pop(each.job.name, None)
        self._left.update(claiming.leaves)
        return recorded, claims + recovered

    def _recover(self, connection: Connection) -> list[Claim]:
        """Find the claims whose commit went through although its answer was lost: they are ours to run."""
        if not self._doubtful:
            return []
        table = self._tables.runs
        ids = [run.id for run in self._doubtful]
        # those that others have meanwhile found without a process are no longer ours
        ours = and_(table.c.id.in_(ids), table.c.status == Status.RUNNING.value)
        found = set(connection.execute(select(table.c.id).where(ours)).scalars())
        return [Claim(wanted=Wanted(run.job), run=run) for run in self._doubtful if run.id in found]
