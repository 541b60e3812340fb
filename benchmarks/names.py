"""The names of measures, peers and figures: as they stand in the results, and as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: the peer that all others are compared with
OURS = "scheduler"
#: the same in another checkout
AGAINST = "against"
#: the same with a PostgreSQL that waits for the disk
SYNCED = "scheduler fsync"
FORMER = "former"

#: title of each peer, in the order of the tables
PEERS: Mapping[str, str] = MappingProxyType(
    {
        OURS: "docassemble.Scheduler",
        AGAINST: "docassemble.Scheduler, other checkout",
        SYNCED: "docassemble.Scheduler, fsync on",
        "uwsgi": "uWSGI timer (bare)",
        "apscheduler": "APScheduler 3 (neither logs nor records)",
        "pgqueuer": "PgQueuer, queue",
        "pgqueuer cron": "PgQueuer, schedules (no record)",
        "procrastinate": "procrastinate, queue",
        "procrastinate cron": "procrastinate, periodic tasks",
        "celery": "Celery beat + worker",
        "rq": "RQ + its scheduler",
        FORMER: "docassemble.Scheduler 0.2.2",
        "docassemble": "docassemble alone",
        "docassemble 1.9": "docassemble 1.9 alone",
    }
)

#: the docassemble that a peer runs inside of
ALONE: Mapping[str, str] = MappingProxyType(
    {OURS: "docassemble", AGAINST: "docassemble", SYNCED: "docassemble", FORMER: "docassemble 1.9"}
)
#: measures of which such a peer has only what it adds to that docassemble
ADDING = ("idle", "boot")

#: title of each measure, in the order of the page
MEASURES: Mapping[str, str] = MappingProxyType(
    {
        "lateness": "Lateness",
        "cost": "Cost of a run",
        "history": "Cost with a history",
        "throughput": "Throughput",
        "burst": "Burst",
        "idle": "Idle cost",
        "boot": "Boot",
        "site": "Effect on the site",
    }
)

#: title of each figure that is shown; the results may have more
FIGURES: Mapping[str, str] = MappingProxyType(
    {
        "p50 ms": "p50, ms",
        "p99 ms": "p99, ms",
        "max ms": "max, ms",
        "cpu us per run": "CPU, µs per run",
        "database us per run": "of which the database, µs per run",
        "last s": "time to the last, s",
        "cpu s per hour": "CPU, s per hour",
        "memory MB": "memory, MB",
        "boot s": "boot, s",
        "boot cpu s": "CPU, s",
        "requests per s": "requests per s",
        "runs per s": "runs per s",
    }
)


def title(peer: str) -> str:
    """Return the title of a peer; one that has none is called what it is."""
    return PEERS.get(peer, peer)


def peer_order(peer: str) -> tuple[int, str]:
    """Return what peers are sorted by; those without a title come last."""
    return ([*PEERS, peer].index(peer), peer)


def load_order(load: str) -> tuple[float, str]:
    """Return what loads are sorted by: the number they begin with; those without one come last."""
    first = load.partition(" ")[0].replace(",", "")
    return (float(first) if first.isdecimal() else float("inf"), load)


def load_title(load: str) -> str:
    """Return a load as people write it: `1000 jobs` with a comma in it."""
    first, space, rest = load.partition(" ")
    return f"{int(first):,}{space}{rest}" if first.isdecimal() else load
