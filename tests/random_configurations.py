"""Random `scheduler:` blocks, right, nearly right and absurd, each with innocent jobs in it; and how they are read.

What is right is found by the readers themselves, so a new key takes part as soon as it is in `config/keys.py`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from docassemble.Scheduler.config import Configuration, parse
from docassemble.Scheduler.config.codes import InvalidValue
from docassemble.Scheduler.config.keys import JOB_KEYS, NOTIFY_KEYS, SETTING_KEYS, Group, Key
from docassemble.Scheduler.config.values.hints import normalised
from docassemble.Scheduler.core.errors import HostError
from docassemble.Scheduler.host.files.config_file import read_file, read_findings
from docassemble.Scheduler.schedules.apscheduler import from_trigger

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=timezone.utc)
ENVIRON = {"A": "*/7", "FIVE": "5", "NUL": "\0", "LONG": "x" * 2_000, "SECRET": "hunter2"}
#: all that a start does with a block, in times of what it does with the innocent jobs alone (1.6 ms)
MAX_TIMES_INNOCENT = 600

# --- the innocent ---------------------------------------------------------------------------------

#: what an innocent job has of its own
_OWN: Mapping[str, Any] = {
    "function": "test.heartbeat",
    "time zone": "America/New_York",
    "start": date(2026, 1, 1),
    "end": date(2099, 1, 1),
    "jitter": 7,
    "except": ["12-25", date(2027, 1, 6)],
    "holidays": [],
    "on holiday": "before",
    "args": [1, {"a": [2]}],
    "kwargs": {"b": "c"},
    "fixed arguments": True,
    "contextmanager": "test.manager",
    "error handler": "test.handler",
    "enabled": True,
    "only if": "test.condition",
    "overlap": "queue",
    "lock": "innocent",
    "missed": "all",
    "misfire grace time": "1 hour",
    "max runtime": 50,
    "retries": 2,
    "retry delay": 3,
    "resumable": True,
    "on exit": "test.exit",
    "run on": "worker",
    "servers": "all, innocent",
    "run as": "innocent@example.com",
    "check in margin": "5 minutes",
    "monitor": "https://example.com/ping",
    "notify": ["innocent@example.com", {"mattermost": "https://example.com/hooks/1"}],
    "description": "Does no harm",
    "tags": "billing, harmless",
}

# --- names ----------------------------------------------------------------------------------------

INVISIBLE = "\u200b\u200d\ufeff\u00ad\u3164\u202e\xa0\u2028"
HOSTILE = [
    *("", " ", "\0", "a.b\0", "\ud800", "a.b \udfff", "\U0001f600", "a.b \U0001f4a9", "x" * 190),
    *("a.b " + "x" * 999, "test.Heartbeat", "test.heartbeat ", "test.heartbe\u0430t", "test.heartb\xe9at"),
    *("test.heartbe\u0301at", "test.heartbeat\u200b", "test.heartbeat  crontab", "TEST.BARE", "test.bare\t"),
    *("test.bare\n2", "test", "5", "on", "class.def", "a..b", ".", "a.b.c.d.e"),
    *("docassemble.Scheduler.tasks.test.heartbeat", "<script>", "%s", "{}", "'; DROP TABLE x; --", "${A}"),
    *("${SECRET}.b", "a.${NOWHERE}", "../../etc/passwd", "__class__", "null", "~", "<<"),
]
ALL_KEYS = sorted({*JOB_KEYS, *SETTING_KEYS, *NOTIFY_KEYS})
TEXTS = st.one_of(
    st.text(max_size=20),
    st.text(st.characters(codec=None), max_size=20),  # with halves of surrogate pairs
    st.text(st.sampled_from("aA\xe4\u0301 .-_" + INVISIBLE), max_size=12),
    st.integers(90, 150).map("x\U0001f600".__mul__),
    st.sampled_from([*HOSTILE, *ALL_KEYS]),
)
#: keys that YAML makes of something else than text
STRANGE_KEYS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.datetimes(),
    st.binary(max_size=3),
    st.just(10**4000),
    st.tuples(st.integers(), st.text(max_size=3)),
)
NAMES = st.one_of(
    st.sampled_from(["test.job", "test.job 2", "a.b", "a.b.c", "my.job x", "docassemble.X.y.z"]),
    TEXTS,
    TEXTS.map("a.b {}".format),
    STRANGE_KEYS,
)

# --- values ---------------------------------------------------------------------------------------


class Plain(str):
    """A scalar that stands in the file without quotes, whatever YAML 1.1 makes of it."""


PLAIN = [
    *("010", "007", "1_000", "12:30", "1:2:3", "-1:30", "0x1F", "0b11", "0o17", "on", "No", "y", "~"),
    *("null", "1e5", ".inf", "-.INF", ".nan", "1.10", "1e400", "+5", "-0", "2026-01-01", "2026-13-45"),
    *("2026-12-31 4:30:00 +2", "1999-1-1t1:1:1.5Z", "9999-12-31 23:59:59 -23:59"),
    *("0001-01-01 00:00:00 +23:59", "5,000", "=", "10.0.0.1"),
]
#: each of these is right somewhere
RIGHT = [
    *(0, 1, 5, 59, 60, 300, 86_400, 10**6, 1.0, 0.5, 1e9, -1, True, False, "yes", "off", "5", "-1"),
    *("US-MA", "de-be, GB", ["JP"], "sat", ["sat", "sun", "12-25"], "12-24 to 01-02", "before", "none"),
    *("2026-12-24 to 2027-01-02", ["2027-01-01", date(2027, 1, 6)], "mon-sat", ["* * * * *", "@daily"]),
    *("3 failures", "5 minutes", "1 hour 30 minutes", "90", "2 weeks", "1 second", "100 years"),
    *("0.001 seconds", "36525 days", "interval", "cron", "date", "apscheduler", "skip", "queue", "replace"),
    *("allow", "once", "all", "worker", "celery", "debug", "WARN", "json", "calendarinterval", "and"),
    *("Europe/Berlin", "UTC", "Africa/Casablanca", "Australia/Lord_Howe", "Pacific/Apia"),
    *("America/Sao_Paulo", "Etc/GMT-14", "*", "*/5", "*/40", "mon-fri", "1,15", "last", "L", "?", "@daily"),
    *("@reboot", "0 0 29 2 *", "0 0 31 4 *", "59 23 31 12 0", "2027-01-01", "2026-11-21 13:00"),
    *("2027-03-28 02:30", "1970-01-01", "2999-12-31 23:59:59", date(2027, 1, 1)),
    *(datetime.fromisoformat("2027-03-28 02:30"), NOW, datetime(2999, 12, 31, tzinfo=timezone.utc), "${A}"),
    *("${FIVE}", "${NOWHERE}", "${NOWHERE:-5 minutes}", "${NUL}", "${LONG}", "${SECRET}", "a.b"),
    *("test.function", "docassemble.X.*", "a@example.com", "https://example.com/ping", "a, b", ["a", "b"]),
    *([1, 2, 3], ["a@example.com", "b@example.com"], [], {}, {"a": 1}),
    *({"a": "${SECRET}", "b": [1, {"c": None}]}, {"seconds": 5}, {"hour": "4"}),
    *({"days": 1, "start_date": "2026-01-01"}, {"run_date": "2027-01-01"}, {"month": 2, "day": 31}),
    *({"year": 1, "jitter": 5}, {"triggers": [{"trigger": "cron"}] * 3}, {"email": "a@b.c"}),
]


def _takes(key: Key, value: object) -> bool:
    try:
        key.read(value)
    except InvalidValue:
        return False
    return True


KEYS = {name: key for table in (JOB_KEYS, SETTING_KEYS, NOTIFY_KEYS) for name, key in table.items()}
_READERS = {key.read: key for table in (JOB_KEYS, SETTING_KEYS, NOTIFY_KEYS) for key in table.values()}
RIGHT_OF = {read: [value for value in RIGHT if _takes(key, value)] for read, key in _READERS.items()}
#: so much that nothing is left to `defaults`: of a key that is new, the first value that is right
OWN: Mapping[str, Any] = {
    **{
        key.name: RIGHT_OF[key.read][0]
        for key in JOB_KEYS.values()
        if key.group in (Group.FIELD, Group.BOUNDS, Group.FUNCTION)
    },
    **_OWN,
}
INNOCENT: Mapping[str, Any] = {
    "test.heartbeat": {"minutes": 1, **OWN},
    "test.heartbeat crontab": {"crontab": "*/5 8-17 * * mon-fri", **OWN},
}
#: what `defaults` and the zone of all jobs have a say in
BARE: Mapping[str, Any] = {"test.bare": {"every": "1 minute"}}


def laughs(deep: int = 30) -> list[object]:
    """Return a list that is few lines of YAML, and more items than atoms."""
    found: list[object] = ["ha"]
    for _ in range(deep):
        found = [found] * 10
    return found


def loop() -> list[object]:
    """Return a list that contains itself."""
    found: list[object] = [1]
    found += [found, {"a": found}]
    return found


_FIELDS = [
    "*",
    "*/5",
    "0",
    "1-5",
    "31",
    "mon",
    "L",
    "5/7",
    "60",
    "*/0",
    "-5",
    "1-5/2",
    "jan,feb",
    "*/40",
    "29",
    "2",
]
CRON = st.lists(st.sampled_from(["*", "*", "*/5", "0", "1-5", "2", "5/7"]), min_size=5, max_size=6).map(
    " ".join
) | st.lists(
    st.text(st.sampled_from("0123456789*/-,?LW#@monsujan"), min_size=1, max_size=5)
    | st.sampled_from(_FIELDS),
    min_size=1,
    max_size=7,
).map(" ".join)
DURATIONS = st.builds(
    "{}{}{}".format,
    st.integers(-1, 10**6) | st.floats(),
    st.sampled_from(["", " ", "\xa0"]),
    st.sampled_from(["s", "min", "hours", "days", "weeks", "years", "month", "", "d 5 h", " minuts"]),
)
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-100, 100_000),
    st.integers(),
    st.sampled_from([10**400, -(10**4000), 2**63, 1e308]),
    st.floats(),
    TEXTS,
    CRON,
    DURATIONS,
    st.sampled_from(PLAIN).map(Plain),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.timezones()),
    st.datetimes(timezones=st.just(timezone.utc)),
    st.times(),
    st.timedeltas(),
    st.binary(max_size=5),
    st.sets(st.text(max_size=3), max_size=3),
    st.integers(0, 200_000).map("x".__mul__),
)
#: by a function, whose name is all that Hypothesis writes of it
SCALARS = st.composite(lambda draw: draw(_SCALARS))()
ABSURD = st.recursive(
    SCALARS | st.builds(laughs) | st.builds(loop),
    lambda below: (
        st.lists(below, max_size=4)
        | st.dictionaries(NAMES | st.sampled_from(ALL_KEYS), below, max_size=4)
        | below.map(lambda each: [each] * 3)
    ),
    max_leaves=8,
)
MUTATIONS = st.sampled_from(
    [
        lambda value: value,
        lambda value: [value],
        lambda value: {"a": value},
        lambda value: f" {value} ",
        lambda value: str(value).upper(),
        lambda value: str(value) + "\u200b",
        lambda value: Plain(value) if isinstance(value, str) and value.isalnum() else value,
        lambda value: f"${{NOWHERE:-{value}}}",
        lambda value: f"{value}${{A}}",
    ]
)


#: of each key
RIGHT_VALUES = {name: st.sampled_from(RIGHT_OF[key.read]) for name, key in KEYS.items()}
#: keys of a job beside those that say when
MORE = [name for name, key in JOB_KEYS.items() if key.group in (Group.FIELD, Group.BOUNDS)]


def values(name: str) -> st.SearchStrategy[Any]:
    """Values of a key: right ones in three of five cases, nearly right ones, absurd ones."""
    right = RIGHT_VALUES[name]
    near = st.builds(lambda mutate, value: mutate(value), MUTATIONS, right)
    return st.one_of(right, right, right, near, CRON if KEYS[name].group is Group.CRON else DURATIONS, ABSURD)


#: parameters of APScheduler's triggers
_NUMBERS = st.integers(0, 60) | st.sampled_from(
    ["*", "*/7", "1-5", "last", "2nd mon", "last sun", "29,30,31", "5"]
)
_CRON = ["year", "month", "day", "week", "day_of_week", "hour", "minute", "second"]
_PERIODS = ["years", "months", "weeks", "days", "hours", "minutes", "seconds"]
_TIMES = {
    name: st.sampled_from(RIGHT) | SCALARS for name in ["start_date", "end_date", "run_date", "timezone"]
}
PARAMS: st.SearchStrategy[Any] = st.one_of(
    *(
        st.builds(
            lambda numbers, times: {**numbers, **times},
            st.dictionaries(st.sampled_from(names), numbers, max_size=4),
            st.just({}) | st.just({}) | st.fixed_dictionaries({}, optional=_TIMES),
        )
        for names, numbers in ((_CRON, _NUMBERS), (_PERIODS, st.integers(0, 10**4)))
    )
)
TRIGGERS = ["cron", "cron", "interval", "date", "calendarinterval"]


def _combined(members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    triggers = st.fixed_dictionaries({"triggers": st.lists(members, max_size=3)})
    return st.fixed_dictionaries({"trigger": st.sampled_from(["and", "or"]), "params": triggers})


_SINGLE = st.fixed_dictionaries({"trigger": st.sampled_from(TRIGGERS), "params": PARAMS})
APSCHEDULER = _SINGLE | _SINGLE | _combined(_SINGLE | _combined(_SINGLE))
VALUES = {name: values(name) for name in KEYS}
SPELLINGS = st.sampled_from(
    [
        *(str, str, str, str, str, str.upper, Plain),
        lambda name: name.replace(" ", "_"),
        lambda name: f" {name}-",
        lambda name: name[:-1],
        lambda name: name + "\u200b",
    ]
)


@st.composite
def sections(draw: st.DrawFn, table: Mapping[str, Key], most: int = 5) -> dict[Any, Any]:
    """Draw a mapping with keys of a table, some of them misspelt, and strangers."""
    names = draw(st.lists(st.sampled_from(list(table)), max_size=most, unique=True))
    found = {draw(SPELLINGS)(name): draw(VALUES[name]) for name in names}
    return {**found, **draw(st.dictionaries(NAMES, ABSURD, max_size=1))}


WHEN = ["every", "every", "minutes", "crontab", "minute", "run at", "trigger"]


@st.composite
def right_jobs(draw: st.DrawFn) -> dict[Any, Any]:
    """Draw a job of which hardly anything is wrong."""
    when = draw(st.sampled_from(WHEN))
    found: dict[Any, Any] = {when: draw(CRON if when == "crontab" else RIGHT_VALUES[when])}
    if when == "trigger":
        found = draw(APSCHEDULER)
    more = draw(st.lists(st.sampled_from(MORE), max_size=5, unique=True))
    return {"function": "test.function", **found, **{name: draw(RIGHT_VALUES[name]) for name in more}}


@st.composite
def jobs(draw: st.DrawFn) -> dict[Any, Any]:
    """Draw what may be a job."""
    found = draw(right_jobs() | st.just({}))
    return {**found, **draw(sections(JOB_KEYS))}


@st.composite
def blocks(draw: st.DrawFn) -> dict[Any, Any]:
    """Draw a block with the innocent jobs in it."""
    block = draw(st.dictionaries(NAMES, right_jobs() | right_jobs() | jobs() | ABSURD, max_size=5))
    for name in draw(st.lists(st.sampled_from(list(SETTING_KEYS)), max_size=4, unique=True)):
        below = {"defaults": right_jobs() | jobs(), "notify": sections(NOTIFY_KEYS)}.get(name, VALUES[name])
        block[draw(SPELLINGS)(name)] = draw(below | VALUES[name])
    innocent = {**INNOCENT, **BARE}
    others = {key: value for key, value in block.items() if key not in innocent}
    return {**others, **innocent} if draw(st.booleans()) else {**innocent, **others}


def is_bare(block: Mapping[Any, Any]) -> bool:
    """Return whether nothing in a block has a say in what the bare job is."""
    return "defaults" not in {normalised(str(key)[:50]) for key in block if isinstance(key, str)}


# --- how it is read -------------------------------------------------------------------------------


class Dumper(yaml.SafeDumper):
    """Writes plain scalars as they are."""


def _plain(dumper: Dumper, text: Plain) -> yaml.ScalarNode:
    return dumper.represent_scalar(dumper.resolve(yaml.ScalarNode, text, (True, False)), text)


Dumper.add_representer(Plain, _plain)
Dumper.add_representer(
    tuple, lambda dumper, value: dumper.represent_sequence("tag:yaml.org,2002:python/tuple", value)
)


def read(block: object, **options: Any) -> Configuration:
    """Read a block as the start does."""
    more = {"zone": "Europe/Berlin", "environ": ENVIRON, "now": NOW, "trigger_schedule": from_trigger}
    return parse(block, **{**more, **options})


def is_written(block: object, file: Path) -> bool:
    """Write a block into a file; False when YAML has no word for a value in it."""
    try:
        file.write_text(yaml.dump({"scheduler": block}, Dumper=Dumper, sort_keys=False))
    except (yaml.YAMLError, ValueError):
        return False
    return True


def read_from(file: Path, **options: Any) -> Configuration | None:
    """Read a file as docassemble and we do; None when a plain scalar makes it no YAML, or a number has no end."""
    try:
        loaded = read_file(file)
    except (HostError, ValueError):
        return None
    return read(loaded["scheduler"], source=read_findings(file), **options)


@contextmanager
def soon(most: float = MAX_TIMES_INNOCENT) -> Iterator[None]:
    """See that what is done takes the processor no longer than so many times what the innocent jobs take."""
    began = time.thread_time()
    yield
    took = time.thread_time() - began
    took_innocents = []
    for _ in range(2):  # the first time, much is not in memory
        began = time.thread_time()
        read({**INNOCENT, **BARE})
        took_innocents.append(time.thread_time() - began)
    assert took < most * min(took_innocents)
