"""APScheduler 3, with its SQLAlchemy store in PostgreSQL."""

from benchmarks.peers.on_postgres import OnPostgres
from benchmarks.place import Place


class APScheduler(OnPostgres):
    """A process of its own, with the pool of 20 threads of the example in its user guide."""

    def __init__(self, place: Place) -> None:
        super().__init__("apscheduler", place, "apscheduler_program.py")
