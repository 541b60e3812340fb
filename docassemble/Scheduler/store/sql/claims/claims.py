# do not pre-load
"""Claims, and what becomes of those whose answer was lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection, Engine, and_, select

from ....core.errors import StoreUnavailable
from ....core.run import Ended, Status
from ...base import Claim, Wanted
from ..ends import Ends, Rows
from ..engine import SCHEDULER
from .left import Hope, Left
from .transaction import Claiming

#: so long a claim may still be on its way into the database after its connection broke
ON_ITS_WAY = timedelta(seconds=2 * SCHEDULER.statement)


class Claims(Ends):
    """Claims what is to run."""

    def __init__(self, engine: Engine, prefix: str) -> None:
        super().__init__(engine, prefix)
        #: what may be committed, now or in a moment, although the connection broke: by the runs
        self._doubtful: dict[str, Claim] = {}
        self._left = Left()

    def claim(self, wanted: Sequence[Wanted], now: datetime, ended: Sequence[Ended] = ()) -> Sequence[Claim]:
        """Record the ends of runs, decide about each wish and claim what is to run, all or nothing."""
        claims = self._with_rows(ended, partial(self._claim, wanted, now, ended))
        self._counts.ended(ending for claim in claims for ending in claim.endings)
        return claims

    def _claim(
        self, wanted: Sequence[Wanted], now: datetime, ended: Sequence[Ended], rows: Rows
    ) -> list[Claim]:
        hopes = self._hopes(wanted, now)
        if not hopes:
            return self._transact(wanted, now, ended, rows)
        claims = {hope.run.id: hope.claim for hope in hopes}
        self._doubtful |= claims
        done = self._cut_short(ended, rows, hopes)
        if done is None:
            return self._transact(wanted, now, ended, rows)
        self._settle(claims)
        came_true = [hope for hope in hopes if hope.run.id in done]
        self._left.forget(wanted)
        self._left.keep({hope.run.job.name: hope.decision.cursor for hope in came_true})
        others = [hope.wanted for hope in hopes if hope.run.id not in done]
        return [hope.claim for hope in came_true] + self._claim_others(others, now)

    def _hopes(self, wanted: Sequence[Wanted], now: datetime) -> Sequence[Hope]:
        """Return how all that is wanted can be claimed by the shortcut; nothing when it cannot."""
        if self._prepared is None or self._doubtful:
            return []
        hopes = [self._left.hope(each, now) for each in wanted]
        return [hope for hope in hopes if hope is not None] if None not in hopes else []

    def _claim_others(self, wanted: Sequence[Wanted], now: datetime) -> list[Claim]:
        """Claim what was not as it was left; when the database has just gone away, that is to be asked again."""
        if not wanted:
            return []
        try:
            return self._transact(wanted, now, (), ())
        except StoreUnavailable:  # what came true before must not be forgotten because of it
            return [Claim(wanted=each, more=True) for each in wanted]

    def _transact(
        self, wanted: Sequence[Wanted], now: datetime, ended: Sequence[Ended], rows: Rows
    ) -> list[Claim]:
        """Claim in a transaction; what was claimed before without an answer is found and comes with it."""
        with self._transaction() as connection:
            recorded = self._record_ends(connection, ended, rows)
            claiming = Claiming(connection, self._statements, self._process, now, self._left)
            claims = claiming.claim(wanted, [each.run for each in ended])
            # Not before: a claim of the same job that is still on its way has been waited for by now.
            recovered = self._recover(connection, now)
            made = {claim.run.id: claim for claim in claims if claim.run is not None}
            self._doubtful |= made
        self._settle({**made, **recovered})
        self._count_ends(recorded)
        self._left.forget(wanted)
        self._left.keep(claiming.leaves)
        return [*claims, *recovered.values()]

    def _recover(self, connection: Connection, now: datetime) -> Mapping[str, Claim]:
        """Find the claims that went through although their answer was lost: they are ours to run."""
        runs = [claim.run for claim in self._doubtful.values() if claim.run is not None]
        self._settle(run.id for run in runs if now - run.claimed > ON_ITS_WAY)
        if not self._doubtful:
            return {}
        table = self._tables.runs
        # those that others have meanwhile found without a process are no longer ours
        ours = and_(table.c.id.in_(self._doubtful), table.c.status == Status.RUNNING.value)
        return {
            id_: self._doubtful[id_] for id_ in connection.execute(select(table.c.id).where(ours)).scalars()
        }

    def _settle(self, runs: Iterable[str]) -> None:
        """Let what became of these claims be known."""
        for id_ in list(runs):
            self._doubtful.pop(id_, None)
