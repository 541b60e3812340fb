# do not pre-load
"""Metrics: what a monitoring system reads of the scheduler, in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict

from ..core.run import Status
from ..store.counters import Histogram, JobCounters
from ..store.records import ServerRecord, ThreadCounts
from .status import JobState

TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "docassemble_scheduler_"
_GAUGES = {
    "job_next_due_timestamp_seconds": "When a job is due next; none when it is on demand, paused, disabled or over.",
    "job_running": "Runs that go on.",
    "job_paused": "1 while a job is paused.",
    "everything_paused": "1 while everything is paused by one switch.",
    "job_failures": "Failures since the last success.",
    "server_up": "1 while a server has a process that runs jobs and has not been given up.",
    "server_seen_timestamp_seconds": "The last sign of life of a server, by its own clock.",
    "job_threads": "Threads for jobs of the process that answers.",
    "session_actions": "Actions that wait in sessions of interviews.",
    "problems": "Problems of the configuration and of added jobs.",
}
#: how a due time can end
_ENDS = [status for status in Status if status is not Status.RUNNING]


def exposition(  # noqa: PLR0913 - all that is told
    jobs: Sequence[JobState],
    counters: Sequence[JobCounters],
    servers: Sequence[ServerRecord],
    problems: int,
    thread_counts: ThreadCounts | None = None,
    *,
    everything_paused: bool = False,
    session_actions: int = 0,
) -> str:
    """Return all metrics; the counters are those of all servers, and never go down."""
    lines = [
        *_runs(counters),
        *_histograms("run_duration_seconds", "How long runs took.", counters, lambda each: each.duration),
        *_histograms(
            "run_lateness_seconds",
            "How long after their due time runs of the schedule started.",
            counters,
            lambda each: each.lateness,
        ),
        *_gauges_of_jobs(jobs),
        *_gauges_of_servers(servers),
        *([] if thread_counts is None else _gauges("job_threads", "state", asdict(thread_counts))),
        *_gauges("problems", "", {"": problems}),
        *_gauges("everything_paused", "", {"": int(everything_paused)}),
        *_gauges("session_actions", "", {"": session_actions}),
    ]
    return "\n".join(lines) + "\n"


def _runs(counters: Iterable[JobCounters]) -> Iterator[str]:
    yield from _family("runs_total", "counter", "Due times by how they ended.")
    for job_counters in counters:
        for status in _ENDS:
            labels = {"job": job_counters.job, "status": status.value}
            yield _sample("runs_total", labels, job_counters.runs.get(status, 0))


def _histograms(
    name: str, meaning: str, counters: Iterable[JobCounters], histogram_of: Callable[[JobCounters], Histogram]
) -> Iterator[str]:
    yield from _family(name, "histogram", meaning)
    for job_counters in counters:
        histogram, labels = histogram_of(job_counters), {"job": job_counters.job}
        for bound, count in histogram.buckets:
            yield _sample(f"{name}_bucket", {**labels, "le": str(bound)}, count)
        yield _sample(f"{name}_bucket", {**labels, "le": "+Inf"}, histogram.count)
        yield _sample(f"{name}_sum", labels, histogram.seconds)
        yield _sample(f"{name}_count", labels, histogram.count)


def _gauges_of_jobs(jobs: Sequence[JobState]) -> Iterator[str]:
    due = {each.name: each.next_due.timestamp() for each in jobs if each.next_due is not None}
    yield from _gauges("job_next_due_timestamp_seconds", "job", due)
    known = {each.name: each.record for each in jobs if each.record is not None}
    yield from _gauges("job_running", "job", {name: len(each.running) for name, each in known.items()})
    yield from _gauges("job_paused", "job", {name: int(each.paused) for name, each in known.items()})
    yield from _gauges("job_failures", "job", {name: each.failures for name, each in known.items()})


def _gauges_of_servers(servers: Sequence[ServerRecord]) -> Iterator[str]:
    yield from _gauges("server_up", "server", {each.name: int(bool(each.processes)) for each in servers})
    seen = {each.name: each.seen.timestamp() for each in servers}
    yield from _gauges("server_seen_timestamp_seconds", "server", seen)


def _gauges(name: str, label: str, values: Mapping[str, float]) -> Iterator[str]:
    yield from _family(name, "gauge", _GAUGES[name])
    for of, value in values.items():
        yield _sample(name, {label: of} if label else {}, value)


def _family(name: str, kind: str, meaning: str) -> tuple[str, str]:
    return f"# HELP {PREFIX}{name} {meaning}", f"# TYPE {PREFIX}{name} {kind}"


def _sample(name: str, labels: dict[str, str], value: float) -> str:
    told = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{PREFIX}{name}{{{told}}} {value}" if told else f"{PREFIX}{name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
