"""What job functions wrote (site_jobs/noting.py), read by the tests."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import fields as fields_of
from pathlib import Path
from typing import Any

from devserver.waiting import until

#: the folder that goes on the devserver's pythonpath, so that `site_jobs.noting.note` can be imported there
PYTHONPATH = Path(__file__).parent
#: the folder of the modules that a job names without a package, as in `readme_jobs.levels`
TOP_LEVEL = PYTHONPATH / "top_level_jobs"


@dataclass(frozen=True, kw_only=True)
class Note:
    """A line that a job function wrote. Times are seconds since the epoch."""

    #: such as begin, end or told
    what: str
    at: float
    pid: int
    thread: int
    job: str = ""
    run: str = ""
    due: float = 0
    attempt: int = 0
    #: whatever else the function had to say
    facts: Mapping[str, Any]

    @property
    def lateness(self) -> float:
        """How long after its due time (seconds)."""
        return self.at - self.due


_KNOWN = {field.name for field in fields_of(Note)} - {"facts"}


def _note(line: Mapping[str, Any]) -> Note:
    known = {name: value for name, value in line.items() if name in _KNOWN}
    return Note(**known, facts={name: value for name, value in line.items() if name not in _KNOWN})


class Notes:
    """The file that the job functions write to."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    def read(self, what: str | None = None, job: str | None = None, **wanted: Any) -> list[Note]:
        """All complete lines, of all kinds and jobs or one; `wanted` are other attributes of a note."""
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        notes = (_note(json.loads(line)) for line in text.splitlines(keepends=True) if line.endswith("\n"))
        return [
            note
            for note in notes
            if what in (None, note.what)
            and job in (None, note.job)
            and all(getattr(note, name) == value for name, value in wanted.items())
        ]

    def wait(
        self, what: str, job: str | None = None, timeout: float = 120, *, count: int = 1, **wanted: Any
    ) -> list[Note]:
        """Wait for some lines of a kind; return all of them."""
        return until(
            lambda: found if len(found := self.read(what, job, **wanted)) >= count else [],
            f"{count} notes {what!r} of {job or 'any job'}",
            timeout,
        )

    def wait_for_more(self, job: str, more: int = 3, timeout: float = 120) -> None:
        """Wait until a job has begun some more times."""
        self.wait("begin", job, timeout, count=len(self.read("begin", job)) + more)

    def unfinished(self) -> list[Note]:
        """How the runs began that did not end: the ones that go on at this moment, too."""
        ended = {note.run for note in self.read("end")}
        return [note for note in self.read("begin") if note.run not in ended]

    def order(self, job: str, what: str, timeout: float = 120) -> Note:
        """Have one run of a job that calls `obey` do something; return how it began."""
        asked = self.path.with_name(f"{self.path.name}.{job}")
        asked.write_text(what, encoding="utf-8")
        until(lambda: not asked.exists(), f"run of {job} that does it", timeout)
        return self.read("begin", job)[-1]

    def hang(self, job: str) -> Note:
        """Make a job that calls `obey` hang; return how it began when it does."""
        return self.order(job, "hang")


def begun_twice(notes: Iterable[Note]) -> list[tuple[str, float, int]]:
    """The due times (and attempts) whose function was entered more than once."""
    entered = Counter((note.job, note.due, note.attempt) for note in notes if note.what == "begin")
    return [key for key, count in entered.items() if count > 1]
