"""One row for each problem: the block, its code, where it stands, and what the hint has to say."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from blocks import read

from docassemble.Scheduler.config import Code, EnvFile, SourceFindings, YamlPitfall
from docassemble.Scheduler.core.problem import Severity

ERROR, WARNING = Severity.ERROR, Severity.WARNING
JOB = "test.job"


@dataclass(frozen=True)
class Row:
    code: str
    severity: Severity
    #: below `scheduler`
    path: str
    hint: str
    block: str


def job(code: str, severity: Severity, key: str, hint: str, keys: str) -> Row:
    """Make a row for one job; the keys are separated by semicolons."""
    lines = "".join(f"\n  {line.strip()}" for line in keys.split(";"))
    return Row(code, severity, f"{JOB} {key}".strip(), hint, f"{JOB}:{lines}\n")


ROWS = [
    # what stands where
    Row("bad-block", ERROR, "", "without dashes", "[1, 2]"),
    Row("bad-block", ERROR, "", "", "just text"),
    Row(
        "bad-table", ERROR, "jobs from", "See", "jobs from: {table: action, columns: {name: a, function: b}}"
    ),
    Row("not-a-job", ERROR, JOB, "without dashes", "test.job: [minutes, 5]"),
    Row("not-a-job", ERROR, "log levl", "Did you mean `log level`?", "log levl: debug"),
    Row("blank-job", ERROR, JOB, "every: 5 minutes", "test.job:"),
    job("unknown-key", WARNING, "kwarg", "Did you mean `kwargs`?", "minutes: 5; kwarg: {a: 1}"),
    job("unknown-key", ERROR, "minuts", "Did you mean `minutes`?", "minuts: 5"),
    job("unknown-key", ERROR, "evry", "Did you mean `every`?", "type: interval; evry: 5"),
    job("unknown-key", WARNING, "True", "`on`", "minutes: 5; on: worker"),
    Row("unknown-key", WARNING, "notify emial", "Did you mean `email`?", "notify: {emial: a@b.c}"),
    Row("unknown-key", WARNING, "defaults retry", "", "defaults: {retry: 3}"),
    job("doubled-key", WARNING, "Minutes", "Keep one", "minutes: 5; Minutes: 6"),
    Row("doubled-key", WARNING, "timezone", "", "time zone: UTC\ntimezone: UTC"),
    Row(
        "doubled-key",
        ERROR,
        "5",
        "another name",
        "5: {function: a.b, minutes: 1}\n'5': {function: a.b, minutes: 1}",
    ),
    job("blank-value", ERROR, "minutes", "leave it out", "minutes:"),
    job("blank-value", WARNING, "error handler", "", "minutes: 5; error handler:"),
    Row("blank-value", ERROR, "concurrency", "", "concurrency:"),
    # values
    job("wrong-type", ERROR, "crontab", "", "crontab: [1, 2]"),
    job("wrong-type", ERROR, "crontab", "quote it", "crontab: 12:30"),
    job("wrong-type", ERROR, "params", "", "trigger: date; params: [1]"),
    job("wrong-type", ERROR, "servers", "quote it", "minutes: 5; servers: [on]"),
    job("wrong-type", ERROR, "servers", "", "minutes: 5; servers: ' , '"),
    job("wrong-type", ERROR, "tags", "quote it", "minutes: 5; tags: [on]"),
    job("wrong-type", ERROR, "lock", "", "minutes: 5; lock: ''"),
    Row("wrong-type", ERROR, "defaults", "", "defaults: 5"),
    Row("wrong-type", ERROR, "notify", "`notify: false` below a job", "notify: off"),
    job("wrong-type", ERROR, "notify", "`false`", "minutes: 5; notify: true"),
    job("wrong-type", ERROR, "notify", "name@example.com", "minutes: 5; notify: 0"),
    job("bad-receiver", ERROR, "notify", "`notify: false` below a job", "minutes: 5; notify: nobody at all"),
    Row("wrong-type", ERROR, "notify to", "`name@example.com`", "notify: []"),
    job("wrong-type", ERROR, "minute", "", "minute: {a: 1}"),
    job("unknown-key", ERROR, "foo", "Nothing else here says when", "foo: 1"),
    job("too-large", ERROR, "minute", "alias", f"minute: [{'1, ' * 20_000}]"),
    Row(
        "too-large",
        ERROR,
        "log handlers",
        "Keep",
        f"log handlers: [{', '.join(f'a.b{n}' for n in range(11))}]",
    ),
    job("too-large", ERROR, "lock", "shorter", f"minutes: 5; lock: {'x' * 200_000}"),
    job("invisible-character", WARNING, "lock", "U+200B (ZERO WIDTH SPACE)", "minutes: 5; lock: a\u200b"),
    job("bad-number", ERROR, "minutes", "", "minutes: -5"),
    job("bad-number", ERROR, "minutes", "", "minutes: 1.5"),
    job("bad-number", ERROR, "minutes", "", "minutes: five"),
    job("bad-number", ERROR, "minutes", "quote it", "minutes: on"),
    job("bad-number", ERROR, "minutes", "", "minutes: [5]"),
    job("bad-number", ERROR, "minutes", "", "minutes: 99999999999999"),
    job("bad-number", ERROR, "weeks", "", "weeks: 9999"),
    job("bad-number", ERROR, "retries", "", "minutes: 5; retries: many"),
    Row("bad-number", ERROR, "concurrency", "", "concurrency: 0"),
    Row("bad-number", ERROR, "notify after", "", "notify: {after: some failures}"),
    job("bad-boolean", ERROR, "enabled", "", "minutes: 5; enabled: maybe"),
    job("bad-boolean", ERROR, "resumable", "", "minutes: 5; resumable: 1"),
    job("bad-choice", ERROR, "type", "Did you mean `interval`?", "type: intervall; minutes: 5"),
    job("bad-choice", ERROR, "type", "It can be `interval`", "type: sometimes"),
    job("bad-choice", ERROR, "overlap", "Did you mean `queue`?", "minutes: 5; overlap: queu"),
    job("bad-choice", ERROR, "missed", "It can be", "minutes: 5; missed: [all]"),
    job("bad-choice", ERROR, "run on", "Did you mean `celery`?", "minutes: 5; run on: celry"),
    Row("bad-choice", ERROR, "log format", "It can be `text`, `json`.", "log format: xml"),
    Row("bad-choice", ERROR, "log level", "Did you mean `debug`?", "log level: debugg"),
    job("bad-duration", ERROR, "every", "Did you mean `minutes`?", "every: 5 minuets"),
    job("bad-duration", ERROR, "every", "5 minutes", "every: soon"),
    job("bad-duration", ERROR, "every", "", "every: 0"),
    job("bad-duration", ERROR, "jitter", "", "minutes: 5; jitter: -1"),
    job("bad-duration", ERROR, "misfire grace time", "", "minutes: 5; misfire grace time: -2"),
    Row("bad-duration", ERROR, "misfire grace time", "", "misfire grace time: yes"),
    job("bad-time", ERROR, "run at", "2027-03-28 14:30", "run at: tomorrow"),
    job("bad-time", ERROR, "run at", "`12:30` without quotes is 750", "run at: 12:30"),
    job("bad-time", ERROR, "run at", "`23:59:59` without quotes is 86399", "run at: 23:59:59"),
    job("bad-time", ERROR, "start", "", "minutes: 5; start: '2026-02-30 12:00'"),
    job("bad-time", ERROR, "end", "", "minutes: 5; end: '0001-01-01'"),
    job("bad-time-zone", ERROR, "time zone", "Europe/Berlin", "minutes: 5; time zone: Europe/Berln"),
    job("bad-time-zone", ERROR, "time zone", "America/New_York", "minutes: 5; time zone: New York"),
    job("bad-time-zone", ERROR, "time zone", "IANA name", "minutes: 5; time zone: ../../etc/passwd"),
    job("bad-time-zone", ERROR, "time zone", "without quotes", "minutes: 5; time zone: 12:30"),
    Row("bad-time-zone", ERROR, "time zone", "IANA name", "time zone: Mars"),
    Row("bad-name", ERROR, "heartbeat", "file.function", "heartbeat: {minutes: 5}"),
    Row("bad-name", ERROR, "test.2fast", "file.function", "test.2fast: {minutes: 5}"),
    Row("bad-name", ERROR, "True", "file.function", "on: {minutes: 5}"),
    Row("bad-name", ERROR, "notfy", "Did you mean `notify`?", "notfy: {minutes: 5}"),
    job("bad-name", ERROR, "error handler", "file.function", "minutes: 5; error handler: handler"),
    job("bad-name", ERROR, "contextmanager", "", "minutes: 5; contextmanager: a.b()"),
    job("bad-name", ERROR, "only if", "`1.10` without quotes", "minutes: 5; only if: 1.10"),
    job("bad-name", ERROR, "on exit", "", "minutes: 5; on exit: [a.b]"),
    job("bad-name", ERROR, "function", "", "minutes: 5; function: class.def"),
    Row("bad-name", ERROR, "error handler", "", "error handler: handler"),
    Row("bad-name", ERROR, "log handlers", "package.module.function", "log handlers: handler"),
    Row("bad-name", ERROR, "log handlers", "package.module.function", "log handlers: [a.b, a.b()]"),
    Row("bad-name", ERROR, "api functions", "docassemble.MyPackage.*", "api functions: '*'"),
    Row("bad-name", ERROR, "api functions", "docassemble.MyPackage.*", "api functions: work"),
    Row("bad-name", ERROR, "api functions", "docassemble.MyPackage.*", "api functions: [a.b, 'a.*.b']"),
    Row("bad-name", ERROR, "api functions", "docassemble.MyPackage.*", "api functions: [a.b.**]"),
    Row("bad-name", ERROR, "api functions", "docassemble.MyPackage.*", "api functions: {a: b}"),
    Row("bad-name", ERROR, "api functions", "docassemble.MyPackage.*", "api functions: [[a.b]]"),
    job("bad-day", ERROR, "except", "Write a date `2026-12-24`", "minutes: 5; except: Christmas"),
    job("bad-day", ERROR, "except", "Did you mean `sat`?", "minutes: 5; except: [sun, sta]"),
    job("bad-day", ERROR, "except", "There is no such day.", "minutes: 5; except: '2026-02-30'"),
    job("bad-day", ERROR, "except", "There is no such day.", "minutes: 5; except: 13-01"),
    job("bad-day", ERROR, "except", "the earlier one first", "minutes: 5; except: 2027-01-02 to 2026-12-24"),
    job("bad-day", ERROR, "except", "or a range", "minutes: 5; except: 2026-12-24 to sat"),
    job("bad-day", ERROR, "except", "or a range", "minutes: 5; except: 01-01 to 02-02 to 03-03"),
    job("bad-day", ERROR, "except", "without a time", "minutes: 5; except: 2026-12-24 10:00:00"),
    job("bad-day", ERROR, "except", "or a range", "minutes: 5; except: {sat: sun}"),
    job("bad-day", ERROR, "except", "`on`, `off`", "minutes: 5; except: [on]"),
    job("too-large", ERROR, "except", "ranges", f"minutes: 5; except: [{'12-24, ' * 1001}]"),
    job("too-large", ERROR, "except", "ranges", f"minutes: 5; except: '{'12-24, ' * 1001}'"),
    job("impossible-schedule", ERROR, "except", "one of them", "minutes: 5; except: mon to sun"),
    job("impossible-schedule", ERROR, "except", "fewer days", "crontab: 0 9 25 12 *; except: 12-25"),
    job(
        "impossible-schedule",
        ERROR,
        "holidays",
        "on holiday: after",
        "run at: 2026-12-25 09:00; holidays: DE",
    ),
    job(
        "impossible-schedule",
        ERROR,
        "end",
        "",
        "minutes: 5; start: 2026-12-01; end: 2026-12-31; except: 2000-01-01 to 2026-12-31",
    ),
    job("never-fires-again", WARNING, "", "", "minutes: 5; except: 2026-01-01 to 2999-12-31"),
    job("bad-holidays", ERROR, "holidays", "There are `US-AK`,", "minutes: 5; holidays: US-MAS"),
    job("bad-holidays", ERROR, "holidays", "Did you mean `US-MA`?", "minutes: 5; holidays: US-Massachusetts"),
    job("bad-holidays", ERROR, "holidays", "Did you mean `DE`?", "minutes: 5; holidays: [US, Germany]"),
    job("bad-holidays", ERROR, "holidays", "`US-MA`", "minutes: 5; holidays: Mars"),
    job("bad-holidays", ERROR, "holidays", "Write `MA`.", "minutes: 5; holidays: MA-US"),
    job("bad-holidays", ERROR, "holidays", "`on`, `off`", "minutes: 5; holidays: [no]"),
    job("too-large", ERROR, "holidays", "", f"minutes: 5; holidays: [{'US, ' * 21}]"),
    job("bad-choice", ERROR, "on holiday", "`before`", "minutes: 5; except: sat; on holiday: never"),
    job("no-effect", WARNING, "on holiday", "holidays: US-MA", "minutes: 5; on holiday: after"),
    job("key-of-another-type", ERROR, "holidays", "", "type: manual; holidays: US-MA"),
    Row("no-effect", WARNING, "log sql", "`log level: debug`", "log sql: true"),
    Row("bad-boolean", ERROR, "api", "`true` or `false`", "api: sometimes"),
    job("bad-email", ERROR, "run as", "", "minutes: 5; run as: root"),
    Row("bad-email", ERROR, "notify email", "", "notify: {email: [a@b.c, nobody]}"),
    job("bad-url", ERROR, "monitor", "", "minutes: 5; monitor: ftp://a.b/c"),
    job("bad-url", ERROR, "monitor", "", "minutes: 5; monitor: 'http://[a.b/c'"),
    Row("bad-receiver", ERROR, "notify to", "Did you mean `slack`?", "notify: [slak: https://a.b/c]"),
    Row("bad-receiver", ERROR, "notify to", "Did you mean `slack`?", "notify: {slak: https://a.b/c}"),
    Row("bad-receiver", ERROR, "notify to", "name@example.com", "notify: [a@b.c, nobody]"),
    job("bad-receiver", ERROR, "notify", "name@example.com", "minutes: 5; notify: nobody"),
    job("bad-url", ERROR, "notify", "https://example.com", "minutes: 5; notify: {slack: ftp://a.b/c}"),
    Row("bad-url", ERROR, "notify to", "https://example.com", "notify: [a@b.c, {slack: }]"),
    job("bad-url", ERROR, "notify", "Copy it", "minutes: 5; notify: {slack: 'https://a b/c'}"),
    job("bad-url", ERROR, "notify", "Copy it", "minutes: 5; notify: 'https://a.b:port/c'"),
    job("bad-number", ERROR, "notify", "whole number", "minutes: 5; notify: {after: often}"),
    job("unknown-key", ERROR, "notify", "Did you mean `after`?", "minutes: 5; notify: {aftr: 2}"),
    job("too-large", ERROR, "notify", "channel", f"minutes: 5; notify: [{'a@b.c, ' * 51}]"),
    job("bad-arguments", ERROR, "args", "Did you mean `kwargs`?", "minutes: 5; args: {a: 1}"),
    job("bad-arguments", ERROR, "args", "after `- `", "minutes: 5; args: text"),
    job("bad-arguments", ERROR, "kwargs", "Did you mean `args`?", "minutes: 5; kwargs: [a]"),
    job("bad-arguments", ERROR, "kwargs", "`on`", "minutes: 5; kwargs: {on: 1}"),
    job("bad-arguments", ERROR, "args", "", "minutes: 5; args: &a [*a]"),
    job("undefined-variable", ERROR, "minutes", "`${MINUTES:-...}`", "minutes: ${MINUTES}"),
    job("undefined-variable", WARNING, "args", "`${SECRET:-...}`", "minutes: 5; args: ['${SECRET}']"),
    Row(
        "not-storable",
        ERROR,
        "test.job " + 178 * "x" + "...",
        "at most 190",
        f"test.job {182 * 'x'}: {{minutes: 5}}",
    ),
    Row("not-storable", ERROR, r"test.job a\0b", "character 11", r'"test.job a\0b": {minutes: 5}'),
    Row("not-storable", ERROR, r"test.job \ud800", "character 10", r'"test.job \ud800": {minutes: 5}'),
    job("not-storable", ERROR, "lock", "at most 190", f"minutes: 5; lock: {191 * 'x'}"),
    job("not-storable", ERROR, "lock", "character 2", r'minutes: 5; lock: "a\ud800b"'),
    job("not-storable", ERROR, "servers", "at most 190", f"minutes: 5; servers: [web, {191 * 'x'}]"),
    job("not-storable", ERROR, "run as", "at most 255", f"minutes: 5; run as: {255 * 'x'}@example.com"),
    job("not-storable", ERROR, "run as", "character 2", r'minutes: 5; run as: "a\0@example.com"'),
    job("not-storable", ERROR, "monitor", "", r'minutes: 5; monitor: "https://example.com/\ud800"'),
    Row("not-storable", ERROR, "server tags", "at most 190", f"server tags: {191 * 'x'}"),
    Row("not-storable", ERROR, "notify email", "", r'notify: {email: ["a\0b@example.com"]}'),
    Row("not-storable", ERROR, "defaults lock", "at most 190", f"defaults: {{lock: {191 * 'x'}}}"),
    # schedules
    job("no-schedule", ERROR, "", "Add `every: 5 minutes`", "args: [1]"),
    job("no-schedule", ERROR, "", "`type: manual`", "args: [1]"),
    job("no-schedule", ERROR, "", "Add `run at`", "type: date"),
    job("no-schedule", ERROR, "", "Add `every`", "type: interval"),
    job("no-schedule", ERROR, "", "Add `trigger`", "type: apscheduler; params: {hour: 3}"),
    job("contradictory-schedule", ERROR, "", "`type`", "minutes: 5; hour: 3"),
    job("no-schedule", ERROR, "", "Add `after end`", "type: after end"),
    job("contradictory-schedule", ERROR, "", "a second job", "after end: 10 minutes; crontab: '@daily'"),
    job("contradictory-schedule", ERROR, "", "a second job", "after end: 10 minutes; every: 5 minutes"),
    job("no-schedule", ERROR, "", "Add `every: 5 minutes`", "at start: false"),
    job("bad-boolean", ERROR, "at start", "", "at start: sometimes"),
    job("contradictory-schedule", ERROR, "", "a second job", "at start: true; crontab: '@daily'"),
    job("contradictory-schedule", ERROR, "", "a second job", "at start: true; after end: 10 minutes"),
    job("key-of-another-type", ERROR, "jitter", "Remove it", "at start: true; jitter: 5 seconds"),
    job("key-of-another-type", ERROR, "start", "Remove it", "at start: true; start: 2027-01-01"),
    job("key-of-another-type", ERROR, "end", "Remove it", "at start: true; end: 2027-01-01"),
    job("key-of-another-type", ERROR, "except", "Remove it", "at start: true; except: sat"),
    job("key-of-another-type", ERROR, "holidays", "Remove it", "at start: true; holidays: US-MA"),
    job("contradictory-schedule", ERROR, "every", "Keep one", "every: 5 minutes; seconds: 5"),
    job("contradictory-schedule", ERROR, "crontab", "Keep one", "crontab: 5 * * * *; hour: 3"),
    job(
        "key-of-another-type",
        WARNING,
        "minute",
        "Did you mean `minutes`?",
        "type: interval; minutes: 5; minute: 3",
    ),
    job("key-of-another-type", ERROR, "minute", "Did you mean `minutes`?", "type: interval; minute: 3"),
    job("key-of-another-type", WARNING, "hours", "Did you mean `hour`?", "type: cron; hours: x"),
    job("key-of-another-type", ERROR, "crontab", "`type: cron`", "type: date; crontab: '@daily'"),
    job("key-of-another-type", ERROR, "crontab", "Remove it", "type: manual; crontab: '@daily'"),
    job("key-of-another-type", ERROR, "minute", "Remove it", "type: manual; minute: 5"),
    job("key-of-another-type", ERROR, "start", "Remove it", "type: manual; start: 2027-01-01"),
    job("key-of-another-type", ERROR, "end", "Remove it", "type: manual; end: 2027-01-01"),
    job("key-of-another-type", ERROR, "jitter", "give the job a schedule", "type: manual; jitter: 5 seconds"),
    Row(
        "key-of-another-type", ERROR, "defaults minutes", "Remove it", "defaults: {type: manual, minutes: 5}"
    ),
    Row("bad-defaults", ERROR, JOB, "Mend `defaults`", "defaults: {minute: 99}\ntest.job: {description: x}"),
    job("interval-too-short", ERROR, "minutes", "one second", "minutes: 0"),
    job("interval-too-short", ERROR, "every", "one second", "every: 0.5"),
    job("interval-too-short", ERROR, "after end", "one second", "after end: 0.5"),
    job("bad-duration", ERROR, "after end", "", "after end: 0"),
    job("bad-duration", ERROR, "after end", "", "after end: soon"),
    job("no-effect", WARNING, "missed", "Remove", "after end: 5; missed: all"),
    job("unknown-key", WARNING, "coalesce", "`missed`", "after end: 5; coalesce: true"),
    job("unknown-key", WARNING, "max_instances", "`overlap`", "minutes: 5; max_instances: 3"),
    job("no-effect", WARNING, "on holiday", "Remove", "after end: 5; except: sat; on holiday: after"),
    job(
        "impossible-schedule",
        ERROR,
        "end",
        "Move",
        "after end: 5 minutes; start: 2027-02-01; end: 2027-01-01",
    ),
    job("never-fires-again", WARNING, "", "Remove the job", "after end: 5 minutes; end: 2001-01-01"),
    job("bad-field", ERROR, "minute", "0-59", "minute: 99"),
    job("bad-field", ERROR, "minute", "`12:30` without quotes is 750", "minute: 12:30"),
    job("bad-field", ERROR, "minute", "", "minute: '*/x'"),
    job("bad-field", ERROR, "hour", "", "hour: '*/0'; minute: 0"),
    job("bad-field", ERROR, "weekday", "mon", "weekday: moon"),
    job("bad-field", ERROR, "minute", "on, off", "minute: on"),
    Row("bad-field", ERROR, "defaults hour", "", "defaults: {hour: 25}"),
    job("bad-crontab", ERROR, "crontab", "", "crontab: 99 * * * *"),
    job("bad-crontab", ERROR, "crontab", "", "crontab: every day"),
    job("bad-crontab", ERROR, "crontab", "`0 9 * * 1`", "crontab: [0 9 * * *, '0 9 ? * 1']"),
    job("wrong-type", ERROR, "crontab", "", "crontab: []"),
    job("wrong-type", ERROR, "crontab", "", "crontab: [5]"),
    job("too-large", ERROR, "crontab", "two jobs", f"crontab: [{'0 9 * * *, ' * 101}]"),
    job("uneven-step", WARNING, "crontab", "every: 40 minutes", "crontab: [0 9 * * *, '*/40 * * * *']"),
    job("daylight-saving-gap", WARNING, "crontab", "", "crontab: [0 9 * * *, 30 2 * * *]"),
    job("bad-trigger", ERROR, "trigger", "", "trigger: cron; params: {hour: 99}"),
    job("impossible-schedule", ERROR, "day", "", "day: 31; month: 2; hour: 0; minute: 0"),
    job("impossible-schedule", ERROR, "end", "", "minutes: 5; start: 2027-01-02; end: 2027-01-01"),
    job("never-fires-again", WARNING, "", "new time", "run at: 2020-01-01"),
    job("never-fires-again", WARNING, "", "", "minutes: 5; end: 2020-01-01 12:00"),
    # legal, and probably a trap
    job("hour-without-minute", WARNING, "hour", "minute: 0", "hour: 3"),
    job("uneven-step", WARNING, "crontab", "`every: 90 minutes`", "crontab: '*/90 * * * *'"),
    job("uneven-step", WARNING, "minute", "`every: 40 minutes`", "minute: -40"),
    job("daylight-saving-gap", WARNING, "hour", "", "hour: 2; minute: 30"),
    job("daylight-saving-gap", WARNING, "crontab", "", "crontab: 30 2 * * *"),
    job("daylight-saving-gap", WARNING, "run at", "another time", "run at: 2027-03-28 02:30"),
    job("daylight-saving-gap", WARNING, "start", "", "minutes: 5; start: 2027-03-28 02:30"),
    job("sure-to-overlap", WARNING, "max runtime", "longer", "minutes: 5; max runtime: 6 minutes"),
]

FROM_THE_OUTSIDE = {
    "yaml-surprise": {
        "source": SourceFindings(
            pitfalls=(YamlPitfall(path=("scheduler", JOB, "minutes"), written="010", value=8),)
        )
    },
    "no-apscheduler": {},
    "bad-time-zone": {"zone": "Middle/Earth"},
    "unknown-variable": {"environ": {"DA_SCHEDULER__LOG_LEVL": "debug"}},
    "bad-json": {"environ": {"DA_SCHEDULER__SERVER_TAGS": "[blue"}},
    # the file is read in tests/unit/host/test_env_file.py
    "bad-env-file": {
        "env_file": EnvFile(problems=(Code.BAD_ENV_FILE.problem((".env",), "The file is not UTF-8."),))
    },
}


def bad_trigger(*_: object) -> object:
    raise TypeError("no such trigger")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.code}: {row.block[:99]}")
def test_a_problem_has_its_code_path_severity_and_hint(row: Row) -> None:
    found = [
        problem
        for problem in read(row.block, trigger_schedule=bad_trigger).problems
        if problem.code == row.code and problem.severity is row.severity
    ]
    assert [" ".join(problem.path[1:]) for problem in found] == [row.path]
    assert row.hint in found[0].hint
    assert found[0].path[0] == "scheduler"
    assert found[0].sentence.endswith(".")
    assert found[0].hint or row.severity is WARNING


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.path.startswith(JOB)], ids=lambda row: f"{row.code}: {row.block[:99]}"
)
def test_an_error_of_a_job_and_only_an_error_keeps_it_from_being_scheduled(row: Row) -> None:
    jobs = read(row.block, trigger_schedule=bad_trigger).jobs
    assert bool(jobs) is (row.severity is WARNING)


@pytest.mark.parametrize("code", FROM_THE_OUTSIDE)
def test_what_is_told_from_the_outside_is_a_problem_too(code: str) -> None:
    block = f"{JOB}: {{trigger: date}}" if code == "no-apscheduler" else f"{JOB}: {{minutes: 8}}"
    assert [problem.code for problem in read(block, **FROM_THE_OUTSIDE[code]).problems] == [code]


#: what only docassemble can tell: tests/unit/management/test_names_of_jobs.py
INSIDE_DOCASSEMBLE = {"celery-module-missing", "function-not-found", "generator-function", "unknown-user"}
#: what only the database can tell: tests/unit/management/test_registry.py
IN_THE_DATABASE = {"not-in-database"}
#: what only a table of `jobs from` can tell: tests/unit/worker/test_job_tables.py
IN_A_TABLE = {"bad-row", "table-unreadable"}
#: what only an added job can have: tests/unit/config/test_config_added.py
IN_ADDED_JOBS = {"not-on-demand"}
#: what only a missing package can cause: tests/unit/config/test_days.py
WITHOUT_A_PACKAGE = {"no-holidays"}


def test_every_code_has_a_row() -> None:
    outside = (
        set(FROM_THE_OUTSIDE)
        | INSIDE_DOCASSEMBLE
        | IN_THE_DATABASE
        | IN_ADDED_JOBS
        | IN_A_TABLE
        | WITHOUT_A_PACKAGE
    )
    outside |= {"not-yaml"}  # before there is a block
    assert {row.code for row in ROWS} | outside == {code.value for code in Code}


def test_every_code_is_explained_in_a_sentence() -> None:
    assert all(code.explanation.endswith(".") for code in Code)


def test_several_problems_of_one_job_are_all_reported() -> None:
    block = f"{JOB}: {{minute: 99, hour: 25, retries: x, enabled: maybe, foo: 1}}"
    codes = [problem.code for problem in read(block).problems]
    assert sorted(codes) == ["bad-boolean", "bad-field", "bad-field", "bad-number", "unknown-key"]
