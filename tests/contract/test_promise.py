"""Whatever happens in whatever order: each due time ends as one record, and nothing that has ended holds anything."""

import random
from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from minutely import MINUTE, NOON, every_minute, process
from worlds import InMemory

from docassemble.Scheduler.core.job import Missed, Overlap
from docassemble.Scheduler.core.run import Outcome, Status
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.store.sql.claims.fast_path import FastPath

JOBS = [
    every_minute("a.skip", lock="one", retries=2, resumable=True),
    every_minute("a.queue", lock="one", overlap=Overlap.QUEUE, missed=Missed.ALL),
    every_minute("a.replace", overlap=Overlap.REPLACE, max_runtime=2 * MINUTE, resumable=True),
    every_minute("a.allow", overlap=Overlap.ALLOW, missed=Missed.SKIP),
    every_minute("a.locked", overlap=Overlap.ALLOW, lock="two", resumable=True),
]
NAMES = {job.name: job for job in JOBS}
ENDS = [each for each in Status if each not in {Status.RUNNING, Status.MISSED}]


class Story:
    """Two servers and a worker of a queue, and what chance makes of them."""

    def __init__(self, world, seed):
        self.world = world
        self.chance = random.Random(seed)
        self.now = NOON
        self.births = 0
        self.stores = [world.store(), world.store()]
        self.processes = [self.register(store) for store in self.stores]
        self.worker = world.store()
        #: those that somebody is at, or that wait to be taken over
        self.running_runs, self.waiting = [], []
        self.ended = []
        for store in self.stores:
            store.register_jobs(JOBS, NOON)

    def register(self, store):
        self.births += 1
        born = process(str(self.births))
        store.register(born, self.now)
        return born

    def step(self):
        self.now += timedelta(seconds=self.chance.choice([0, 1, 5, 20, 61, 400]))
        actions = [self.claim] * 6 + [self.finish] * 4
        actions += [
            self.die,
            self.pause,
            self.resume,
            self.hand_over,
            self.take_over,
            self.give_up,
            self.stop,
        ]
        self.chance.choice(actions)(self.chance.choice(self.stores))

    def claim(self, store):
        wanted = [ClaimRequest(job) for job in self.chance.sample(JOBS, self.chance.randint(1, len(JOBS)))]
        wanted += [ClaimRequest(NAMES[each.job], each) for each in store.retries(list(NAMES), self.now)]
        self.running_runs += [answer.run for answer in store.claim(wanted, self.now) if answer.run]

    def finish(self, store):
        if not self.running_runs:
            return
        run = self.running_runs.pop(self.chance.randrange(len(self.running_runs)))
        again = self.now if run.attempt < 3 and self.chance.random() < 0.5 else None
        status = self.chance.choice(ENDS)
        retry_at = again if status in {Status.FAILED, Status.TIMED_OUT, Status.INTERRUPTED} else None
        outcome = Outcome(status=status, started=self.now, finished=self.now, retry_at=retry_at)
        store.finish(run, outcome)
        self.ended.append((store, run, outcome))

    def finish_again(self, _store):
        """Nobody knew whether the end had arrived."""
        if self.ended:
            store, run, outcome = self.chance.choice(self.ended[-5:])
            store.finish(run, outcome)

    def die(self, store):
        """One is given up, perhaps by mistake: then what it was at goes on."""
        number = self.stores.index(store)
        other = self.stores[1 - number]
        lost = {each.run for each in other.reap(self.processes[number], None, NAMES, self.now)}
        if self.chance.random() < 0.7:
            self.running_runs = [run for run in self.running_runs if run.id not in lost]
        self.processes[number] = self.register(store)

    def pause(self, store):
        store.pause(self.chance.choice(JOBS).name, self.now, "alice@example.com")

    def resume(self, store):
        store.resume(self.chance.choice(JOBS).name, self.now, "alice@example.com")

    def hand_over(self, store):
        if self.running_runs:
            run = self.running_runs.pop()
            store.enqueue(run, self.now + MINUTE)
            self.waiting.append(run)

    def take_over(self, _store):
        if not self.waiting:
            return
        run = self.waiting.pop(0)
        if self.worker.dequeue(run.id, self.processes[0], self.now) is not None:
            self.running_runs.append(run)

    def give_up(self, store):
        store.give_up_expired(self.now, NAMES)

    def stop(self, store):
        if self.running_runs:
            store.request_stop(self.running_runs[0].id, "BY_HAND", self.now, "alice@example.com")

    def check(self):
        running = Counter()
        records = self.world.records()
        for record in records:
            if record.status == "running" and NAMES[record.job].is_exclusive:
                running[record.job] += 1
                running[NAMES[record.job].lock or record.job] += NAMES[record.job].lock is not None
        assert set(running.values()) <= {0, 1}
        held = Counter(self.world.holders())
        for record in records:
            if record.status == "running":
                job = NAMES[record.job]
                assert held.pop(record.run, 0) == job.is_exclusive + (job.lock is not None)
        assert not held

    def check_due_times(self):
        cursors = self.stores[0].register_jobs(JOBS, self.now)
        records = [record for record in self.world.records() if record.attempt == 1]
        for job in JOBS:
            last = NOON
            for record in sorted(
                (each for each in records if each.job == job.name), key=lambda each: each.due
            ):
                assert record.due == job.schedule.next_after(last)
                last = record.until
            assert last == cursors[job.name]
        attempts = Counter((each.job, each.due, each.attempt) for each in self.world.records())
        assert set(attempts.values()) <= {1}

    def end(self):
        self.now += timedelta(hours=1)
        self.give_up(self.stores[0])
        for number, store in enumerate(self.stores):
            self.stores[1 - number].reap(self.processes[number], None, NAMES, self.now)
            self.processes[number] = self.register(store)
        assert [record for record in self.world.records() if record.status == "running"] == []
        assert self.world.holders() == []


def live_through(world, seed, steps, check_every):
    story = Story(world, seed)
    for number in range(steps):
        story.step()
        if number % check_every == 0:
            story.check()
    story.check_due_times()
    story.end()
    return story


@given(seed=st.integers(0, 2**32))
def test_every_due_time_ends_as_one_record_and_nothing_that_has_ended_holds_anything(seed):
    live_through(InMemory(), seed, steps=60, check_every=1)


def test_every_due_time_ends_as_one_record_in_every_database(world):
    story = live_through(world, 1, steps=150, check_every=10)
    found = {record.status for record in story.world.records()}
    assert found == {status.value for status in Status} - {"running"}


def test_everything_works_without_the_fast_path(postgresql, monkeypatch):
    monkeypatch.setattr(FastPath, "on", lambda _: None)
    live_through(postgresql, 2, steps=150, check_every=10)
