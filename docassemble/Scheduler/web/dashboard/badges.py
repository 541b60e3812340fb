# do not pre-load
"""Badges: how a job stands or a run ended, as a word and a tone."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.run import Status
from ...management.status import Standing


@dataclass(frozen=True, slots=True)
class Badge:
    """A word, and the tone in which it is shown."""

    #: a word for people, to be translated
    text: str
    #: `good`, `busy`, `bad`, `warn` or `quiet`: a class of the style sheet
    tone: str


#: a job that could not be read from the configuration
PROBLEM = Badge("problem", "bad")

STANDINGS = {
    Standing.DISABLED: Badge("disabled", "quiet"),
    Standing.PAUSED: Badge("paused", "quiet"),
    Standing.RUNNING: Badge("running", "busy"),
    Standing.LATE: Badge("late", "warn"),
    Standing.FAILING: Badge("failing", "bad"),
    Standing.OK: Badge("ok", "good"),
}

STATUSES = {
    Status.RUNNING: Badge("running", "busy"),
    Status.SUCCEEDED: Badge("succeeded", "good"),
    Status.FAILED: Badge("failed", "bad"),
    Status.TIMED_OUT: Badge("timed out", "bad"),
    Status.INTERRUPTED: Badge("interrupted", "bad"),
    Status.MISSED: Badge("missed", "warn"),
    Status.SKIPPED: Badge("skipped", "quiet"),
}

#: what needs a person first
ORDER = ("problem", "failing", "late", "running", "paused", "ok", "disabled")
