"""What is measured: which measure, of which peers, under which load, how often."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks.load import Load

#: this package, and another checkout of it if there is one
OURS = ("scheduler", "against")
#: the same, where the disk decides: once more with a PostgreSQL that waits for it
OURS_SYNCED = (*OURS, "scheduler fsync")
#: those that keep a record of each run in PostgreSQL
RECORDING = ("pgqueuer", "procrastinate")
CRON = ("pgqueuer cron", "procrastinate cron")
ALONE = ("docassemble", "docassemble 1.9")
#: those that have pages
INSIDE = (*OURS_SYNCED, "former", *ALONE)

ONE_A_SECOND = Load(jobs=1, every=1, lasting=30, dues_noted=True)
SIXTY_AT_ONCE = Load(jobs=60, every=5, lasting=30, dues_noted=True)
SIXTY_A_SECOND = Load(jobs=60, every=1, lasting=30)
A_HISTORY, A_LONG_HISTORY = (
    replace(SIXTY_A_SECOND, history=100_000),
    replace(SIXTY_A_SECOND, history=1_000_000),
)
#: more than any peer can run; those that are told each due time are told enough to be busy with
TOO_MANY = Load(jobs=3000, every=1, lasting=4)
#: all at once, and time enough to run them
A_THOUSAND_AT_ONCE = Load(jobs=1000, every=30, lasting=30)
ONE_A_MINUTE = Load(jobs=1, every=60)
#: seconds between two heartbeats: windows are multiples of it, and so hold the same number of them
HEARTBEAT = 10


@dataclass(frozen=True, slots=True)
class Step:
    """One measure of some peers under one load; the peers take turns, round after round."""

    measure: str
    #: the name of the load in the results
    title: str
    load: Load
    peers: tuple[str, ...]
    #: how long a peer is watched, 0 = for one full period; how often it is restarted, of the measure `boot`
    seconds: float
    rounds: int


#: less than five minutes; too little time to know what docassemble takes by itself
SHORT = (
    Step("cost", "60 jobs/s", SIXTY_A_SECOND, (*OURS, "apscheduler", *RECORDING), 10, 3),
    Step("lateness", "60 jobs/s", SIXTY_A_SECOND, (*OURS, "apscheduler", *RECORDING), 10, 3),
)

#: an hour; what is compared with ours in a target is measured in three rounds, what is only shown beside it, in one
FULL = (
    Step("idle", "0 jobs", Load(jobs=0), ALONE, 20, 3),
    Step("boot", "0 jobs", Load(jobs=0), ALONE, 1, 3),
    Step("lateness", "1 job", ONE_A_SECOND, (*OURS, "apscheduler"), 10, 3),
    Step("lateness", "1 job", ONE_A_SECOND, ("uwsgi", "celery", "rq", "former"), 10, 1),
    Step("lateness", "60 jobs", SIXTY_AT_ONCE, (*OURS, "apscheduler", *CRON), 10, 3),
    Step("lateness", "60 jobs", SIXTY_AT_ONCE, ("uwsgi", *RECORDING, "celery", "rq", "former"), 10, 1),
    Step("lateness", "each minute", ONE_A_MINUTE, (*OURS, "apscheduler"), 0, 3),
    Step("lateness", "each minute", ONE_A_MINUTE, ("uwsgi", *CRON, "celery", "rq", "former"), 0, 1),
    Step(
        "cost", "60 jobs/s", SIXTY_A_SECOND, (*OURS_SYNCED, "apscheduler", *RECORDING, "pgqueuer cron"), 10, 3
    ),
    Step(
        "cost", "60 jobs/s", SIXTY_A_SECOND, ("uwsgi", "procrastinate cron", "celery", "rq", "former"), 10, 1
    ),
    Step("history", "0 records", SIXTY_A_SECOND, OURS, 10, 3),
    Step("site", "60 jobs/s", SIXTY_A_SECOND, OURS, 20, 3),
    Step("site", "60 jobs/s", SIXTY_A_SECOND, ("former", "apscheduler", "celery", "rq"), 20, 1),
    Step("history", "100000 records", A_HISTORY, OURS, 10, 3),
    Step("history", "1000000 records", A_LONG_HISTORY, OURS, 10, 3),
    Step("throughput", "3000 jobs/s", TOO_MANY, (*OURS_SYNCED, "apscheduler"), 10, 3),
    Step("throughput", "3000 jobs/s", TOO_MANY, (*RECORDING, "celery", "rq"), 10, 1),
    Step("burst", "1000 jobs", A_THOUSAND_AT_ONCE, (*OURS_SYNCED, "apscheduler"), 0, 3),
    Step("burst", "1000 jobs", A_THOUSAND_AT_ONCE, (*RECORDING, "rq"), 0, 1),
    Step("idle", "10 jobs", Load(jobs=10), OURS, 20, 3),
    Step("idle", "10 jobs", Load(jobs=10), ("uwsgi", "apscheduler", *CRON, "celery", "rq", "former"), 20, 1),
    Step("boot", "10 jobs", Load(jobs=10), OURS, 1, 3),
    Step("boot", "10 jobs", Load(jobs=10), ("former",), 1, 1),
    Step("site", "0 jobs/s", Load(jobs=10), ("docassemble", *OURS), 20, 3),
    Step("site", "0 jobs/s", Load(jobs=10), ("former",), 20, 1),
    Step("idle", "10000 jobs", Load(jobs=10000), ("docassemble", *OURS), 20, 3),
    Step("idle", "10000 jobs", Load(jobs=10000), ("apscheduler", "celery", "rq"), 10, 1),
    Step("boot", "10000 jobs", Load(jobs=10000), ("docassemble", *OURS), 1, 3),
)


@dataclass(frozen=True, slots=True)
class Turn:
    """One peer's turn in one round: started once, it shows all that is measured under one load."""

    peer: str
    round: int
    steps: tuple[Step, ...]

    @property
    def load(self) -> Load:
        """What it runs."""
        return self.steps[0].load

    @property
    def is_beside(self) -> bool:
        """Whether a docassemble runs beside it that it has nothing to do with."""
        return _is_beside(self.steps[0], self.peer)


def chosen(steps: Sequence[Step], peers: Collection[str], measures: Collection[str]) -> tuple[Step, ...]:
    """Return the steps with these peers and measures only; empty = all of them."""
    kept = (
        replace(step, peers=tuple(peer for peer in step.peers if not peers or peer in peers))
        for step in steps
        if not measures or step.measure in measures
    )
    return tuple(step for step in kept if step.peers)


def turns(steps: tuple[Step, ...]) -> Iterator[Turn]:
    """Yield the turns in order: round by round, all loads; within a load, one peer after the other."""
    for number in range(1, max(step.rounds for step in steps) + 1):
        present = [step for step in steps if number <= step.rounds]
        for load in dict.fromkeys(step.load for step in present):
            yield from _turns_under([step for step in present if step.load == load], number)


def _turns_under(steps: Sequence[Step], number: int) -> Iterator[Turn]:
    """Yield the turns of one round under one load."""
    starts: dict[tuple[bool, str], list[Step]] = {}
    for step in steps:
        for peer in step.peers:
            starts.setdefault((_is_beside(step, peer), peer), []).append(step)
    for (_, peer), shown in starts.items():
        yield Turn(peer, number, tuple(shown))


def _is_beside(step: Step, peer: str) -> bool:
    return step.measure == "site" and peer not in INSIDE
