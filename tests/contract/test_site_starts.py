"""The start of the site, which all servers share, and the jobs that are due at it (C30)."""

from dataclasses import replace

from minutely import MINUTE, NOON, SECOND, claim, opened, process

from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.core.site import SiteStart
from docassemble.Scheduler.schedules.simple import AtStart
from docassemble.Scheduler.testing import job

START = SiteStart(number=1, at=NOON + SECOND, boots=frozenset({"a" * 32, "b" * 32}))


def at_start(started=None, **fields):
    return job("a.b", AtStart(started), type="at start", **{"misfire_grace_time": None} | fields)


def test_before_the_first_start_none_is_known(world):
    assert opened(world).poll(NOON).site_start is None


def test_what_one_process_notes_all_others_see(world):
    first, second = opened(world), opened(world, name="two")
    assert first.note_site_start(START)
    assert second.poll(NOON).site_start == START


def test_of_two_that_note_the_same_start_one_is_first(world):
    first, second = opened(world), opened(world, name="two")
    assert [store.note_site_start(START) for store in (first, second)] == [True, False]
    following = replace(START, number=2, at=NOON + MINUTE)
    assert [store.note_site_start(following) for store in (second, first)] == [True, False]
    assert first.poll(NOON).site_start == following


def test_it_is_seen_where_nobody_lives(world):
    store = opened(world)
    store.note_site_start(START)
    store.unregister(process(), NOON)
    assert store.poll(NOON).site_start == START


def test_the_web_servers_that_are_up_are_told_by_the_processes_that_live(world):
    store = world.store()
    for number, (name, boot) in enumerate([("one", "a"), ("two", "a"), ("three", "b"), ("celery", None)]):
        store.register(replace(process(name, number), boot=boot and boot * 32), NOON)
    store.beat(process("two"), NOON)
    store.beat(process("celery"), NOON)
    assert store.poll(NOON).boots == {"a" * 32: 1, "b" * 32: 0}


def test_a_start_is_run_once_on_all_servers(world):
    first, second = opened(world, at_start()), opened(world, at_start(), name="two")
    due = at_start(START.at)
    run = claim(first, due, START.at).run
    assert (run.due.at, claim(second, due, START.at).run) == (START.at, None)
    assert claim(second, at_start(START.at + MINUTE), START.at + MINUTE).run is None  # it still goes on


def test_each_start_is_the_same_schedule_so_that_a_restart_begins_no_new_one(world):
    store = opened(world, at_start())
    assert store.register_jobs([at_start(START.at)], NOON + MINUTE) == {"a.b": NOON}
    assert claim(store, at_start(START.at), NOON + MINUTE).run is not None


def test_a_job_that_is_seen_for_the_first_time_after_a_start_waits_for_the_next(world):
    store = opened(world, at_start(), now=NOON + MINUTE)
    assert claim(store, at_start(START.at), NOON + 2 * MINUTE).run is None


def test_a_start_during_a_pause_is_skipped_when_that_ends(world):
    store = opened(world, at_start())
    due = at_start(START.at)
    store.pause("a.b", NOON, "alice")
    (skipped,) = claim(store, due, START.at + SECOND).unrun
    assert (skipped.status, skipped.first) == (Status.SKIPPED, START.at)
    store.resume("a.b", NOON + MINUTE, "alice")
    assert claim(store, due, NOON + 2 * MINUTE).run is None


def test_it_runs_however_late_a_server_comes_that_may_run_it(world):
    store = opened(world, at_start())
    assert claim(store, at_start(START.at), START.at + 100 * MINUTE).run.due.at == START.at
