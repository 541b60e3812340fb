"""Due times that passed without a success."""

from datetime import datetime, timedelta, timezone

import pytest

from docassemble.Scheduler.core.errors import NotPossible
from docassemble.Scheduler.core.run import Outcome, Status
from docassemble.Scheduler.management import backfill
from docassemble.Scheduler.management.backfill import missed
from docassemble.Scheduler.store.base import ClaimRequest
from tests.unit.management.managers import FUNCTION, NOON, Management

MINUTE = timedelta(minutes=1)


def ran(management, minutes, status=Status.SUCCEEDED):
    for minute in minutes:
        at = NOON + minute * MINUTE
        (claim,) = management.store.claim([ClaimRequest(management.registry.find("minutely"))], at)
        management.store.finish(claim.run, Outcome(status=status, started=at, finished=at))


def minutes_missed(management, first, last):
    dues = missed(
        management.registry.find("minutely"), management.store, NOON + first * MINUTE, NOON + last * MINUTE
    )
    return [(due - NOON) // MINUTE for due in dues]


def test_both_ends_are_included():
    assert minutes_missed(Management(), 1, 3) == [1, 2, 3]


def test_what_succeeded_or_goes_on_is_left_out_and_what_failed_is_not():
    management = Management()
    ran(management, [1])
    ran(management, [2], Status.FAILED)
    management.store.claim([ClaimRequest(management.registry.find("minutely"))], NOON + 4 * MINUTE)
    assert minutes_missed(management, 1, 5) == [2, 3, 5]


def test_records_are_read_page_by_page_and_not_further_back_than_needed(monkeypatch):
    monkeypatch.setattr(backfill, "_PAGE", 2)
    management = Management()
    ran(management, range(1, 10))
    asked = []
    runs = management.store.runs
    monkeypatch.setattr(management.store, "runs", lambda query: asked.append(query) or runs(query))
    assert minutes_missed(management, 7, 10) == [10]
    assert len(asked) == 2


def test_too_many_are_refused(monkeypatch):
    monkeypatch.setattr(backfill, "MAX_DUE_TIMES", 3)
    assert minutes_missed(Management(), 1, 3) == [1, 2, 3]
    with pytest.raises(NotPossible, match="more than 3 due times"):
        minutes_missed(Management(), 1, 4)


def test_a_job_on_demand_has_no_due_times_to_run():
    management = Management(block={"by hand": {"function": FUNCTION, "type": "manual"}})
    with pytest.raises(NotPossible, match="runs on demand and has no due times") as raised:
        missed(management.registry.find("by hand"), management.store, NOON, NOON + MINUTE)
    assert raised.value.hint == "run it with `run`"


@pytest.mark.parametrize(
    "year_one",
    [datetime.min.replace(tzinfo=timezone.utc), datetime.min.replace(tzinfo=timezone(timedelta(hours=9)))],
)
def test_there_are_no_due_times_before_there_were_computers(year_one):
    management = Management(block={"yearly": {"function": FUNCTION, "crontab": "0 0 1 1 *"}})
    dues = missed(management.registry.find("yearly"), management.store, year_one, NOON)
    assert (dues[0].year, dues[-1].year) == (1970, 2025)
