"""What a peer is asked to run."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.programs.benchmark_jobs import names


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """So many jobs, all due in the same second: every so many seconds of the clock, or never in our lifetime."""

    jobs: int
    #: seconds; 60 = the first second of each minute, as a cron entry; None = once a year
    every: int | None = None
    #: seconds of due times that are needed, of peers that must be told each due time
    lasting: int = 60
    #: whether peers whose due times only they know note them; it costs a little
    dues_noted: bool = False
    #: records of earlier runs in the database, of peers that keep one there
    history: int = 0

    @property
    def names(self) -> list[str]:
        """The name of each job."""
        return names(self.jobs)


@dataclass(frozen=True, slots=True)
class Entry:
    """A job was entered."""

    job: str
    #: Unix time, in seconds
    at: float


def read_entries(notes: Path) -> list[Entry]:
    """Return what `benchmark_jobs.enter` has left in a file, earliest first; a line half written is left out."""
    if not notes.exists():
        return []
    lines = notes.read_text(encoding="utf-8").split("\n")[:-1]
    entries = (line.split() for line in lines)
    return sorted((Entry(job, float(at)) for job, at in entries), key=lambda entry: entry.at)
