"""Jobs from a table: what rows that appear, change and vanish do to the jobs, on servers that share a store."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest

from docassemble.Scheduler.core.errors import DefinitionError, NotPossible, TableUnreadable
from docassemble.Scheduler.core.problem import Problem
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.management.check import missing_functions
from docassemble.Scheduler.management.registry import JobRegistry
from docassemble.Scheduler.testing import MemoryWorld
from docassemble.Scheduler.worker.job_tables import TableFollower, jobs_of, read_all, remove_strays
from tests.unit.management.managers import ALICE, FUNCTION, LOGGER, NOON, Management, configuration

BLOCK = {
    "database": "data db",
    "table": "action",
    "columns": {"name": "name", "crontab": "cron", "args": "command", "function": "callback"},
    "function": FUNCTION,
}
CONFIGURED = {"function": FUNCTION, "minutes": 1}
EACH_MINUTE = "* * * * *"
MINUTE = timedelta(minutes=1)


def row(name, command=None, crontab=EACH_MINUTE, **cells):
    return {"name": name, "crontab": crontab, "args": command, **cells}


class Table:
    """The rows of a table; an exception in their place is raised."""

    def __init__(self, *rows):
        self.rows = list(rows)

    def __call__(self, _table):
        if isinstance(self.rows, Exception):
            raise self.rows
        return list(self.rows)


class Server(Management):
    """A process that follows the first table of `jobs from`."""

    def __init__(self, table, world=None, *, block=BLOCK, name="one", number=0):
        super().__init__(world, {"configured": CONFIGURED, "jobs from": block}, name)
        self.follower = TableFollower(
            self.registry.settings.jobs_from[number],
            read=table,
            registry=self.registry,
            store=self.store,
            inspect=lambda jobs: missing_functions(jobs, Functions()),
            changed=self.poll,
            clock=self.clock,
            logger=LOGGER,
        )

    def follow(self):
        """Look once; return the jobs that there are now."""
        self.follower.follow()
        self.registry.refresh()
        return [name for name in self.registry.jobs.here if name != "configured"]

    @property
    def events(self):
        return [(event.action, event.job, event.actor) for event in self.store.events()][::-1]

    @property
    def problems(self):
        return [(problem.code, problem.path) for problem in self.registry.problems]


def two(table):
    world = MemoryWorld()
    return Server(table, world), Server(table, world, name="two")


def test_rows_are_jobs_on_every_server_and_on_record_with_their_table():
    one, other = two(Table(row("a", "command1"), row("b")))
    assert one.follow() == ["a", "b"]
    assert (one.registry.find("a").args, one.registry.find("a").function) == (("command1",), FUNCTION)
    other.registry.refresh()
    assert list(other.registry.jobs.here) == ["configured", "a", "b"]
    by = "jobs from data db: action"
    assert sorted(one.events) == [("add", "a", by), ("add", "b", by)]
    assert one.manager.job("a").added.by == by


def test_a_look_that_finds_nothing_new_writes_nothing_and_keeps_the_jobs_as_they_are():
    one, other = two(Table(row("a")))
    for server in (one, other, one, other):
        assert server.follow() == ["a"]
    assert len(one.events) == 1
    before = one.registry.jobs
    polls = one.polls
    one.follow()
    assert one.registry.jobs is before
    assert one.polls == polls


def test_a_row_that_changes_is_another_job_and_one_that_vanishes_is_none():
    table = Table(row("a", "old"), row("b"))
    one, _ = two(table)
    one.follow()
    table.rows = [row("a", "new"), row("c")]
    assert one.follow() == ["a", "c"]
    assert one.registry.find("a").args == ("new",)
    assert sorted(event[:2] for event in one.events) == [
        ("add", "a"),
        ("add", "a"),
        ("add", "b"),
        ("add", "c"),
        ("cancel", "b"),
    ]


def test_other_arguments_leave_the_cursor_and_another_schedule_begins_anew():
    table = Table(row("a", "old"))
    one, _ = two(table)
    one.follow()
    one.clock.move(5 * MINUTE)
    table.rows = [row("a", "new")]
    one.follow()
    assert one.registry.jobs.cursors["a"] == NOON
    table.rows = [row("a", "new", "*/2 * * * *")]
    one.follow()
    assert one.registry.jobs.cursors["a"] == NOON + 5 * MINUTE


def test_a_job_that_is_paused_stays_paused_when_its_row_changes():
    table = Table(row("a", "old"))
    one, _ = two(table)
    one.follow()
    one.manager.pause("a", ALICE)
    table.rows = [row("a", "new")]
    one.follow()
    assert one.manager.job("a").record.paused


def test_of_servers_that_look_at_the_same_time_one_writes():
    class Meeting(Table):
        """Both servers have read the rows before either of them writes."""

        def __init__(self, *rows):
            super().__init__(*rows)
            self.barrier = threading.Barrier(2)

        def __call__(self, table):
            self.barrier.wait(10)
            return super().__call__(table)

    table = Meeting(row("a", "old"), row("b"))
    servers = two(table)

    def both():
        threads = [threading.Thread(target=server.follower.follow) for server in servers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)

    both()
    assert sorted(event[:2] for event in servers[0].events) == [("add", "a"), ("add", "b")]
    table.rows = [row("a", "new")]
    both()
    both()
    assert sorted(event[:2] for event in servers[0].events) == [
        ("add", "a"),
        ("add", "a"),
        ("add", "b"),
        ("cancel", "b"),
    ]


def test_a_server_that_has_read_older_rows_changes_nothing_that_is_newer():
    table = Table(row("a", "old"))
    one, other = two(table)
    one.follow()

    class Slow(Table):
        def __call__(self, _table):
            rows = [row("a", "older")]
            table.rows = [row("a", "new")]
            one.follow()
            return rows

    other.follower._read = Slow()
    other.follower.follow()
    assert json.loads(one.store.dynamic_jobs()[0].definition)["args"] == ["new"]


@pytest.mark.parametrize(
    ("bad", "code", "path"),
    [
        (row("bad", crontab="99 * * * *"), "bad-crontab", ("bad", "crontab")),
        (row("bad", crontab=None), "no-schedule", ("bad",)),
        (row("bad", function="nowhere.at_all"), "function-not-found", ("bad",)),
        (row("bad", ["x", [[[[[]]]]] * 3, {"a": object()}]), "bad-arguments", ("bad",)),
        (row("configured"), "bad-row", ("configured",)),
        (row(None), "bad-row", ("row 2",)),
    ],
)
def test_a_bad_row_is_a_problem_that_is_told_once_and_the_others_are_jobs(bad, code, path, caplog):
    one, _ = two(Table(row("a"), bad, row("b")))
    assert one.follow() == ["a", "b"]
    one.follow()
    assert one.problems == [(code, ("jobs from", "data db: action", *path))]
    assert [record.levelname for record in caplog.records if code in record.getMessage()] == ["ERROR"]


def test_a_row_that_becomes_bad_is_no_job_until_it_is_good_again():
    table = Table(row("a"), row("b"))
    one, _ = two(table)
    one.follow()
    table.rows = [row("a", crontab="99 * * * *"), row("b")]
    assert one.follow() == ["b"]
    table.rows = [row("a"), row("b")]
    assert sorted(one.follow()) == ["a", "b"]
    assert one.problems == []


def test_what_another_server_can_run_is_not_taken_away_by_one_that_cannot():
    table = Table(row("a", "old", function=FUNCTION))
    one, other = two(table)
    other.follower._inspect = lambda jobs: [
        Problem(code="function-not-found", path=("scheduler", job.name), sentence="No.") for job in jobs
    ]
    one.follow()
    for server in (other, one, other, one):
        server.follow()
    assert [event[:2] for event in one.events] == [("add", "a")]


def test_a_name_that_a_program_has_taken_is_a_problem_of_the_row_until_it_is_free():
    one, _ = two(Table(row("a")))
    one.manager.add("a", {"function": FUNCTION, "every": 60}, ALICE)
    one.follow()
    assert one.manager.job("a").added.by == ALICE.name
    assert one.problems == [("bad-row", ("jobs from", "data db: action", "a"))]
    one.manager.cancel("a", ALICE)
    assert one.follow() == ["a"]
    assert one.problems == []


def test_of_two_tables_with_the_same_name_the_first_one_to_have_it_keeps_it():
    world = MemoryWorld()
    one = Server(Table(row("a", "one")), world, block=[BLOCK, BLOCK])
    other = Server(Table(row("a", "other")), world, block=[BLOCK, BLOCK], name="two", number=1)
    one.follow()
    other.follow()
    one.follow()
    assert len(one.events) == 1
    assert other.problems == [("bad-row", ("jobs from", "data db: action 2", "a"))]


def test_a_job_of_the_configuration_wins_over_a_row_that_was_there_before_and_keeps_its_due_times():
    world = MemoryWorld()
    table = Table(row("a"))
    one = Server(table, world)
    one.follow()
    block = {"a": CONFIGURED, "jobs from": BLOCK}
    later = JobRegistry(configuration(block), store=one.store, clock=one.clock, logger=LOGGER)
    later.refresh()
    later.register_jobs()
    one.follower._registry = one.registry = later
    one.follow()
    assert one.problems == [("bad-row", ("jobs from", "data db: action", "a"))]
    table.rows = []
    one.clock.move(MINUTE)
    one.follow()
    assert not remove_strays(later, one.store, one.clock)
    assert (later.find("a").args, one.store.jobs(["a"])[0].cursor) == ((), NOON)
    assert [event[:2] for event in one.events] == [("add", "a")]


def test_of_many_bad_rows_some_are_told():
    one, _ = two(Table(*(row(f"bad {number}", crontab="never") for number in range(1_000)), row("good")))
    assert one.follow() == ["good"]
    assert len(one.problems) == 101
    assert one.registry.problems[-1].sentence == "900 more rows have problems."


def test_nobody_changes_or_takes_away_a_job_that_is_a_row_but_whoever_writes_the_table():
    one, other = two(Table(row("a")))
    one.follow()
    with pytest.raises(DefinitionError, match="'a' is a row of data db: action"):
        other.manager.add("a", {"function": FUNCTION, "every": 60}, ALICE)
    with pytest.raises(NotPossible, match="is a row of data db: action"):
        other.manager.cancel("a", ALICE)
    assert one.follow() == ["a"]


def test_no_program_can_say_that_its_job_is_a_row():
    one, _ = two(Table())
    with pytest.raises(DefinitionError):
        one.manager.add("a", {"function": FUNCTION, "every": 60, "jobs from": "data db: action"}, ALICE)


def test_while_the_table_cannot_be_read_its_jobs_stay_with_one_warning_and_one_line_when_it_is_back(caplog):
    caplog.set_level("INFO")
    table = Table(row("a"))
    one, _ = two(table)
    one.follow()
    rows, table.rows = table.rows, TableUnreadable("it is gone")
    for _ in range(3):
        assert one.follow() == ["a"]
    assert one.problems == [("table-unreadable", ("jobs from", "data db: action"))]
    (warning,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert "it is gone. Jobs that they were stay as they are." in warning.getMessage()
    table.rows = rows
    one.follow()
    one.follow()
    assert caplog.text.count("The rows of data db: action can be read again") == 1
    assert one.problems == []
    assert len(one.events) == 1


def test_while_our_own_database_is_away_nothing_is_done_and_nothing_is_said(caplog):
    world = MemoryWorld()
    table = Table(row("a"))
    one = Server(table, world)
    world.away = True
    one.follower.follow()
    world.away = False
    assert caplog.text == ""
    assert one.follow() == ["a"]


def test_jobs_survive_a_restart_while_the_table_is_away():
    world = MemoryWorld()
    table = Table(row("a", "command1"))
    Server(table, world).follow()
    table.rows = TableUnreadable("it is gone")
    later = Server(table, world, name="later")
    assert later.follow() == ["a"]
    assert later.registry.find("a").args == ("command1",)


def test_another_schedule_in_the_block_holds_from_the_next_start_on_and_catches_nothing_up():
    world = MemoryWorld()
    table = Table(row("a", crontab=None))
    Server(table, world, block={**BLOCK, "crontab": EACH_MINUTE}).follow()
    later = Server(table, world, block={**BLOCK, "crontab": "30 * * * *"}, name="later")
    later.clock.move(45 * MINUTE)
    later.registry.refresh()
    later.registry.register_jobs()
    assert later.store.jobs(["a"])[0].cursor == NOON + 45 * MINUTE


def test_jobs_of_a_table_that_is_no_more_go_and_those_of_one_with_an_error_stay():
    world = MemoryWorld()
    Server(Table(row("a")), world).follow()

    def start(block, key="jobs from"):
        registry = JobRegistry(configuration({key: block}), store=one.store, clock=one.clock, logger=LOGGER)
        registry.refresh()
        return registry

    one = Server(Table(), world, name="later")
    assert not remove_strays(start(BLOCK), one.store, one.clock)
    assert not remove_strays(start({**BLOCK, "columns": {}}), one.store, one.clock)
    assert not remove_strays(start({**BLOCK, "columns": {}}, "Jobs_From"), one.store, one.clock)
    registry = start([])
    assert list(registry.jobs.known) == []
    assert remove_strays(registry, one.store, one.clock)
    assert one.store.dynamic_jobs() == []


def test_a_table_with_another_name_takes_over_the_jobs_that_it_has_too():
    world = MemoryWorld()
    before = Server(Table(row("a"), row("b")), world)
    before.follow()
    before.clock.move(MINUTE)
    after = Server(Table(row("a")), world, block={**BLOCK, "table": "actions"}, name="later")
    assert after.follow() == ["a"]
    assert after.registry.jobs.cursors["a"] == NOON
    assert sorted(event[:2] for event in after.events) == [
        ("add", "a"),
        ("add", "a"),
        ("add", "b"),
        ("cancel", "b"),
    ]


def test_a_date_that_has_just_passed_is_run_once_and_its_row_adds_it_no_more():
    block = {**BLOCK, "columns": {"name": "name", "run at": "at"}}
    table = Table({"name": "a", "run at": NOON - MINUTE}, {"name": "old", "run at": NOON - 60 * MINUTE})
    one = Server(table, block=block)
    one.follow()
    a, old = (one.registry.find(name) for name in ("a", "old"))
    assert a.schedule.next_after(one.registry.jobs.cursors["a"]) == NOON - MINUTE
    assert old.schedule.next_after(one.registry.jobs.cursors["old"]) is None
    one.follow()
    assert len(one.events) == 2


def test_rows_may_be_jobs_on_demand():
    one = Server(Table(row("a", crontab=None)), block={**BLOCK, "type": "manual"})
    assert one.follow() == ["a"]
    assert one.problems == []
    assert one.registry.find("a").is_on_demand


def test_a_name_that_is_taken_is_told_by_the_check_of_all_tables_too():
    whole = configuration({"a": CONFIGURED, "jobs from": [BLOCK, BLOCK]})
    jobs, problems = read_all(whole, lambda _: [row("a"), row("b")], NOON)
    assert [job.name for job in jobs] == ["b"]
    assert [" ".join(problem.path[1:]) for problem in problems] == [
        "data db: action a",
        "data db: action 2 a",
        "data db: action 2 b",
    ]


def test_what_is_wrong_with_the_jobs_of_other_rows_does_not_matter_to_the_check_of_all_tables():
    block = configuration({"jobs from": [BLOCK, {**BLOCK, "table": "gone"}]})

    def read(table):
        if table.table == "gone":
            raise TableUnreadable("it is gone", hint="Make it.")
        return [row("a"), row("b", crontab="never")]

    jobs, problems = read_all(block, read, NOON)
    assert [job.name for job in jobs] == ["a"]
    assert [problem.code for problem in problems] == ["bad-crontab", "table-unreadable"]
    assert problems[1].hint == "Make it."


def test_rows_whose_definitions_are_known_are_not_read_again():
    def read_row(*_):
        pytest.fail("it was read")

    (table,) = configuration({"jobs from": BLOCK}).settings.jobs_from
    known = jobs_of(table, [row("a")], lambda *_: (None, [])).definitions
    found = jobs_of(table, [row("a")], read_row, known)
    assert (found.definitions, found.jobs, found.problems) == (known, {}, [])
