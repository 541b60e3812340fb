"""Servers whose jobs are all due every second, and whether the promises were kept there."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.measuring import FIGURES
from tests.integration.notes import Notes, begun_twice
from tests.integration.records import Record, Tables, covered, every_second

#: how long after a test everything must have settled (seconds): a server that was killed starts meanwhile
SETTLED = 120


@dataclass(frozen=True, kw_only=True)
class Site:
    """The servers, and what their jobs leave behind."""

    server: DevServer
    notes: Notes
    tables: Tables
    #: the names of the jobs; each is due every second
    jobs: tuple[str, ...]

    def logs(self) -> list[str]:
        """The scheduler.log of each server."""
        return [self.server.read_log(index) for index in range(len(self.server.urls))]

    def lasting(self, seconds: int) -> tuple[int, int]:
        """Wait for that long and until what was due has settled; return its first second and the one after its last."""
        begin = int(time.time()) + 2
        end = begin + seconds
        until(lambda: time.time() >= end, "end of the time", seconds + 10)
        self.settle(end)
        return begin, end

    def settle(self, end: int) -> None:
        """Wait until what was due before `end` has been dealt with."""
        until(lambda: not self.tables.unsettled(self.jobs, end), "settled database", SETTLED, every=1)

    def records(self, begin: int, end: int) -> list[Record]:
        """The records of that time."""
        return [record for record in self.tables.records() if record.until >= begin and record.due < end]

    def check(self, begin: int, end: int) -> None:
        """Each due time has one record, and its function was entered once if that says that it ran."""
        found = self.records(begin, end)
        _report(found)
        have = covered(found)
        assert {due: have[due] for due in every_second(self.jobs, begin, end) if have[due] != 1} == {}
        assert [record for record in found if record.count != record.until - record.due + 1] == []
        begun = self.notes.read("begin")
        assert begun_twice(begun) == []
        entered, ended = {note.run for note in begun}, {note.run for note in self.notes.read("end")}
        assert [r for r in found if r.status == "succeeded" and r.id not in ended] == []
        assert [r for r in found if r.status in ("skipped", "missed") and r.id in entered] == []
        assert entered - {record.id for record in self.tables.records()} == set()


def _report(found: Iterable[Record]) -> None:
    due: Counter[str] = Counter()
    for record in found:
        due[record.status] += record.count
    late = sorted(r.claimed - r.due for r in found if r.status == "succeeded" and r.trigger == "schedule")
    FIGURES.info("due times: %s", dict(due))
    if late:
        FIGURES.info("claimed p50 %.0f ms, max %.0f ms late", late[len(late) // 2] * 1e3, late[-1] * 1e3)
