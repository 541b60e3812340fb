"""Names are compared character by character on every database, and no job stands or falls with another one's name."""

import logging
import unicodedata
from dataclasses import replace
from datetime import timedelta

import pytest
from minutely import MINUTE, NOON, claim, every_minute, opened, outcome

from docassemble.Scheduler.config import parse
from docassemble.Scheduler.core.errors import NotPossible, NotStorable, UnknownRun
from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.core.texts.storable import MAX_NAME, MAX_REASON
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.management.manager import SchedulerManager
from docassemble.Scheduler.management.permissions import Caller
from docassemble.Scheduler.management.registry import JobRegistry
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.store.base import ClaimRequest, Retry
from docassemble.Scheduler.store.records import RunQuery
from docassemble.Scheduler.testing import ManualClock

ALICE = "alice@example.com"
CALLER = Caller(name=ALICE)
#: names that some collation of some database takes for the same
PAIRS = {
    "case": ("job.a A", "job.a a"),
    "accent": ("Bericht f\xfcr", "Bericht fur"),
    "width": ("job.a \uff21", "job.a A"),
    "space at the end": ("job.a", "job.a "),
    "emoji": ("job.a \U0001f600", "job.a \U0001f601"),
    "composition": tuple(unicodedata.normalize(form, "caf\xe9") for form in ("NFC", "NFD")),
    "ligature": ("stra\xdfe", "strasse"),
    "ignorable": ("job.a\u200d", "job.a"),
    "kind of space": ("job.a\xa0b", "job.a b"),
    "dotless": ("\u0130", "I"),
}


@pytest.fixture(params=PAIRS.values(), ids=PAIRS)
def pair(request):
    return request.param


def states(store, *names):
    return {record.name: record.paused for record in store.jobs(names)}


def test_two_jobs_are_two_in_everything_that_is_done_to_one(world, pair):
    one, other = (every_minute(name) for name in pair)
    store = opened(world, one, other)
    assert set(store.register_jobs([one, other], NOON)) == set(pair)
    assert store.pause(one.name, NOON, ALICE)
    assert states(store, *pair) == {one.name: True, other.name: False}
    assert states(store, other.name) == {other.name: False}
    run = claim(store, other, NOON + MINUTE).run
    assert claim(store, one, NOON + MINUTE).run is None
    store.finish(run, outcome(Status.FAILED, error=ValueError("x")))
    assert [each.job for each in store.runs(RunQuery(job=other.name))] == [other.name]
    assert [each.job for each in store.events(one.name)] == [one.name]
    assert store.events(other.name) == []
    assert store.resume(one.name, NOON + MINUTE, ALICE)
    answers = store.claim([ClaimRequest(one), ClaimRequest(other)], NOON + 2 * MINUTE)
    assert {each.run.job.name for each in answers} == set(pair)
    store.save_counters()
    assert {job_counters.job for job_counters in store.counters()} == set(pair)


def test_two_locks_are_two(world, pair):
    one, other = (every_minute(f"a.b {number}", lock=lock) for number, lock in enumerate(pair))
    store = opened(world, one, other)
    assert claim(store, one, NOON + MINUTE).run is not None
    assert claim(store, other, NOON + MINUTE).run is not None


def test_a_job_can_be_renamed_to_what_only_looks_the_same(world, pair):
    before, after = (every_minute(name) for name in pair)
    store = opened(world, before)
    later = opened(world, after, name="two", now=NOON + MINUTE)
    assert later.register_jobs([after], NOON + 2 * MINUTE) == {after.name: NOON + MINUTE}
    assert store.register_jobs([before], NOON + 2 * MINUTE) == {before.name: NOON}


def test_two_ids_are_two_added_jobs(world, pair):
    store = opened(world)
    for name, seconds in zip(pair, (60, 120), strict=True):
        job = replace(every_minute(name), schedule=Interval(timedelta(seconds=seconds)))
        store.add(job, f'{{"every": {seconds}}}', since=NOON, now=NOON, by=ALICE)
    added = {each.name: each.definition for each in store.dynamic_jobs()}
    assert added == {pair[0]: '{"every": 60}', pair[1]: '{"every": 120}'}
    assert store.cancel(pair[0], NOON, ALICE)
    assert [each.name for each in store.dynamic_jobs()] == [pair[1]]


def test_the_longest_names_are_kept_whatever_they_are_made_of(world):
    job = every_minute("\U0001f4a9" * MAX_NAME, lock="\U0001f600" * MAX_NAME)
    store = opened(world, job)
    assert claim(store, job, NOON + MINUTE).run is not None
    assert store.pause(job.name, NOON, "\U0001f60e" * 2 * MAX_NAME)


def test_who_did_it_is_put_on_record_whatever_the_name(world):
    store = opened(world, every_minute())
    assert store.pause("a.b", NOON, "a\0b \udc80" + "x" * 500)
    ((_, who, *_),) = world.events()
    assert who == (r"a\0b \udc80" + "x" * 500)[:MAX_NAME]


UNKEPT = {"half a character": "a\ud800b", "NUL": "a\0b", "too long": "x" * (MAX_NAME + 1)}


def keeps(world, kind):
    return {"sqlite": kind != "half a character", "mariadb": kind == "NUL", "postgresql": False}[world.kind]


@pytest.mark.parametrize("kind", UNKEPT)
@pytest.mark.parametrize("key", ["name", "lock"])
def test_all_jobs_are_taken_up_but_those_that_the_database_cannot_keep(world, kind, key):
    jobs = [every_minute(f"a.b {number}") for number in range(7)]
    odd = replace(every_minute("odd"), **{key: UNKEPT[kind]})
    store = opened(world)
    kept = [*jobs, odd] if keeps(world, kind) else jobs
    assert store.register_jobs([*jobs[:3], odd, *jobs[3:]], NOON) == {job.name: NOON for job in kept}
    answers = store.claim([ClaimRequest(job) for job in kept], NOON + MINUTE)
    assert all(answer.run is not None for answer in answers)


def wishes(job):
    """Return each kind of wish, of a job whose row is lost."""
    retry = Retry(run="1" * 32, job=job.name, due=NOON, attempt=2)
    return [ClaimRequest(job), ClaimRequest(job, retry)]


def test_a_lost_job_is_told_and_the_others_are_claimed_in_the_same_transaction(world):
    lost, other = every_minute("a.lost"), every_minute("a.other", lock="press")
    store = opened(world, lost, other)
    order_id = store.request_run(lost.name, NOON, ALICE).id
    (run_request,) = store.run_requests()
    assert run_request.id == order_id
    world.lose(lost.name)
    wanted = [*wishes(lost), ClaimRequest(lost, run_request=run_request), ClaimRequest(other)]
    claims = store.claim(wanted, NOON + MINUTE)
    assert sorted(each.missing for each in claims) == [False, True, True, True]
    assert [each.run.job.name for each in claims if each.run] == ["a.other"]
    assert store.register_jobs([lost], NOON + MINUTE) == {"a.lost": NOON + MINUTE}
    assert claim(store, lost, NOON + 2 * MINUTE).run is not None


def test_a_job_that_is_lost_after_it_was_claimed_is_told_too(world):
    job = every_minute()
    store = opened(world, job)
    store.finish(claim(store, job, NOON + MINUTE).run, outcome())
    world.lose(job.name)
    answer = claim(store, job, NOON + 2 * MINUTE)
    assert (answer.run, answer.missing) == (None, True)


def test_a_lost_lock_is_told_and_taken_up_again(world):
    job = every_minute(lock="press")
    store = opened(world, job)
    world.lose("press", "locks")
    answer = claim(store, job, NOON + MINUTE)
    assert (answer.run, answer.missing) == (None, True)
    store.register_jobs([job], NOON)
    assert claim(store, job, NOON + MINUTE).run is not None


def test_what_is_not_lost_is_not_said_to_be(world):
    job = every_minute()
    store = opened(world, job)
    assert not claim(store, job, NOON).missing  # not due
    store.pause(job.name, NOON, ALICE)
    assert not claim(store, job, NOON + MINUTE).missing
    store.add(every_minute("a.added"), "{}", since=NOON, now=NOON, by=ALICE)
    assert not claim(
        store, every_minute("a.added", version=-1), NOON + MINUTE
    ).missing  # another definition counts


def test_nothing_falls_over_a_lost_job(world):
    store = opened(world, every_minute("a.other"))
    store.add(every_minute(), "{}", since=NOON, now=NOON, by=ALICE)
    (added,) = store.dynamic_jobs()
    job = every_minute(version=added.version)
    run = claim(store, job, NOON + MINUTE).run
    world.lose("a.b")
    assert [(each.name, each.cursor) for each in store.dynamic_jobs()] == [("a.b", None)]
    store.finish(run, outcome(Status.FAILED, error=ValueError("x"), retry_at=NOON))
    assert store.retries(["a.b"], NOON + MINUTE) == []
    assert not store.poll(NOON + MINUTE).is_wanted
    assert store.retire(["a.b"], NOON) == []
    assert not store.pause("a.b", NOON, ALICE)
    assert [each.name for each in store.jobs()] == ["a.other"]
    assert store.register_jobs([job], NOON) == {"a.b": NOON}
    assert claim(store, job, NOON + MINUTE).run is not None
    world.lose("a.b")
    assert store.cancel("a.b", NOON, ALICE)
    store.prune(NOON + timedelta(days=1), 100)


def test_a_database_without_all_characters_keeps_what_it_can(latin1):
    jobs = [every_minute(name) for name in ("a.b", "a.b \u20ac", "f\xfcr", "\U0001f600")]
    store = opened(latin1, *jobs)
    assert set(store.register_jobs(jobs, NOON)) == {"a.b", "f\xfcr"}
    for number in (1, 2):  # as every server does it, and the shortcut
        run = claim(store, jobs[0], NOON + number * MINUTE).run
        reason = "\U0001f600" * MAX_REASON
        store.finish(run, outcome(Status.SKIPPED, reason=reason, result=reason, error=ValueError(reason)))
        record = store.run(run.id)
        assert record.status is Status.SKIPPED
        assert record.reason == (r"\U0001f600" * MAX_REASON)[:MAX_REASON]
    with pytest.raises(NotStorable):
        store.add(jobs[1], "{}", since=NOON, now=NOON, by=ALICE)


def test_a_job_that_a_database_has_no_characters_for_is_shown_beside_the_others(latin1):
    store = latin1.store()
    block = {name: {"function": "a.b", "minutes": 1} for name in ("a.b", "a.b \u0100")}
    configuration = parse(block, zone="UTC", environ={}, now=NOON)
    clock = ManualClock(NOON)
    registry = JobRegistry(configuration, store=store, clock=clock, logger=logging.getLogger("test.names"))
    registry.register_jobs()
    manager = SchedulerManager(registry=registry, store=store, functions=Functions(), clock=clock)
    assert [each.record is None for each in manager.jobs(["a.b", "a.b \u0100"])] == [False, True]
    assert manager.job("a.b \u0100").record is None
    assert len(manager.upcoming(job="a.b \u0100")) == 50
    assert (manager.runs(RunQuery(job="a.b \u0100")), manager.events("a.b \u0100")) == ((), ())
    assert not manager.resume("a.b \u0100", CALLER)
    with pytest.raises(NotPossible, match="no server has taken up"):
        manager.pause("a.b \u0100", CALLER)
    with pytest.raises(UnknownRun):
        manager.run("\u0100")
