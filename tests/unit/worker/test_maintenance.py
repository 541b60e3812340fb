"""Maintenance: who is dead, what is tried again, and no trust in clocks."""

import logging
from datetime import datetime, timedelta, timezone

import pytest

from docassemble.Scheduler.config import Settings
from docassemble.Scheduler.core.errors import StoreUnavailable
from docassemble.Scheduler.core.run import EndedRun, Outcome, Status
from docassemble.Scheduler.core.site import SETTLED
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.store.base import ClaimRequest, Process
from docassemble.Scheduler.testing import ManualClock, MemorySpool, MemoryStore, MemoryWorld, job
from docassemble.Scheduler.worker.heartbeat import Heartbeat
from docassemble.Scheduler.worker.maintenance import BATCH, BATCHES, LOOKS, PRUNE_EVERY, Maintenance
from docassemble.Scheduler.worker.outbox import Outage

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
LOGGER = logging.getLogger("test.maintenance")


class Server:
    """One server's maintenance."""

    def __init__(self, world, *jobs, name, dead=(), boot=None):
        self.clock = ManualClock(NOON)
        self.store = MemoryStore(world)
        self.jobs = jobs
        self.name, self.boot = name, boot
        self.registered = 0
        self.spool = MemorySpool()
        self.interrupted, self.looked_around = [], []
        outage = Outage(LOGGER)
        self.heartbeat = Heartbeat(
            store=self.store,
            new_process=self._new_process,
            outage=outage,
            clock=self.clock,
            logger=LOGGER,
        )
        self.maintenance = Maintenance(
            lambda: {job.name: job for job in jobs},
            store=self.store,
            heartbeat=self.heartbeat,
            is_surely_dead=lambda process: process.server in dead,
            interrupted=self.interrupted.append,
            look_around=self._look_around,
            outage=outage,
            spool=self.spool,
            clock=self.clock,
            logger=LOGGER,
            keep_history=timedelta(days=30),
        )

    def _look_around(self, poll):
        self.looked_around.append(poll.is_wanted)

    def _new_process(self):
        self.registered += 1
        return Process(
            id=f"{self.name}-{self.registered}",
            server=self.name,
            host_id="",
            pid=self.registered,
            started_ticks="",
            boot=self.boot,
        )

    def open(self):
        self.maintenance.open()
        self.store.register_jobs(self.jobs, self.clock.now())
        return self

    def run_one(self):
        (answer,) = self.store.claim([ClaimRequest(self.jobs[0])], NOON + MINUTE)
        return answer.run


def servers(*names, resumable=False, **options):
    world = MemoryWorld()
    a_job = job("a.b", Interval(MINUTE), resumable=resumable)
    return [Server(world, a_job, name=name, **options).open() for name in names]


def do_round(*servers, rounds=1):
    for _ in range(rounds):
        for server in servers:
            server.maintenance.do_round()


def test_a_server_that_is_silent_is_given_up_within_90_seconds():
    dead, alive = servers("dead", "alive")
    dead.run_one()
    do_round(alive, rounds=LOOKS)
    assert alive.interrupted == []
    do_round(alive)
    assert [interruption.job for interruption in alive.interrupted] == ["a.b"]
    assert (LOOKS + 1) * Settings().heartbeat < timedelta(seconds=90)


def test_servers_that_live_never_give_each_other_up_whatever_their_clocks_say():
    one, two = servers("one", "two")
    one.clock.move(-timedelta(hours=1))
    one.run_one()
    do_round(one, two, rounds=5 * LOOKS)
    assert one.interrupted == two.interrupted == []
    assert (one.registered, two.registered) == (1, 1)


def test_a_slow_server_is_not_given_up_while_it_moves():
    slow, other = servers("slow", "other")
    for _ in range(10):
        do_round(other, rounds=LOOKS - 1)
        do_round(slow)
    assert slow.registered == 1


def test_a_dead_process_of_the_same_machine_is_given_up_at_the_start():
    world = MemoryWorld()
    a_job = job("a.b", Interval(MINUTE))
    before = Server(world, a_job, name="before").open()
    before.run_one()
    after = Server(world, a_job, name="after", dead={"before"}).open()
    assert len(after.interrupted) == 1


def test_a_dead_process_of_the_same_machine_is_given_up_at_the_next_round():
    world = MemoryWorld()
    a_job = job("a.b", Interval(MINUTE))
    dead = set()
    neighbour = Server(world, a_job, name="neighbour", dead=dead).open()
    dying = Server(world, a_job, name="dying").open()
    dying.run_one()
    dead.add("dying")
    do_round(neighbour)
    assert len(neighbour.interrupted) == 1


def test_only_one_server_gives_a_process_up():
    dead, one, two = servers("dead", "one", "two")
    dead.run_one()
    do_round(one, two, rounds=LOOKS + 2)
    assert len(one.interrupted) + len(two.interrupted) == 1


def test_after_an_outage_of_the_database_nobody_is_taken_for_dead():
    one, two = servers("one", "two")
    one.run_one()
    for _ in range(3):
        do_round(two, rounds=LOOKS - 1)
        one.store.world.away = True
        do_round(one, two, rounds=LOOKS + 2)
        one.store.world.away = False
    do_round(two, rounds=LOOKS - 1)
    assert two.interrupted == []


def test_a_process_that_was_given_up_by_mistake_begins_anew(caplog):
    stunned, other = servers("stunned", "other")
    do_round(other, rounds=LOOKS + 1)
    do_round(stunned)
    assert stunned.registered == 2
    assert "given this process up" in caplog.text


@pytest.mark.parametrize("resumable", [True, False])
def test_an_interrupted_run_is_tried_again_if_its_job_is_resumable(resumable):
    dead, alive = servers("dead", "alive", resumable=resumable)
    run = dead.run_one()
    do_round(alive, rounds=LOOKS + 2)
    retries = {(each.run, each.attempt) for each in alive.store.retries(["a.b"], alive.clock.now())}
    assert retries == ({(run.id, 2)} if resumable else set())


def test_each_round_looks_for_what_was_changed_or_ordered_elsewhere():
    (server,) = servers("one")
    do_round(server, rounds=3)
    assert server.looked_around == [False] * 3


def test_what_is_tried_again_after_an_interruption_is_seen_in_the_same_round():
    dead, alive = servers("dead", "alive", resumable=True)
    dead.run_one()
    do_round(alive, rounds=LOOKS + 1)
    assert alive.looked_around == [False] * LOOKS + [True]


def test_what_still_runs_when_a_process_leaves_is_found_by_another_one():
    leaving, other = servers("leaving", "other")
    leaving.run_one()
    leaving.heartbeat.leave()
    assert leaving.interrupted == []  # nobody would be left to call `on exit`
    do_round(other, rounds=LOOKS + 2)
    assert len(other.interrupted) == 1


def test_a_process_that_left_in_good_order_is_not_watched():
    leaving, other = servers("leaving", "other")
    leaving.heartbeat.leave()
    assert [heartbeat.process.server for heartbeat in other.store.poll(NOON).heartbeats] == ["other"]


def test_a_process_can_leave_while_the_database_is_away(caplog):
    leaving, other = servers("leaving", "other")
    leaving.store.world.away = True
    leaving.heartbeat.leave()
    leaving.store.world.away = False
    assert "The database is away" in caplog.text
    assert len(other.store.poll(NOON).heartbeats) == 2


def test_a_run_that_nobody_took_over_in_time_is_given_up():
    (server,) = servers("one")
    run = server.run_one()
    server.store.enqueue(run, NOON + 2 * MINUTE)
    server.clock.move(MINUTE)
    do_round(server)
    assert server.interrupted == []
    server.clock.move(MINUTE)
    do_round(server)
    assert [interruption.run for interruption in server.interrupted] == [run.id]


def test_what_was_counted_is_added_to_the_tallies_each_round_and_at_the_end():
    (server,) = servers("one")
    server.store.finish(server.run_one(), Outcome(status=Status.SUCCEEDED, started=NOON, finished=NOON))
    do_round(server)
    assert [job_counters.runs for job_counters in server.store.counters()] == [{Status.SUCCEEDED: 1}]
    (run,) = (claim.run for claim in server.store.claim([ClaimRequest(server.jobs[0])], NOON + 2 * MINUTE))
    server.store.finish(run, Outcome(status=Status.FAILED, started=NOON, finished=NOON))
    server.heartbeat.leave()
    assert [job_counters.runs for job_counters in server.store.counters()] == [
        {Status.FAILED: 1, Status.SUCCEEDED: 1}
    ]


def test_old_records_are_deleted_a_batch_at_a_time():
    (server,) = servers("one")
    for minute in range(1, BATCH + 100):
        now = NOON + minute * MINUTE
        (answer,) = server.store.claim([ClaimRequest(server.jobs[0])], now)
        server.store.finish(answer.run, Outcome(status=Status.SUCCEEDED, started=now, finished=now))
    do_round(server)
    server.clock.move(timedelta(days=60))
    do_round(server, rounds=PRUNE_EVERY - 1)
    assert len(server.store.world.records()) == BATCH + 99
    do_round(server)
    assert len(server.store.world.records()) == 1  # in two batches


def test_a_round_ends_however_many_old_records_there_are_and_the_next_one_goes_on():
    (server,) = servers("one")
    limits = []
    server.store.prune = lambda before, limit: limits.append(limit) or limit
    do_round(server)
    assert limits == [BATCH] * BATCHES
    do_round(server)
    assert len(limits) == 2 * BATCHES


def started_at(server):
    start = server.store.poll(server.clock.now()).site_start
    return start and start.at


def test_c30_a_start_of_the_site_is_noted_by_the_first_process_and_by_no_other():
    world = MemoryWorld()
    first = Server(world, name="one", boot="a")
    poll = first.maintenance.open()
    assert (poll.site_start.at, poll.site_start.boots) == (NOON, {"a"})
    for name, boot in (("two", "a"), ("other", "b")):
        other = Server(world, name=name, boot=boot)
        other.clock.move(MINUTE)
        assert other.maintenance.open().site_start.at == NOON
    do_round(first, other, rounds=SETTLED)
    start = first.store.poll(NOON).site_start
    assert (start.at, start.boots) == (NOON, {"a", "b"})


def test_c30_a_worker_that_replaces_another_one_starts_no_site():
    world = MemoryWorld()
    Server(world, name="one", boot="a").open()
    respawned = Server(world, name="two", boot="a", dead={"one"})
    respawned.clock.move(MINUTE)
    assert respawned.maintenance.open().site_start.at == NOON


def test_c30_a_restart_of_the_only_server_is_a_start_when_those_before_are_known_to_be_dead():
    world = MemoryWorld()
    Server(world, name="one", boot="a").open()
    again = Server(world, name="two", boot="b", dead={"one"})
    again.clock.move(MINUTE)
    assert again.maintenance.open().site_start.at == NOON + MINUTE


def test_c30_after_a_loss_of_power_it_is_noted_when_the_machine_before_is_given_up():
    world = MemoryWorld()
    Server(world, name="one", boot="a").open()
    again = Server(world, name="two", boot="b").open()
    again.clock.move(MINUTE)
    do_round(again, rounds=LOOKS)
    assert started_at(again) == NOON
    do_round(again)
    assert started_at(again) == NOON + MINUTE


def test_c30_who_joins_settles_when_all_that_died_before_are_given_up():
    assert SETTLED > LOOKS + 1


def test_c30_a_celery_process_starts_no_site_and_keeps_none_up():
    world = MemoryWorld()
    celery = Server(world, name="celery").open()
    assert started_at(celery) is None
    web = Server(world, name="web", boot="a")
    assert web.maintenance.open().site_start.at == NOON


def test_c30_one_poll_is_enough_for_a_round_in_which_nothing_has_started():
    world = MemoryWorld()
    server = Server(world, name="one", boot="a").open()
    polls = []
    poll = server.store.poll
    server.store.poll = lambda now: polls.append(now) or poll(now)
    do_round(server, rounds=3)
    assert len(polls) == 3


def end(server, name="a.b"):
    """Let a server run a job to its end, and die before that is on record."""
    run = server.run_one()
    outcome = Outcome(status=Status.SUCCEEDED, started=NOON + MINUTE, finished=NOON + MINUTE, result="done")
    assert server.spool.note(EndedRun(run, outcome))
    return run


def records(server):
    return [(record.status, record.result) for record in server.store.world.records()]


def test_a_run_that_had_ended_when_its_process_was_killed_is_on_record_as_that():
    (killed,) = servers("killed")
    run = end(killed)
    heir = Server(killed.store.world, *killed.jobs, name="heir", dead=["killed"])
    heir.spool.dead = [killed.spool]
    heir.open()
    assert records(heir) == [(Status.SUCCEEDED, "done")]
    assert heir.interrupted == []
    assert heir.store.run(run.id).server == "killed"


def test_so_it_is_for_a_process_that_is_killed_while_others_live():
    dead = []
    killed, other = servers("killed", "other", dead=dead)
    end(killed)
    dead.append("killed")
    other.spool.dead = [killed.spool]
    do_round(other)
    assert records(other) == [(Status.SUCCEEDED, "done")]
    assert other.interrupted == []


def test_an_end_that_is_found_after_its_run_was_given_up_corrects_the_record():
    killed, elsewhere = servers("killed", "elsewhere")
    end(killed)
    do_round(elsewhere, rounds=LOOKS + 1)
    assert [status for status, _ in records(elsewhere)] == [Status.INTERRUPTED]
    heir = Server(killed.store.world, *killed.jobs, name="heir")
    heir.spool.dead = [killed.spool]
    heir.open()
    assert records(heir) == [(Status.SUCCEEDED, "done")]


def test_ends_that_were_found_are_kept_for_others_until_they_are_on_record(monkeypatch):
    (killed,) = servers("killed")
    run = end(killed)
    heir = Server(killed.store.world, *killed.jobs, name="heir")
    heir.spool.dead = [killed.spool]

    def away(_run, _outcome):
        raise StoreUnavailable("connection refused")

    monkeypatch.setattr(heir.store, "finish", away)
    heir.open()
    assert list(heir.spool.kept) == [run.id]
    monkeypatch.undo()
    do_round(heir)
    assert heir.spool.kept == {}
    assert records(heir) == [(Status.SUCCEEDED, "done")]
