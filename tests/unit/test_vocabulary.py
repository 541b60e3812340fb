"""One word for one thing: names that were once there, and are not the field's, do not come back."""

from __future__ import annotations

import re
import tokenize
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "docassemble" / "Scheduler"
#: parts of names, by `_` and capital letters; each with what it is called instead
WORDS = {
    "office": "manager",
    "reception": "current",
    "premises": "context",
    "desk": "notifier",
    "errand": "delivery",
    "errands": "deliveries",
    "lane": "channel",
    "notice": "alert",
    "notices": "alerts",
    "aftermath": "completion",
    "journal": "event log, observer",
    "chronicle": "records",
    "standing": "status",
    "doings": "actions",
    "visitors": "access",
    "guests": "access",
    "roster": "registry",
    "additions": "dynamic jobs",
    "planner": "client",
    "wish": "claim request",
    "wishes": "claim requests",
    "hope": "optimistic claim",
    "backlog": "queue",
    "crew": "pool",
    "pacemaker": "timer",
    "ring": "poll, wake, tick",
    "inbox": "poller",
    "outlet": "dispatcher",
    "presence": "heartbeat",
    "enrol": "register",
    "pulse": "heartbeat",
    "glance": "poll",
    "bury": "reap",
    "housekeeping": "maintenance",
    "warden": "watchdog",
    "surroundings": "container",
    "chores": "deferred calls",
    "workshop": "job factory",
    "circumstances": "schedule inputs",
    "remarks": "warnings",
    "traps": "pitfalls",
    "surprise": "pitfall",
    "stretch": "offset period",
    "sheet": "table",
    "looking": "inspect",
    "switching": "control",
    "checkup": "check",
}
#: whole names
NAMES = {
    "GoingOn": "RunningRuns",
    "going_on": "running_runs",
    "Stop": "CancelToken",
    "hear": "acknowledge",
    "heard": "acknowledged",
    "Trouble": "Problem",
    "Refused": "InvalidValue",
    "Wanted": "ClaimRequest",
    "Margin": "LateStartObserver",
    "Service": "UwsgiWorker",
    "Bar": "RunSummary",
    "Ending": "UnrunDueTimes",
    "Ended": "EndedRun",
    "LostRun": "OrphanedRun",
    "Known": "row of a job",
    "Seen": "ClaimState",
    "Left": "CursorCache",
    "Plain": "JSON",
    "Given": "Field",
    "Plan": "ParsedSchedule",
    "Once": "Date",
    "AnyOf": "Or",
    "AllOf": "And",
    "ByHand": "InlineRunner",
    "by_hand": "inline",
    "carry_out": "run",
    "hand_over": "enqueue",
    "take_over": "dequeue",
    "unsure": "unconfirmed",
    "take_up": "register_jobs",
    "try_again": "retry",
    "keep_house": "maintenance",
    "came_true": "confirmed",
    "stand_by": "helper thread",
    "Switches": "Controls",
    "Orders": "run requests",
    "MOMENT": "RESOLUTION",
    "PERIOD": "..._INTERVAL",
}
#: how constants began that limit something, and are now called `MAX_...`, `..._TIMEOUT`
LIMITS = re.compile(r"_?(LONGEST|MOST|PATIENCE)(_|$)")
#: the code of a problem, which people look up
CODES = {"YAML_SURPRISE"}
FILES = sorted(PACKAGE.rglob("*.py"))


def names_of(file: Path) -> set[str]:
    with file.open("rb") as source:
        tokens = tokenize.tokenize(source.readline)
        return {file.stem, *(token.string for token in tokens if token.type == tokenize.NAME)}


def parts_of(name: str) -> list[str]:
    return [part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_no_name_is_of_the_old_vocabulary(file: Path) -> None:
    old = {name: NAMES[name] for name in names_of(file) if name in NAMES}
    for name in names_of(file) - CODES:
        old.update((name, WORDS[part]) for part in parts_of(name) if part in WORDS)
        if LIMITS.match(name):
            old[name] = "max, timeout"
    assert old == {}
