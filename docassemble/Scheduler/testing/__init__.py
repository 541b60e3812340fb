# do not pre-load
"""Stand-ins for the world outside, for tests: of the scheduler itself and of your own jobs."""

from .clock import ManualClock, job
from .host import FakeHost
from .store import MemoryStore, MemoryWorld
from .uwsgi import FakeUwsgi

__all__ = ["FakeHost", "FakeUwsgi", "ManualClock", "MemoryStore", "MemoryWorld", "job"]
