# do not pre-load
"""For tests of your own jobs: a simulated scheduler. Besides, stand-ins for the world outside, for our own tests."""

from .clock import ManualClock, job
from .host import FakeHost
from .simulation import SentMail, SimulatedScheduler, simulated_scheduler
from .spool import MemorySpool
from .store import MemoryStore, MemoryWorld
from .uwsgi import FakeUwsgi

__all__ = [
    "FakeHost",
    "FakeUwsgi",
    "ManualClock",
    "MemorySpool",
    "MemoryStore",
    "MemoryWorld",
    "SentMail",
    "SimulatedScheduler",
    "job",
    "simulated_scheduler",
]
