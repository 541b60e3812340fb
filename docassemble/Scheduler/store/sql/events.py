# do not pre-load
"""Who did what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from ...core.run import new_run_id
from ...core.storable import LONGEST_NAME, storable
from .database import Database
from .tables import to_sql


class Events(Database):
    """Puts on record who did what, in the transaction in which it is done."""

    def _note(  # noqa: PLR0913, PLR0917 - who did what, when, to what
        self,
        connection: Connection,
        now: datetime,
        by: str,
        what: str,
        job: str,
        run: str | None = None,
        arguments: str | None = None,
    ) -> str:
        row: dict[str, Any] = {
            "id": new_run_id(now),
            "at": to_sql(now),
            "who": storable(by, LONGEST_NAME),
            "what": what,
            "job": job,
            "run": run,
            "arguments": arguments,
        }
        connection.execute(insert(self._tables.events), row)
        return str(row["id"])
