# do not pre-load
"""The refresh of a page: nothing while it is the same, then only the rows that differ.

The browser names what it has: an entity tag for the whole, and a digest for each row of a table that has a key.
Words for how long ago something was do not count: our script keeps them right.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

#: the header in which the browser names the digests of its rows
ROWS = "X-Scheduler-Rows"
#: the browser has at most this many rows; docassemble's servers take headers of this length
MAX_ROWS = 1_000
_ROW = re.compile(r"<tr data-key=\"([^\"]*)\"([^>]*)>(.*?)</tr>", re.DOTALL)
_PASSING = re.compile(
    r'(?<=<span class="sch-relative">)[^<]*|(?<=<span class="sch-elapsed">)[^<]*|(?<= name="csrf_token" value=")[^"]*'
)


@dataclass(frozen=True, slots=True)
class Part:
    """What a refresh sends."""

    etag: str
    html: str


def tag_of(*parts: object) -> str:
    """Return the entity tag of what these, as text, decide; a weak one, because rows may be left out."""
    return f'W/"{_digest(repr(parts), size=12)}"'


def part_of(html: str, known: Collection[str], now: datetime) -> Part:
    """Return the part of a page, without the rows whose digests are known, and with the tag of it all.

    The tag changes each hour: forms hold tokens that grow old.
    """
    digests: list[str] = []

    def marked(match: re.Match[str]) -> str:
        key, more, inner = match.groups()
        digest = _digest(_lasting(f"{key}{more}{inner}"))
        digests.append(digest)
        head = f'<tr data-key="{key}" data-digest="{digest}"'
        return f"{head} data-same></tr>" if digest in known else f"{head}{more}>{inner}</tr>"

    slim = _ROW.sub(marked, html)
    rest = _ROW.sub("", html)
    return Part(tag_of(f"{now:%Y%m%d%H}", digests, _lasting(rest)), slim)


def known_rows(header: str | None) -> frozenset[str]:
    """Read the digests that the browser names."""
    return frozenset((header or "").split(",", MAX_ROWS)[:MAX_ROWS])


def _lasting(html: str) -> str:
    return _PASSING.sub("", html)


def _digest(text: str, size: int = 4) -> str:
    return blake2b(text.encode(errors="replace"), digest_size=size).hexdigest()
