"""PgQueuer: its queue, or its schedules."""

from benchmarks.peers.on_postgres import OnPostgres
from benchmarks.place import Place


class PgQueuer(OnPostgres):
    """One process and one event loop, as `pgq run` starts it.

    The queue keeps a record of each job, and is fed when a period begins. Schedules keep none.
    """

    def __init__(self, name: str, place: Place, *, cron: bool) -> None:
        super().__init__(name, place, "pgqueuer_program.py", "cron" if cron else "queue")
