"""How far the way of a run is: a change that makes it longer says so here."""

from __future__ import annotations

from tests.walk import failing_run, run_now


def test_a_run_that_fails_is_claimed_recorded_and_told_in_so_many_calls() -> None:
    walk = failing_run()
    assert "notifications/notifier" in walk.modules
    assert len(walk.calls) <= 250
    assert len(walk.modules) <= 37
    assert walk.transactions == 3  # the claim, the end, the failure that is counted


def test_what_somebody_asks_for_is_written_down_and_claimed() -> None:
    walk = run_now()
    assert len(walk.calls) <= 85
    assert len(walk.modules) <= 19
    assert walk.transactions == 2
