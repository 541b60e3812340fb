"""A WSGI application beside which timers, or cron entries, of uWSGI call the function."""

import os
from functools import partial

import uwsgi
from benchmark_jobs import enter, names

NOTES, EVERY = os.environ["NOTES"], os.environ["EVERY"]


def call(job: str, _signal: int) -> None:
    """Handle the signal of a job."""
    enter(job, NOTES)


def application(_environ, start_response):
    """Answer that there is nothing."""
    start_response("204 No Content", [])
    return []


for number, name in enumerate(names(int(os.environ["JOBS"]))):
    uwsgi.register_signal(number, "", partial(call, name))
    if EVERY in {"60", ""}:
        uwsgi.add_cron(number, *((-1, -1, -1, -1, -1) if EVERY else (0, 0, 1, 1, -1)))
    else:
        uwsgi.add_timer(number, int(EVERY))
