# do not pre-load
"""Short identifiers of runs: as many digits as tell them apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise

from ...core.errors import NotPossible, UnknownRun
from ...management.manager import SchedulerManager
from ...store.records import RunQuery, RunRecord

#: the digits of the time, to the millisecond; two runs of one table may need more
SHORT = 12
#: so many digits are looked for
LEAST, WHOLE = 6, 32
#: so many runs are named of those that begin alike
NAMED = 5
_DIGITS = re.compile(rf"[0-9a-f]{{{LEAST},{WHOLE}}}")


def shortened(ids: Iterable[str]) -> Mapping[str, str]:
    """Return each identifier's first digits, all of the same number, by which these differ."""
    whole = sorted(set(ids))
    most = max((_alike(*pair) + 1 for pair in pairwise(whole)), default=0)
    return {each: each[: max(SHORT, most)] for each in whole}


def _alike(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))


def could_be_run(written: str) -> bool:
    """Return whether a text can be the identifier of a run, or its first digits."""
    return _DIGITS.fullmatch(written.lower()) is not None


def find_run(manager: SchedulerManager, written: str) -> str:
    """Return the identifier that begins so; raises UnknownRun, and NotPossible when several do."""
    digits = written.lower()
    if len(digits) == WHOLE or not could_be_run(digits):
        return written if len(written) != WHOLE else digits
    # identifiers sort by time, and `g` comes after all their digits
    last = f"{digits}{'g' * (WHOLE - len(digits))}"
    found = [each for each in manager.runs(RunQuery(before=last, limit=NAMED)) if each.id.startswith(digits)]
    if not found:
        raise UnknownRun(written)
    if len(found) > 1:
        raise NotPossible(f"several runs begin with {written!r}", hint=f"give more digits: {_named(found)}")
    return found[0].id


def _named(found: Iterable[RunRecord]) -> str:
    return ", ".join(f"{each.id} ({each.job})" for each in found)


def last_run(manager: SchedulerManager, job: str) -> str:
    """Return the identifier of the latest record of a job; raises UnknownJob, and NotPossible when it has none."""
    found = manager.runs(RunQuery(job=job, limit=1))
    if found:
        return found[0].id
    manager.job(job)  # says so when there is none
    raise NotPossible(f"the job {job!r} has no record", hint="wait until it has run, or run it")
