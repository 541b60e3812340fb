# do not pre-load
"""Expression: a cron schedule as read from the configuration, still without a time zone."""

from __future__ import annotations

from dataclasses import dataclass

from .pattern import Pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """What `crontab` and the cron fields are both read into."""

    #: in crontab notation, five fields or six with seconds first; for people, not to be read again:
    #: it does not say that a list stood for a wildcard
    text: str
    pattern: Pattern
    #: neither hour nor minute is a wildcard: a time of day, for the daylight-saving rule
    fixed: bool
