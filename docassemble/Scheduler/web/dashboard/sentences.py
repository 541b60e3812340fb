# do not pre-load
"""Sentences that records have in English, recognised, so that pages say them in the viewer's language.

The database keeps a reason as a text, for the log, the command line and other releases.
"""

from __future__ import annotations

import re
from functools import cache

from ...core.session_action import NotRun
from ...core.texts.phrase import PLACEHOLDER, Phrase, Value

#: why due times ended without a run, and runs before their end; and what a run waits for
REASONS = (
    "the job is paused",
    "the previous run is still going",
    "another job with the lock {lock} is still going",
    "later than the misfire grace time, or nobody was up",
    "the due time {due} stands for it",
    "`only if: {condition}` said no",
    "its `max runtime` is over",
    "the next run replaces it",
    "docassemble restarts",
    "it was stopped by hand",
    "its process died",
    "no thread was free for it after all",
    "its process was killed: its `max runtime` was over",
    "no Celery worker took it",
    "requested by hand, and no server could run it within a day",
    "asked to stop",
    "waits for a process that takes it over",
    *(each.value for each in NotRun),
)
#: a text that is longer was written by somebody else
MAX_LENGTH = 1000


def recognised(text: str) -> Value:
    """Return the phrase that a text of ours was made of; any other text as it is."""
    if len(text) > MAX_LENGTH:
        return text
    found = ((known, pattern.fullmatch(text)) for known, pattern in _patterns())
    return next((Phrase.of(known, **match.groupdict()) for known, match in found if match), text)


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [(text, _pattern(text)) for text in REASONS]


def _pattern(text: str) -> re.Pattern[str]:
    fixed = PLACEHOLDER.split(text)
    parts = [f"(?P<{part}>.+)" if index % 2 else re.escape(part) for index, part in enumerate(fixed)]
    return re.compile("".join(parts), re.DOTALL)
