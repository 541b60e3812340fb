# do not pre-load
"""Sentences that records and errors have in English, recognised, so that pages say them in the viewer's language.

The database keeps a reason as a text, for the log, the command line and other releases. An error is one text for all
interfaces, with the same words in the API and on the command line.
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
#: what buttons answer that cannot do what they are for
ANSWERS = (
    "There is no job {job}. Did you mean {guess}?",
    "There is no job {job}. See which jobs there are.",
    "There is no run {run}. Identifiers have 32 hexadecimal digits; old records are deleted (`keep history`).",
    "The job {job} is disabled. Take `enabled: false` away; a paused job can be run by hand.",
    "This run is {status}. Run the job once more, by hand.",
    "The job {job} is paused. Resume it, or run it once more by hand.",
    "This run has been tried again already. See the later attempts of the job.",
    (
        "No server has taken up {job} yet, so it cannot be paused. "
        "Start docassemble, or set `enabled: false` in the configuration."
    ),
    "Everything is paused, so no single job can be resumed. Resume everything; a paused job can be run by hand.",
    "The job {job} stands in the configuration. Take it away there, or pause it.",
    "The job {job} is a row of {table}. Delete it there, or pause the job.",
    "Only administrators see where in its code a run is. Ask one.",
    (
        "These are {count} due times, and {most} can be run from here at once. "
        "Choose a shorter time, or use `backfill` on the command line."
    ),
    "{job} has more than {most} due times in that time. Choose a shorter time, and go on from its end.",
    "It was paused already.",
    "It was not paused.",
    "It is not running.",
    "It is asked to stop already.",
    "No job is selected. Tick the boxes before their names.",
    "More than {most} jobs are selected. Select fewer.",
)
#: a text that is longer was written by somebody else
MAX_LENGTH = 1000


def recognised(text: str) -> Value:
    """Return the phrase that a text of ours was made of; any other text as it is."""
    if len(text) > MAX_LENGTH:
        return text
    found = ((known, pattern.fullmatch(text)) for known, pattern in _patterns())
    return next((Phrase.of(known, **_values(match)) for known, match in found if match), text)


def _values(match: re.Match[str]) -> dict[str, Value]:
    """Return the values of the placeholders; a status is a word of ours, too."""
    return {name: Phrase(text) if name == "status" else text for name, text in match.groupdict().items()}


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [(text, _pattern(text)) for text in (*REASONS, *ANSWERS)]


def _pattern(text: str) -> re.Pattern[str]:
    fixed = PLACEHOLDER.split(text)
    parts = [f"(?P<{part}>.+)" if index % 2 else re.escape(part) for index, part in enumerate(fixed)]
    return re.compile("".join(parts), re.DOTALL)
