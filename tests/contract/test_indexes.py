"""With many records in the database, no question reads them all."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from minutely import MINUTE, NOON, claim, every_minute, opened, outcome, process
from sqlalchemy import event

from docassemble.Scheduler.core.run import Status, Trigger
from docassemble.Scheduler.core.session_action import Place
from docassemble.Scheduler.store.records import RunQuery

#: how many records there are: enough for the client to see what an index is worth
MANY = 30_000
#: how many of them a search may look at
WINDOW = 1_000


@pytest.fixture
def full(postgresql):
    """A database with many records."""
    store = opened(postgresql)
    runs = store.database.tables.runs.name
    rows = (
        f"SELECT lpad(n::text, 32, '0'), 'job ' || n % 50, at, 1, 1, 'succeeded', 'schedule',"
        f" '{process().id}', 'web', at, at, at FROM generate_series(1, {MANY}) n,"
        " LATERAL (SELECT timestamp '2026-03-01' - n * interval '1 min' AS at) a"
    )
    columns = "id, job, due, count, attempt, status, trigger, process, server, claimed, started, finished"
    with store.database.transaction() as connection:
        connection.exec_driver_sql(f"INSERT INTO {runs} ({columns}) {rows.replace('%', '%%')}")
        connection.exec_driver_sql(f"ANALYZE {runs}")
    return store


def ask_everything(store):
    store.poll(NOON)
    store.retries(["job 1"], NOON)
    store.give_up_expired(NOON, {})
    store.stop_requests(["0" * 32, "1" * 32])
    store.request_stop("0" * 32, "BY_HAND", NOON, "alice@example.com")
    store.dequeue("0" * 32, process(), NOON)
    store.unregister(process(), NOON)
    store.register(process("two"), NOON)
    store.reap(process("two"), None, {}, NOON)
    store.prune(NOON - timedelta(days=1), 20)  # of so many, 500 would be worth a reading of all


@contextmanager
def heard(engine):
    """Gather the statements that the block executes, with their values."""
    statements = []

    def remember(_connection, cursor, statement, parameters, *_):
        statements.append(cursor.mogrify(statement, parameters).decode())

    event.listen(engine, "before_cursor_execute", remember)
    yield statements
    event.remove(engine, "before_cursor_execute", remember)


def test_no_question_reads_all_records(full):
    with heard(full.database.engine) as statements:
        ask_everything(full)
    runs = full.database.tables.runs.name
    about_runs = [each for each in statements if runs in each]
    assert len(about_runs) == 12
    with full.database.engine.begin() as connection:
        # whether an index is worth it is the client's business, and moves; that there is one is ours
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for statement in about_runs:
            plan = connection.exec_driver_sql(f"EXPLAIN {statement.replace('%', '%%')}").scalars().all()
            assert f"Seq Scan on {runs}" not in "\n".join(plan), statement


def rows_read(plan):
    """Return how many rows a node of a plan has looked at, the most of all nodes."""
    here = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    # a bitmap has the rows that tests before have deleted, too
    below = [each for each in plan.get("Plans", ()) if each["Node Type"] != "Bitmap Index Scan"]
    return max([here, *map(rows_read, below)])


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"before": "0" * 27 + "15000"},
        {"statuses": (Status.FAILED, Status.SUCCEEDED)},
        {"job": "job 7"},
        {"job": "job 7", "statuses": (Status.FAILED,)},
        {"job": "job 7", "statuses": (Status.SUCCEEDED,), "text": "nowhere"},
        {"text": "nowhere"},
        {"server": "nowhere", "statuses": (Status.SUCCEEDED,)},
        {"trigger": Trigger.MANUAL, "before": "0" * 27 + "15000"},
        {"error": "nothing #"},
    ],
    ids=str,
)
def test_a_page_of_runs_looks_at_no_more_records_than_it_may(full, wanted):
    with heard(full.database.engine) as statements:
        full.page(RunQuery(**wanted), WINDOW)
    with full.database.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for statement in statements:
            explained = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.replace('%', '%%')}"
            ((plan,),) = connection.exec_driver_sql(explained).scalars().all()
            assert rows_read(plan["Plan"]) <= WINDOW, statement


#: statements that are prepared once for each connection, and what they may be executed with
PREPARED = {
    "begin_short": """'2026-03-01', 'process', '[{"name": "a.b"}]', 0""",
    "end_short": """'[{"id": "a"}]', 'running', 'interrupted', 'timed out', 'stopped'""",
    "made": "'{a,b}', '{a.b}', '{c}'",
}


@pytest.mark.parametrize("statement", PREPARED)
def test_what_is_prepared_while_there_are_few_rows_reads_not_all_of_them_later(postgresql, statement):
    store = opened(postgresql, every_minute())
    for number in range(1, 4):  # the second and later ones by prepared statements
        store.finish(claim(store, every_minute(), NOON + number * MINUTE).run, outcome())
    prepared = f"SELECT name FROM pg_prepared_statements WHERE name LIKE 'scheduler_{statement}_%%'"
    with store.database.engine.connect() as connection:
        # as after some executions, when PostgreSQL keeps the plan
        connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
        name = connection.exec_driver_sql(prepared).scalar_one()
        plan = "\n".join(
            connection.exec_driver_sql(f"EXPLAIN EXECUTE {name} ({PREPARED[statement]})").scalars()
        )
    for table in (store.database.tables.runs, store.database.tables.jobs):
        assert f"Seq Scan on {table.name}" not in plan


def test_nothing_is_compiled_that_runs_faster_than_it_compiles(full):
    with full.database.engine.begin() as connection:
        assert connection.exec_driver_sql("SHOW jit").scalar() == "off"


@pytest.fixture
def waiting(postgresql):
    """A database with 10,000 actions that wait in sessions for years, two in each."""
    store = opened(postgresql)
    table = store.database.tables.session_actions.name
    rows = (
        "SELECT 'in session ' || n, lpad((n / 2)::text, 32, '0'), 'an.yml', '{}', at, at, at, 'ann', n"
        " FROM generate_series(1, 10000) n, LATERAL (SELECT timestamp '2036-03-01' + n * interval '1 min' AS at) a"
    )
    columns = "name, place, interview, action, due, wake_at, at, actor, version"
    with store.database.transaction() as connection:
        connection.exec_driver_sql(f"INSERT INTO {table} ({columns}) {rows}")
        connection.exec_driver_sql(f"ANALYZE {table}")
    return store


def nodes_about(table, plan):
    """The nodes of a plan that read a table."""
    return [
        *[plan][: plan.get("Relation Name") == table],
        *(node for below in plan.get("Plans", ()) for node in nodes_about(table, below)),
    ]


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: store.poll(NOON),
        lambda store: store.near_actions(NOON, 200),
        lambda store: store.actions_of(Place(interview="an.yml", session="s")),
    ],
    ids=["poll", "near", "of a session"],
)
def test_of_the_actions_that_wait_for_long_nobody_reads_any(waiting, ask):
    with heard(waiting.database.engine) as statements:
        ask(waiting)
    table = waiting.database.tables.session_actions.name
    (statement,) = (each for each in statements if table in each)
    with waiting.database.engine.begin() as connection:
        explained = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}").scalar_one()
    nodes = nodes_about(table, explained[0]["Plan"])
    assert nodes
    assert [rows_read(node) for node in nodes] == [0] * len(nodes)
