"""Jobs that somebody must hear of."""

import time

from docassemble.Scheduler.scheduler_logger import log

_calls = []
_once = []


def works():
    return "worked"


def fails():
    client = "Ms. Smith"
    password = "-".join(("correct", "horse", "battery"))
    raise ValueError("no such case", len(client), len(password))


def fails_twice():
    _calls.append(None)
    if len(_calls) <= 2:
        raise TimeoutError("not yet")


def fails_once():
    if not _once:
        _once.append(None)
        raise ValueError("only once")


def fails_loudly():
    raise ValueError("@here <!channel> *now*, see https://example.com/path-of-a-secret")


def lasts(seconds):
    for _ in range(seconds * 10):
        time.sleep(0.1)


def handler(ex, job):
    log(f"handled {type(ex).__name__} of {job.name}")


def report(run):
    log(f"exited {run.status.value}, attempt {run.attempt}, {'again' if run.retry_at else 'final'}")
