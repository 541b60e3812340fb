# do not pre-load
"""Find sessions of interviews; other recipes use it."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from docassemble.base.util import interview_list


def ago(**period: float) -> datetime:
    """Return the time before so many `days`, `hours` ..., as docassemble keeps times: in UTC, without a zone."""
    return datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(**period)


def find(condition: Any, interview: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield what docassemble tells of each session, of all users."""
    found = set()
    next_id = None
    while True:
        page, next_id = interview_list(
            user_id="all",
            filename=interview,
            query=condition,
            include_dict=False,
            exclude_invalid=False,
            next_id=next_id,
        )
        for each in page:
            session = (each["filename"], each["session"])
            if session not in found:  # docassemble lists it once for each of its users
                found.add(session)
                yield each
        if next_id is None:
            return
