# do not pre-load
"""When the site has started: not one of its servers alone, but so that nobody is left who was there before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from .clock import RESOLUTION

#: whoever has beaten no more often than that came within the last ten minutes
YOUNG = 60
#: and whoever has beaten so often has seen all given up that had died before it came
SETTLED = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteStart:
    """The last start of the site."""

    #: counts what is noted here
    number: int
    #: the due time of jobs with `at start`
    at: datetime
    #: the servers that took part in it: each has an identifier from its own start to its end
    boots: frozenset[str]


def note_start(last: SiteStart | None, up: Mapping[str, int], now: datetime) -> SiteStart | None:
    """Return what is to be noted when these servers are up, each with its beats so far; None when nothing is (C30).

    The site has started when none of those is left that took part in its last start, and all others are young: a
    server that restarts alone, or comes later, starts no site. Young servers that have joined the others take part.
    """
    boots = frozenset(up)
    is_young = all(beats <= YOUNG for beats in up.values())
    if not boots:
        return None
    if last is None:
        return SiteStart(number=1, at=now, boots=boots)
    if last.boots.isdisjoint(boots) and is_young:
        return SiteStart(number=last.number + 1, at=max(now, last.at + RESOLUTION), boots=boots)
    is_settled = all(up[boot] >= SETTLED for boot in boots - last.boots)
    if last.boots < boots and is_young and is_settled:
        return replace(last, number=last.number + 1, boots=boots)
    return None
