"""procrastinate: its queue, or its periodic tasks."""

from benchmarks.peers.on_postgres import OnPostgres
from benchmarks.place import Place


class Procrastinate(OnPostgres):
    """One worker that runs 20 jobs at once, as many as APScheduler's pool has threads.

    A record of each job is kept. The queue is fed when a period begins; the worker itself puts periodic tasks into it.
    """

    def __init__(self, name: str, place: Place, *, cron: bool) -> None:
        super().__init__(name, place, "procrastinate_program.py", "cron" if cron else "queue")
