# do not pre-load
"""The store in memory: it passes the same tests as the one in SQL."""

from __future__ import annotations

from .memory.additions import MemoryAdditions
from .memory.claims import MemoryClaims
from .memory.handover import MemoryHandover
from .memory.history import MemoryHistory
from .memory.orders import MemoryOrders
from .memory.polls import MemoryPolls
from .memory.processes import MemoryProcesses
from .memory.runs import MemoryRuns
from .memory.streaks import MemoryStreaks
from .memory.switches import MemorySwitches
from .memory.tallies import MemoryTallies
from .memory.world import MemoryWorld

__all__ = ["MemoryStore", "MemoryWorld"]


class MemoryStore(
    MemoryClaims,
    MemoryRuns,
    MemoryProcesses,
    MemorySwitches,
    MemoryOrders,
    MemoryAdditions,
    MemoryStreaks,
    MemoryHandover,
    MemoryPolls,
    MemoryHistory,
    MemoryTallies,
):
    """A store in memory, for tests: the same rules as the one in SQL."""
