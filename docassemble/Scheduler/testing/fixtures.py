# do not pre-load
"""The fixture for pytest; in conftest.py: `from docassemble.Scheduler.testing.fixtures import scheduler`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .simulation import SimulatedScheduler, simulated_scheduler


@pytest.fixture
def scheduler() -> Iterator[SimulatedScheduler]:
    """Return a scheduler in memory without a job, at noon UTC of 1 January 2027."""
    with simulated_scheduler() as simulated:
        yield simulated
