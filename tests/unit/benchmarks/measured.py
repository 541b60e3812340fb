"""Made-up results of the benchmarks, for their tests."""

from __future__ import annotations

from datetime import datetime, timezone

from benchmarks.results import Machine, Results, Sample

MACHINE = Machine(
    cpu="Test CPU", cores=2, memory=8 * 2**30, kernel="Linux 6.1.0", system="Debian 12", python="3.11.7"
)


def sample(measure: str, peer: str, load: str = "1 job", number: int = 1, **figures: float) -> Sample:
    """Return a sample of the round with that number; `p99_ms=3` is the figure `p99 ms`."""
    return Sample(
        measure, peer, load, number, {name.replace("_", " "): value for name, value in figures.items()}
    )


def results(*samples: Sample, notes: tuple[str, ...] = ()) -> Results:
    """Return the results of a run that measured these."""
    return Results(
        made=datetime(2026, 11, 21, 12, 30, tzinfo=timezone.utc),
        form="full",
        commit="abc1234",
        machine=MACHINE,
        versions={"docassemble": "1.10.5", "Celery": "5.4.0"},
        samples=samples,
        notes=notes,
    )


#: something of each measure
EVERYTHING = results(
    *(
        sample("lateness", peer, load, p50_ms=base * times, p99_ms=2 * base * times, max_ms=3 * base * times)
        for peer, base in (("scheduler", 1), ("apscheduler", 1.5), ("rq", 400))
        for load, times in (("1 job", 1), ("60 jobs", 10), ("1000 jobs", 200), ("each minute", 1))
        if (peer, load) != ("rq", "1000 jobs")
    ),
    sample("cost", "scheduler", "60 jobs/s", cpu_us_per_run=2000, database_us_per_run=700, runs_per_s=60),
    sample("cost", "apscheduler", "60 jobs/s", cpu_us_per_run=3000, database_us_per_run=900, runs_per_s=60),
    sample("throughput", "scheduler", "3000 jobs/s", runs_per_s=700),
    sample("throughput", "celery", "3000 jobs/s", runs_per_s=350),
    sample("idle", "docassemble", "0 jobs", cpu_s_per_hour=140, memory_MB=400),
    sample("idle", "scheduler", "10 jobs", cpu_s_per_hour=141, memory_MB=406),
    sample("idle", "scheduler", "10000 jobs", cpu_s_per_hour=142, memory_MB=425),
    sample("idle", "celery", "10000 jobs", cpu_s_per_hour=50, memory_MB=250),
    sample("boot", "docassemble", "0 jobs", boot_s=12),
    sample("boot", "scheduler", "10000 jobs", boot_s=12.6),
    sample("site", "scheduler", "0 jobs/s", p50_ms=18, p99_ms=30, requests_per_s=110, runs_per_s=0),
    sample("site", "scheduler", "60 jobs/s", p50_ms=19, p99_ms=32, requests_per_s=108, runs_per_s=60),
    notes=("docassemble.Scheduler 0.2.2: no checkout was given.",),
)
