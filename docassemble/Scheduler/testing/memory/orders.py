# do not pre-load
"""Orders, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ...core.run import Due, Run, Status, Trigger, new_run_id
from ...schedules.simple import Date
from ...store.orders import NOT_CARRIED_OUT, Order
from ...store.records import FAILURES
from ..clock import job as job_called
from .world import Memory, MemoryRow, MemoryWorld


class MemoryOrders(Memory):
    """Keeps orders until a run is claimed for them."""

    def order(self, job: str, now: datetime, by: str, arguments: str | None = None) -> str:
        """Order a run of a job; return the identifier of the order."""
        with self._transaction() as world:
            id_ = world.note(now, by, "run", job).id
            world.orders[id_] = Order(id=id_, job=job, at=now, by=by, arguments=arguments)
            return id_

    def order_here(
        self, job: str, due: datetime, now: datetime, by: str, arguments: str | None = None
    ) -> Order:
        """Put on record that the caller will run a job himself, for a due time of his choice."""
        with self._transaction() as world:
            id_ = world.note(now, by, "run here", job).id
            return Order(id=id_, job=job, at=due, by=by, arguments=arguments)

    def orders(self) -> Sequence[Order]:
        """Return the orders that no run has been claimed for, oldest first."""
        with self._transaction() as world:
            return sorted(world.orders.values(), key=lambda order: order.id)

    def give_up_orders(self, before: datetime, now: datetime) -> Sequence[Order]:
        """End the orders as missed that were given before and not carried out. Only one caller gets each."""
        with self._transaction() as world:
            old = [order for order in self.orders() if order.at < before]
            for each in old:
                self._give_up(world, each, now)
            return old

    def _give_up(self, world: MemoryWorld, order: Order, now: datetime) -> None:
        due = Due(job_called(order.job, Date(order.at)), order.at)
        run = Run(id=new_run_id(now), due=due, claimed=now, trigger=Trigger.MANUAL)
        row = MemoryRow(run.id, now, run, None, Status.MISSED, None, finished=now, reason=NOT_CARRIED_OUT)
        world.rows.append(row)
        world.carry_out(order, run.id)

    def try_again(self, run: str, now: datetime, by: str) -> bool:
        """Let a run be tried again now that ended badly and has not been tried again; False when it is not so."""
        with self._transaction() as world:
            rows = [row for row in world.rows_of(run) if row.status in FAILURES and row.retried is None]
            for row in rows:
                row.retry_at = now
                world.note(now, by, "try again", row.job, run)
            return bool(rows)
