"""Stop requests: from people, and of the run that the next one replaces."""

import pytest
from minutely import MINUTE, NOON, SECOND, claim, every_minute, opened, outcome, process

from docassemble.Scheduler.core.job import Missed, Overlap
from docassemble.Scheduler.core.retry import DIED
from docassemble.Scheduler.core.run import Status, StopReason

REPLACING = every_minute(overlap=Overlap.REPLACE)


def test_a_run_is_asked_to_stop_from_any_server(world):
    first, second = opened(world, every_minute()), opened(world, every_minute(), name="two")
    run = claim(first, every_minute(), NOON + MINUTE).run
    assert first.stop_requests([run.id]) == {}
    assert second.request_stop(run.id, StopReason.BY_HAND.name, NOON + MINUTE, "alice@example.com")
    assert first.stop_requests([run.id, "0" * 32]) == {run.id: "BY_HAND"}
    assert world.events() == [(NOON + MINUTE, "alice@example.com", "stop", "a.b", run.id)]


def test_nothing_is_asked_to_stop_twice_and_the_first_reason_stands(world):
    store = opened(world, every_minute())
    run = claim(store, every_minute(), NOON + MINUTE).run
    assert store.request_stop(run.id, StopReason.RESTART.name, NOON + MINUTE, None)
    assert not store.request_stop(run.id, StopReason.BY_HAND.name, NOON + MINUTE, "alice@example.com")
    assert store.stop_requests([run.id]) == {run.id: "RESTART"}
    assert world.events() == []


def test_a_run_that_has_ended_or_never_was_cannot_be_stopped(world):
    store = opened(world, every_minute())
    run = claim(store, every_minute(), NOON + MINUTE).run
    store.finish(run, outcome())
    for each in (run.id, "0" * 32):
        assert not store.request_stop(each, StopReason.BY_HAND.name, NOON + MINUTE, "alice@example.com")
    assert world.events() == []


def test_nobody_is_asked_about_no_runs(world):
    assert opened(world, every_minute()).stop_requests([]) == {}


def test_the_next_due_time_stops_the_run_and_waits_for_its_end(world):
    first, second = opened(world, REPLACING), opened(world, REPLACING, name="two")
    running = claim(first, REPLACING, NOON + MINUTE).run
    for _ in range(2):  # each second anew, as long as it lasts
        answer = claim(second, REPLACING, NOON + 2 * MINUTE)
        assert (answer.run, answer.more, answer.unrun) == (None, True, ())
    assert first.stop_requests([running.id]) == {running.id: StopReason.REPLACED.name}
    first.finish(running, outcome(Status.INTERRUPTED, reason=StopReason.REPLACED.value))
    replacing = claim(second, REPLACING, NOON + 2 * MINUTE + SECOND).run
    assert replacing.due.at == NOON + 2 * MINUTE
    assert first.stop_requests([replacing.id]) == {}


def test_of_several_due_times_that_would_replace_a_run_the_latest_does(world):
    store = opened(world, REPLACING)
    running = claim(store, REPLACING, NOON + MINUTE).run
    claim(store, REPLACING, NOON + 2 * MINUTE)
    (missed,) = claim(store, REPLACING, NOON + 4 * MINUTE).unrun
    assert (missed.status, missed.first, missed.last) == (
        Status.MISSED,
        NOON + 2 * MINUTE,
        NOON + 3 * MINUTE,
    )
    store.finish(running, outcome(Status.INTERRUPTED))
    assert claim(store, REPLACING, NOON + 4 * MINUTE).run.due.at == NOON + 4 * MINUTE


def test_due_times_that_were_due_before_the_run_began_do_not_replace_it(world):
    catching_up = every_minute(overlap=Overlap.REPLACE, missed=Missed.ALL)
    store = opened(world, catching_up)
    running = claim(store, catching_up, NOON + 3 * MINUTE).run
    assert running.due.at == NOON + MINUTE
    answer = claim(store, catching_up, NOON + 3 * MINUTE)
    assert (answer.run, answer.more) == (None, True)
    assert store.stop_requests([running.id]) == {}


@pytest.mark.parametrize("reason", StopReason)
def test_a_run_that_was_stopped_is_on_record_with_the_reason(world, reason):
    store = opened(world, every_minute())
    run = claim(store, every_minute(), NOON + MINUTE).run
    store.finish(run, outcome(reason.status, reason=reason.value))
    (record,) = world.records()
    assert (record.status, record.reason) == (reason.status.value, reason.value)
    assert world.holders() == []


@pytest.mark.parametrize(
    ("reason", "ended", "again"),
    [
        (StopReason.BY_HAND, ("stopped", StopReason.BY_HAND.value), False),
        (StopReason.REPLACED, ("interrupted", StopReason.REPLACED.value), False),
        (StopReason.RESTART, ("interrupted", DIED), True),
    ],
)
def test_a_run_that_somebody_wanted_to_end_is_not_tried_again_when_its_process_dies(
    world, reason, ended, again
):
    resumable = every_minute(resumable=True)
    first, second = opened(world, resumable), opened(world, resumable, name="two")
    run = claim(first, resumable, NOON + MINUTE).run
    first.request_stop(run.id, reason.name, NOON + MINUTE, None)
    second.reap(process("one"), None, {"a.b": resumable}, NOON + MINUTE)
    (record,) = world.records()
    assert (record.status, record.reason, record.stop) == (*ended, reason.name)
    assert bool(second.retries(["a.b"], NOON + MINUTE)) is again
