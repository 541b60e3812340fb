"""What the README of 0.2.x shows, as an administrator would have written it for 0.2.x."""

import json

from docassemble.Scheduler import job_data
from docassemble.Scheduler.scheduler_logger import log


def error_handler(ex, job: job_data.SchedulerJobConfig):
    # job has these attributes:
    # "name", "type", "params", "pargs", "kwargs", "contextmanager", "error_handler"
    log(f"Scheduler Error with {job.name=}: {ex.__class__.__name__}:{ex}")


def tells_all(ex, job: job_data.SchedulerJobConfig):
    names = ("name", "type", "params", "pargs", "kwargs", "contextmanager", "error_handler")
    log("handled " + json.dumps({name: getattr(job, name) for name in names}, sort_keys=True), "warning")


def fails_too(ex, job):
    raise LookupError("the handler is lost as well")


def fails(*args, **kwargs):
    secret = "-".join(("correct", "horse", "battery"))
    raise ValueError("the job is broken", len(secret))


_calls = []


def fails_once():
    _calls.append(None)
    if len(_calls) == 1:
        raise TimeoutError("not yet")
    log("now it works")


def levels():
    # log usage: log(message, message_level='info')
    # log a message, not specifing log_level deafults to 'info'
    log("Hello World")
    log("Hello World", "debug")
    log("Hello World", "info")
    log("Hello World", "warning")
    log("Hello World", "error")
    # logging a critical message
    # automatically sends an email to the 'error notification email' docassemble configuration value
    log("Hello World", "critical")


class Surrounding:
    """A context manager with the full name."""

    def __enter__(self):
        log("surrounding entered")

    def __exit__(self, kind, error, trace):
        log(f"surrounding left with {kind.__name__ if kind else 'nothing'}")
