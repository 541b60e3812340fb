"""The measures: each starts a peer with a load, watches it for some seconds, and returns figures."""

import re
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import MappingProxyType

from benchmarks.load import Entry, Load, read_entries
from benchmarks.peers.peer import Peer, Running
from benchmarks.usage import cpu_seconds, memory_bytes
from devserver.errors import DevServerError
from devserver.waiting import until

Figures = Mapping[str, float]

#: seconds after its start in which a peer is not watched yet
SETTLING = 2.0
#: a page of docassemble that everybody sees, and that needs the database
PAGE = "/user/sign-in"
#: as many visitors at once as docassemble's uWSGI has threads
VISITORS = 6


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


def lateness(peer: Peer, load: Load, seconds: float, notes: Path) -> Figures:
    """Due time to first line of the function, in so many seconds; 0 = of the next full minute."""
    with peer.running(load, notes) as running:
        entries = _of_a_minute(load, notes) if seconds == 0 else _watch(running, notes, seconds).entries
        late = sorted(peer.lateness(_some(entries, peer), load, notes))
    return {
        "p50 ms": median(late) * 1e3,
        "p99 ms": late[min(len(late) - 1, int(len(late) * 0.99))] * 1e3,
        "max ms": late[-1] * 1e3,
        "runs": len(late),
    }


def _of_a_minute(load: Load, notes: Path) -> list[Entry]:
    # what is run before the minute begins was due earlier, in the round before perhaps
    minute = (time.time() // 60 + 1) * 60

    def entries() -> list[Entry]:
        return [entry for entry in read_entries(notes) if entry.at >= minute]

    until(lambda: len(entries()) >= load.jobs, f"{load.jobs} entries of one minute", 180)
    return entries()[: load.jobs]


def cost(peer: Peer, load: Load, seconds: float, notes: Path) -> Figures:
    """CPU of all processes for each run."""
    with peer.running(load, notes) as running:
        watch = _watch(running, notes, seconds)
    runs = len(_some(watch.entries, peer))
    return {
        "cpu us per run": (watch.cpu + watch.databases) / runs * 1e6,
        "database us per run": watch.databases / runs * 1e6,
        "runs per s": runs / watch.seconds,
    }


def throughput(peer: Peer, load: Load, seconds: float, notes: Path) -> Figures:
    """Runs a second when far more are due than can run."""
    with peer.running(load, notes) as running:
        watch = _watch(running, notes, seconds)
    return {"runs per s": len(watch.entries) / watch.seconds}


def idle(peer: Peer, load: Load, seconds: float, notes: Path) -> Figures:
    """CPU and memory while nothing is due."""
    with peer.running(load, notes) as running:
        watch = _watch(running, notes, seconds)
        memory = memory_bytes(running.processes)
    return {
        "cpu s per hour": (watch.cpu + watch.databases) / watch.seconds * 3600,
        "memory MB": memory / 1e6,
    }


def boot(peer: Peer, load: Load, times: float, notes: Path) -> Figures:
    """How long docassemble's restart takes, until the page answers: the median of several."""
    with peer.running(load, notes) as running:
        return {"boot s": median(_seconds(running.reload) for _ in range(int(times)))}


def site(peer: Peer, load: Load, seconds: float, notes: Path) -> Figures:
    """How docassemble answers while jobs run."""
    with peer.running(load, notes) as running:
        _visit(running.url, SETTLING)
        begin = time.time()
        figures = _visit(running.url, seconds)
        elapsed = time.time() - begin
        runs = sum(entry.at >= begin for entry in read_entries(notes))
        return {**figures, "runs per s": runs / elapsed}


#: by their names in the results; called with a peer, a load, how many seconds (or times), and a file for notes
MEASURES: Mapping[str, Callable[[Peer, Load, float, Path], Figures]] = MappingProxyType(
    {each.__name__: each for each in (lateness, cost, throughput, idle, boot, site)}
)


def _watch(running: Running, notes: Path, seconds: float) -> Watch:
    time.sleep(SETTLING)
    begin, cpu, databases = time.time(), cpu_seconds(running.processes), cpu_seconds(running.databases)
    time.sleep(seconds)
    cpu, databases = cpu_seconds(running.processes) - cpu, cpu_seconds(running.databases) - databases
    end = time.time()
    entries = [entry for entry in read_entries(notes) if begin <= entry.at < end]
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


_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 60e3}


def _visit(url: str | None, seconds: float) -> Figures:
    """Let `wrk` visit the page all the time, and return what it says."""
    command = [
        "wrk",
        "--latency",
        "-t1",
        f"-c{VISITORS}",
        f"-d{seconds:g}s",
        "--timeout",
        "30s",
        f"{url}{PAGE}",
    ]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise DevServerError(f"docassemble did not answer well:\n{output}")
    return visited(output)


def visited(output: str) -> Figures:
    """Return what `wrk` has printed as figures."""
    return {
        "p50 ms": _latency(output, "50%"),
        "p99 ms": _latency(output, "99%"),
        "requests per s": float(re.findall(r"Requests/sec:\s+([\d.]+)", output)[0]),
    }


def _latency(output: str, percentile: str) -> float:
    value, unit = re.findall(rf"{percentile}\s+([\d.]+)(us|ms|s|m)", output)[0]
    return float(value) * _UNITS[unit]
