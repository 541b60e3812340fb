"""A history: records of runs that never were, so that a peer of ours works with a table as large as after a while."""

from pathlib import Path

from benchmarks.load import Load, read_entries
from devserver.postgres import Postgres
from devserver.waiting import until

#: as if all jobs had been run at each of their due times before now
RECORDS = """\
INSERT INTO {table} (id, job, due, claimed, started, finished, count, attempt, status, trigger, process, server)
SELECT lpad(to_hex((extract(epoch FROM due) * 1000)::bigint), 12, '0') || lpad(to_hex(number), 20, '0'),
    'benchmark_jobs.enter job' || number % {jobs}, due, due, due, due + interval '1 millisecond',
    1, 1, 'succeeded', 'schedule', 'history', 'benchmark'
FROM generate_series(1, {records}) AS number,
    LATERAL (SELECT date_trunc('second', now() AT TIME ZONE 'UTC') - number / {jobs} * interval '{every} s' AS due) AS _
"""
TABLE = "scheduler_run"


def records(load: Load, table: str = TABLE) -> str:
    """Return the statement that makes the records."""
    return RECORDS.format(table=table, jobs=load.jobs, records=load.history, every=load.every)


def make(postgres: Postgres, load: Load, notes: Path) -> None:
    """Make the history of a load once a job has run, and leave the table as autovacuum does."""
    if load.history:
        # docassemble answers before there are tables
        until(lambda: read_entries(notes), "run", 60)
        postgres.execute(records(load))
        postgres.execute(f"VACUUM {TABLE}")
        postgres.execute("CHECKPOINT")
