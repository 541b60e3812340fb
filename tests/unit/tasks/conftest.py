"""docassemble's configuration, and a job that can be stopped, for the tests of the shipped jobs."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from docassemble.Scheduler.core.run import StopReason
from docassemble.Scheduler.execution.cancellation import CancelToken, interruptible
from docassemble.Scheduler.execution.context import running
from tests.unit.runs import a_run


@pytest.fixture
def daconfig(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    config: dict[str, Any] = {}
    module = ModuleType("docassemble.base.config")
    module.daconfig = config  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "docassemble.base", ModuleType("docassemble.base"))
    monkeypatch.setitem(sys.modules, "docassemble.base.config", module)
    return config


class Stoppable:
    """Runs a function as a job does, in a thread of its own."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self._stop = CancelToken()
        self.returned: object = None
        self.raised: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            with running(a_run(), self._stop), interruptible(self._stop):
                self.returned = self._work()
        except BaseException as error:
            self.raised = error

    def stop(self, *, force: bool, then: Callable[[], None] = lambda: None) -> BaseException | None:
        """Ask it to stop, or force it, as when its `max runtime` is over; call `then`; return what was raised."""
        self._stop.request(StopReason.TIMEOUT)
        if force:
            self._stop.interrupt()
        then()
        self._thread.join(10)
        assert not self._thread.is_alive()
        return self.raised


@pytest.fixture
def stoppable() -> Callable[[Callable[[], object]], Stoppable]:
    return Stoppable
