# do not pre-load
"""Texts of others in messages of chats: nobody is called by them, and nothing in them is a format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ...core.texts.text import cut
from ..message import Digest
from ..report import Report, ReportKind, sendable

#: so many reports are shown in one message
SHOWN: Final = 10
#: what is shown of an error or a message, and of other facts (characters)
TEXT, FACT = 1_000, 200

Body = dict[str, Any]

_GAP: Final = "\u200b"
#: `@here`, `<!channel>`, `<@somebody>`, `<#somewhere>`
_CALLS: Final = re.compile(r"@|<(?=[!@#])")
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()#+\-.!>|~])")
#: the beginning of an address, which would become a link; and of what has a meaning in brackets
_LINKS: Final = re.compile(r":(?=//)|<(?!\u200b)")
RED, GREEN, YELLOW = 0xC62828, 0x2E7D32, 0xF9A825


def quiet(text: str, limit: int) -> str:
    """Return a text that calls nobody, with at most `limit` characters: a gap that cannot be seen is in each call."""
    text = _CALLS.sub(lambda found: found[0] + _GAP, sendable(cut(text, limit)))
    return cut(text, limit)


def plain_markdown(text: str, limit: int) -> str:
    """Return a text that Markdown shows as it is, with at most `limit` characters."""
    # each character may get a second one
    told = _LINKS.sub(lambda found: found[0] + _GAP, quiet(text, limit // 2))
    return _MARKDOWN.sub(r"\\\1", told)[:limit]


def why(report: Report) -> str:
    """Return what the headline may have no room for: the error, or what was logged."""
    return report.facts.get("Error") or str(report.data.get("message") or "")


def facts(report: Report) -> Mapping[str, str]:
    """Return the other facts."""
    return {name: value for name, value in report.facts.items() if name not in {"Job", "Error"}}


def colour(report: Report) -> int:
    """Return the colour of a report."""
    if report.kind in {ReportKind.FAILURE, ReportKind.STILL_FAILING, ReportKind.CRITICAL}:
        return RED
    return GREEN if report.kind is ReportKind.RECOVERY else YELLOW


def title(digest: Digest) -> str:
    """Return the first line of a message."""
    return f"{digest.sender.app}: {digest.headline}"


def left(digest: Digest) -> str:
    """Say how many reports are not shown; empty when all are."""
    count = len(digest.reports) - SHOWN if len(digest.reports) > SHOWN else 0
    count += digest.more
    return f"and {count} more" if count else ""
