# do not pre-load
"""What the job threads of a process are doing: what servers tell each other, and people read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Manning:
    """What the job threads of a process are doing."""

    #: waiting for work
    free: int = 0
    #: running a job, or at work around one
    busy: int = 0
    #: in a run that does not end although it was stopped, or busy outside of any run for more than a minute
    stuck: int = 0

    @property
    def can_work(self) -> bool:
        """Whether any thread can take work, now or when its run is over."""
        return self.free + self.busy > 0
