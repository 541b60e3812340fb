# do not pre-load
"""Orders: somebody wants a job to be run now, whenever it is due, or a run to be tried again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

#: an order that nobody could carry out for so long is given up
LONGEST_WAIT = timedelta(days=1)
#: the reason that is recorded then
NOT_CARRIED_OUT = "ordered by hand, and no server could run it within a day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Somebody wants a job to be run now."""

    #: 32 hexadecimal digits
    id: str
    job: str
    #: when it was given: the due time of its run
    at: datetime
    #: who gave it
    by: str
    #: what the function is called with instead of the job's own arguments (`arguments.pack`); None = those
    arguments: str | None = None


class Orders(Protocol):
    """The orders that all servers share; each method is one transaction."""

    def order(self, job: str, now: datetime, by: str, arguments: str | None = None) -> str:
        """Order a run of a job; return the identifier of the order."""
        ...

    def order_here(
        self, job: str, due: datetime, now: datetime, by: str, arguments: str | None = None
    ) -> Order:
        """Put on record that the caller will run a job himself, for a due time of his choice.

        It is never among the `orders()`: no other process carries it out.
        """
        ...

    def orders(self) -> Sequence[Order]:
        """Return the orders that no run has been claimed for, oldest first."""
        ...

    def give_up_orders(self, before: datetime, now: datetime) -> Sequence[Order]:
        """End the orders as missed that were given before and not carried out. Only one caller gets each."""
        ...

    def try_again(self, run: str, now: datetime, by: str) -> bool:
        """Let a run be tried again now that ended badly and has not been tried again; False when it is not so."""
        ...
