"""What is measured: which measure, of which peers, under which load, how often."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks.load import Load

#: this package, and another checkout of it if there is one
OURS = ("scheduler", "against")
EVERYWHERE = (*OURS, "uwsgi", "apscheduler", "celery", "rq", "former")
#: those that run any number of jobs
ANY_NUMBER = (*OURS, "apscheduler", "celery", "rq")
ALONE = ("docassemble", "docassemble 1.9")
#: those that have pages
INSIDE = (*OURS, "former", *ALONE)

ONE_A_SECOND = Load(jobs=1, every=1, lasting=30, dues_noted=True)
SIXTY_AT_ONCE = Load(jobs=60, every=5, lasting=30, dues_noted=True)
SIXTY_A_SECOND = Load(jobs=60, every=1, lasting=30)
#: more than any peer can run; those that are told each due time are told enough to be busy with
TOO_MANY = Load(jobs=1000, every=1, lasting=4)


@dataclass(frozen=True, slots=True)
class Step:
    """One measure of some peers under one load; the peers take turns, round after round."""

    measure: str
    #: the name of the load in the results
    title: str
    load: Load
    peers: tuple[str, ...]
    #: how long a peer is watched, 0 = for one full minute; how often it is restarted, of the measure `boot`
    seconds: float
    rounds: int


#: less than five minutes; too little time to know what docassemble takes by itself
SHORT = (
    Step("lateness", "1 job", ONE_A_SECOND, EVERYWHERE, 5, 2),
    Step("cost", "60 jobs/s", SIXTY_A_SECOND, EVERYWHERE, 5, 2),
)

#: forty minutes
FULL = (
    Step("idle", "0 jobs", Load(jobs=0), ALONE, 20, 1),
    Step("boot", "0 jobs", Load(jobs=0), ALONE, 2, 1),
    Step("lateness", "1 job", ONE_A_SECOND, EVERYWHERE, 12, 2),
    Step("lateness", "60 jobs", SIXTY_AT_ONCE, EVERYWHERE, 10, 2),
    Step("lateness", "1000 jobs", Load(jobs=1000, every=60), ANY_NUMBER, 0, 1),
    Step("lateness", "each minute", Load(jobs=1, every=60), EVERYWHERE, 0, 1),
    Step("cost", "60 jobs/s", SIXTY_A_SECOND, EVERYWHERE, 8, 2),
    Step("site", "60 jobs/s", SIXTY_A_SECOND, (*OURS, "former"), 15, 2),
    Step("site", "60 jobs/s", SIXTY_A_SECOND, ("apscheduler", "celery", "rq"), 15, 1),
    Step("throughput", "1000 jobs/s", TOO_MANY, ANY_NUMBER, 8, 2),
    Step("idle", "10 jobs", Load(jobs=10), EVERYWHERE, 20, 1),
    Step("boot", "10 jobs", Load(jobs=10), (*OURS, "former"), 2, 1),
    Step("site", "0 jobs/s", Load(jobs=10), ("docassemble", *OURS, "former"), 15, 2),
    Step("idle", "1000 jobs", Load(jobs=1000), ANY_NUMBER, 10, 1),
    Step("idle", "10000 jobs", Load(jobs=10000), ("docassemble", *ANY_NUMBER), 20, 1),
    Step("boot", "10000 jobs", Load(jobs=10000), ("docassemble", *OURS), 2, 1),
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
