# do not pre-load
"""Due times that passed without a success: those that a backfill runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from itertools import islice, takewhile

from ..core.clock import RESOLUTION
from ..core.errors import NotPossible
from ..core.job import Job
from ..core.run import Status
from ..store.base import Store
from ..store.records import RunQuery, RunRecord

#: at most so many due times at once
MAX_DUE_TIMES = 10_000
#: and so many runs are requested at once; each waits for the one before
MAX_REQUESTED = 100
#: how many records are read at a time
_PAGE = 500
#: what need not be run: it has been, or it is going on
_DONE = (Status.SUCCEEDED, Status.RUNNING)
#: due times before are not looked for, however early one asks
_EARLIEST = datetime(1970, 1, 2, tzinfo=timezone.utc)


def missed(job: Job, history: Store, since: datetime, until: datetime) -> list[datetime]:
    """Return the due times of a job between two instants, both included, that have no successful record.

    Raises NotPossible for a job without a timetable, and when there are more than 10,000 due times.
    """
    if job.is_on_demand:
        raise NotPossible(f"{job.name} runs on demand and has no due times", hint="run it with `run`")
    if not job.has_timetable:
        raise NotPossible(
            f"the due times of {job.name} depend on its runs, so that none can be made up for",
            hint="run it with `run`",
        )
    since = max(since, _EARLIEST)
    in_time = takewhile(lambda due: due <= until, job.due_times(since - RESOLUTION))
    due_times = list(islice(in_time, MAX_DUE_TIMES + 1))
    if len(due_times) > MAX_DUE_TIMES:
        raise NotPossible(
            f"{job.name} has more than {MAX_DUE_TIMES:,} due times in that time",
            hint="choose a shorter time, and go on from its end",
        )
    done = {record.due for record in _records(job.name, history, since)}
    return [due for due in due_times if due not in done]


def _records(job: str, history: Store, since: datetime) -> Iterator[RunRecord]:
    """Read back to the first record that can be about a due time after `since`: none is claimed before it is due."""
    before = None
    while True:
        page = history.runs(RunQuery(job=job, statuses=_DONE, before=before, limit=_PAGE))
        yield from page
        if len(page) < _PAGE or page[-1].claimed < since:
            return
        before = page[-1].id
