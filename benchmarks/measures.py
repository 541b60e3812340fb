"""The measures: each watches a peer that runs a load for some seconds, and returns figures."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import MappingProxyType

from benchmarks.load import Entry, Load, read_entries
from benchmarks.peers.peer import Peer, Running
from benchmarks.usage import cpu_seconds, memory_bytes
from benchmarks.visits import Figures, look_at, visit
from devserver.errors import DevServerError
from devserver.waiting import until

#: seconds after its start in which a peer is not watched yet
SETTLING = 2.0
#: and this long before that, where what a start leaves to be done later would count
CALMING = 4.0
#: what docassemble loads for its first visitors belongs to docassemble
LOOKS = 20


@dataclass(frozen=True, slots=True)
class Watch:
    """What was seen of a peer from `begin` to `end` (Unix time)."""

    begin: float
    end: float
    #: seconds of CPU of the peer's own processes, and of its databases
    cpu: float
    databases: float
    entries: list[Entry]

    @property
    def seconds(self) -> float:
        """How long it was watched."""
        return self.end - self.begin


@dataclass(frozen=True, slots=True)
class Scene:
    """A peer that runs a load."""

    peer: Peer
    running: Running
    load: Load
    notes: Path


def lateness(scene: Scene, seconds: float) -> Figures:
    """Due time to first line of the function, in so many seconds; 0 = of the next full minute."""
    entries = _of_a_minute(scene) if seconds == 0 else _watch(scene, seconds).entries
    late = sorted(scene.peer.lateness(_some(entries, scene.peer), scene.load, scene.notes))
    return {
        "p50 ms": median(late) * 1e3,
        "p99 ms": late[min(len(late) - 1, int(len(late) * 0.99))] * 1e3,
        "max ms": late[-1] * 1e3,
        "runs": len(late),
    }


def _of_a_minute(scene: Scene) -> list[Entry]:
    # what is run before the minute begins was due earlier, in the round before perhaps
    minute = (time.time() // 60 + 1) * 60

    def entries() -> list[Entry]:
        return [entry for entry in read_entries(scene.notes) if entry.at >= minute]

    jobs = scene.load.jobs
    until(lambda: len(entries()) >= jobs, f"{jobs} entries of one minute", 180)
    return entries()[:jobs]


def cost(scene: Scene, seconds: float) -> Figures:
    """CPU of all processes for each run."""
    watch = _watch(scene, seconds)
    runs = len(_some(watch.entries, scene.peer))
    return {
        "cpu us per run": (watch.cpu + watch.databases) / runs * 1e6,
        "database us per run": watch.databases / runs * 1e6,
        "runs per s": runs / watch.seconds,
    }


def throughput(scene: Scene, seconds: float) -> Figures:
    """Runs a second when far more are due than can run."""
    watch = _watch(scene, seconds)
    return {"runs per s": len(watch.entries) / watch.seconds}


def idle(scene: Scene, seconds: float) -> Figures:
    """CPU and memory while nothing is due, and the site has had a few visitors."""
    if scene.running.url is not None:
        look_at(scene.running.url, LOOKS)
    time.sleep(CALMING)
    watch = _watch(scene, seconds)
    memory = memory_bytes(scene.running.processes)
    return {
        "cpu s per hour": (watch.cpu + watch.databases) / watch.seconds * 3600,
        "memory MB": memory / 1e6,
    }


def boot(scene: Scene, times: float) -> Figures:
    """How long docassemble's restart takes, until the page answers: the median of several."""
    return {"boot s": median(_seconds(scene.running.reload) for _ in range(int(times)))}


def site(scene: Scene, seconds: float) -> Figures:
    """How docassemble answers while jobs run."""
    visit(scene.running.url, SETTLING)
    begin = time.time()
    figures = visit(scene.running.url, seconds)
    elapsed = time.time() - begin
    runs = sum(entry.at >= begin for entry in read_entries(scene.notes))
    return {**figures, "runs per s": runs / elapsed}


#: by their names in the results; called with how many seconds (or times), too
MEASURES: Mapping[str, Callable[[Scene, float], Figures]] = MappingProxyType(
    {each.__name__: each for each in (lateness, cost, throughput, idle, boot, site)}
)


def _watch(scene: Scene, seconds: float) -> Watch:
    running = scene.running
    time.sleep(SETTLING)
    begin, cpu, databases = time.time(), cpu_seconds(running.processes), cpu_seconds(running.databases)
    time.sleep(seconds)
    cpu, databases = cpu_seconds(running.processes) - cpu, cpu_seconds(running.databases) - databases
    end = time.time()
    entries = [entry for entry in read_entries(scene.notes) if begin <= entry.at < end]
    return Watch(begin, end, cpu, databases, entries)


def _some(entries: list[Entry], peer: Peer) -> list[Entry]:
    if not entries:
        raise DevServerError(f"{peer.name} ran nothing while it was watched")
    return entries


def _seconds(call: Callable[[], None] | None) -> float:
    if call is None:
        raise DevServerError("only docassemble is restarted")
    begin = time.monotonic()
    call()
    return time.monotonic() - begin
