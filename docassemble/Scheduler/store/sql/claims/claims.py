# do not pre-load
"""Claims, and what becomes of those whose answer was lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection, and_, select, union

from ....core.errors import RowsLocked, StoreUnavailable
from ....core.run import EndedRun, Status
from ...base import Claim, ClaimRequest
from ..engine import SCHEDULER, Database
from ..runs import Rows, record_ends, with_rows
from .fast_path import FastPath
from .state import CursorCache
from .transaction import ClaimTransaction

#: so long a claim may still be on its way into the database after its connection broke
IN_FLIGHT = timedelta(seconds=2 * SCHEDULER.statement)


class Claims:
    """Claims what is to run."""

    def __init__(self, database: Database, fast_path: FastPath | None, cursors: CursorCache) -> None:
        self._database = database
        self._fast_path = fast_path
        #: what may be committed, now or in a moment, although the connection broke: by the runs
        self._doubtful: dict[str, Claim] = {}
        self._cursors = cursors

    def claim(
        self, requests: Sequence[ClaimRequest], now: datetime, ended: Sequence[EndedRun] = ()
    ) -> Sequence[Claim]:
        try:
            claims = with_rows(ended, partial(self._claim, requests, now, ended))
        except RowsLocked:
            if ended:
                raise
            claims = self._claim_apart(requests, now)
        if unrun := [each for claim in claims for each in claim.unrun]:
            self._database.counts.ended(unrun)
        return claims

    def _claim(
        self, requests: Sequence[ClaimRequest], now: datetime, ended: Sequence[EndedRun], rows: Rows
    ) -> list[Claim]:
        """Claim by the shortcut what can be claimed by it; the rest, and what it does not confirm, without."""
        optimistic = [] if self._fast_path is None or self._doubtful else self._cursors.claims(requests, now)
        if self._fast_path is None or not optimistic:
            return self._transact(requests, now, ended, rows)
        claims = {each.run.id: each.claim for each in optimistic}
        self._doubtful |= claims
        done = self._fast_path.send(ended, rows, optimistic)
        if done is None:
            return self._transact(requests, now, ended, rows)
        self._settle(claims)
        confirmed = [each for each in optimistic if each.run.id in done]
        self._cursors.keep(requests, {each.run.job.name: each.decision.cursor for each in confirmed})
        made = {each.request.key for each in confirmed}
        others = [each for each in requests if each.key not in made]
        return [each.claim for each in confirmed] + self._claim_others(others, now)

    def _claim_others(self, requests: Sequence[ClaimRequest], now: datetime) -> list[Claim]:
        """Claim after others were confirmed, which must not be forgotten because this fails."""
        if not requests:
            return []
        try:
            return self._transact(requests, now, (), ())
        except RowsLocked:
            return self._claim_apart(requests, now)
        except StoreUnavailable:  # it has just gone away
            return [Claim(request=each, more=True) for each in requests]

    def _claim_apart(self, requests: Sequence[ClaimRequest], now: datetime) -> list[Claim]:
        """Claim one after the other what was locked together, so that only those wait whose rows it is."""
        if len(requests) == 1:
            return [Claim(request=requests[0], locked=True)]
        return [claim for each in requests for claim in self._claim_others([each], now)]

    def _transact(
        self, requests: Sequence[ClaimRequest], now: datetime, ended: Sequence[EndedRun], rows: Rows
    ) -> list[Claim]:
        """Claim in a transaction; what was claimed before without an answer is found and comes with it."""
        database = self._database
        with database.transaction() as connection:
            recorded = record_ends(connection, database, ended, rows)
            transaction = ClaimTransaction(connection, database, now)
            optimistic = self._cursors.claims(requests, now)
            claims = transaction.claim(requests, ended, optimistic)
            # Not before: a claim of the same job that is still on its way has been waited for by now.
            recovered = self._recover(connection, now) if self._doubtful else {}
            made = {claim.run.id: claim for claim in claims if claim.run is not None}
            self._doubtful |= made
        self._settle({**made, **recovered})
        for each in recorded:
            database.counts.finished(each.run, each.outcome)
        self._cursors.keep(requests, transaction.cursors)
        return [*claims, *recovered.values()]

    def _recover(self, connection: Connection, now: datetime) -> Mapping[str, Claim]:
        """Find the claims that went through although their answer was lost: they are ours to run (C7)."""
        runs = [claim.run for claim in self._doubtful.values() if claim.run is not None]
        self._settle(run.id for run in runs if now - run.claimed > IN_FLIGHT)
        table, jobs = self._database.tables.runs, self._database.tables.jobs
        # those that others have meanwhile found without a process are no longer ours
        ours = and_(table.c.id.in_(self._doubtful), table.c.status == Status.RUNNING.value)
        found = union(
            select(table.c.id).where(ours), select(jobs.c.lease).where(jobs.c.lease.in_(self._doubtful))
        )
        return {id_: self._doubtful[id_] for id_ in connection.execute(found).scalars()}

    def _settle(self, runs: Iterable[str]) -> None:
        """Let what became of these claims be known."""
        for id_ in list(runs):
            self._doubtful.pop(id_, None)
