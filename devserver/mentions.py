"""What README.md says of docassemble's releases."""

import re
from collections.abc import Callable, Sequence

from devserver.__main__ import PORT
from devserver.errors import DevServerError
from devserver.releases import RELEASES, Release
from devserver.service import CHECKOUT
from devserver.welcome import boxed, welcome

#: releases as README.md names them, such as `1.9.13, 1.10.5 and 1.10.14`
_NAMED = r"\d+(?:\.\d+)+(?:(?:, | and | or )\d+(?:\.\d+)+)*"
_BOX = r"\+-+\+\n(?:\|.*\|\n)+\+-+\+"

Words = Callable[[Sequence[Release]], str]


def listed(words: Sequence[str], last: str = "and") -> str:
    """Join words as English does."""
    *others, end = words
    return f"{', '.join(others)} {last} {end}" if others else end


def versions(releases: Sequence[Release]) -> list[str]:
    """Return the versions, oldest first."""
    return [each.version for each in reversed(releases)]


def series(releases: Sequence[Release]) -> list[str]:
    """Return the series, such as 1.10, oldest first."""
    return list(dict.fromkeys(each.series for each in reversed(releases)))


def box(release: Release) -> str:
    """Return the box that ends the start of ``make demo``."""
    site = CHECKOUT / ".devserver" / release.version
    rows = welcome(
        f"http://127.0.0.1:{PORT}",
        site / "server1/log/scheduler.log",
        site / "docassemble-scheduler",
        seconds=None,
        folder=CHECKOUT,
    )
    return boxed(f"docassemble {release.version} with docassemble.Scheduler", rows)


#: what comes before a mention, the mention, and what it is to be
MENTIONS: tuple[tuple[str, str, Words], ...] = (
    (r"```text\n", _BOX, lambda releases: box(releases[0])),
    (r"\nNeeded: docassemble ", _NAMED, lambda releases: listed(series(releases), "or")),
    (r"\(tested with ", _NAMED, lambda releases: listed(versions(releases))),
)


def mentioned(text: str, releases: Sequence[Release] = RELEASES) -> str:
    """Return README.md with the names of these releases; raises DevServerError when a mention is gone."""
    for before, mention, words in MENTIONS:
        text, found = re.subn(f"({before}){mention}", rf"\g<1>{words(releases)}", text)
        if found != 1:
            raise DevServerError(f"README.md must have {before!r} once, but has it {found} times")
    return text
