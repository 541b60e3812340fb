# do not pre-load
"""What the mails to the administrator say; nothing is sent here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..core.texts.text import cut
from .message import Digest
from .report import Report, one_line, sendable

#: No mail is longer, in characters: about one thing, and about several.
LIMIT: Final = 10_000
DIGEST_LIMIT: Final = 40_000
_SUBJECT_LIMIT: Final = 200
#: how much of a mail the traceback may take when variables follow it
_TRACEBACK_LIMIT: Final = 5_000
#: how much of a mail about several things the list of them may take
_LIST_LIMIT: Final = 5_000
#: what is worth showing of one of several
_LEAST: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A plain-text mail: `subject` is one line, `text` at most `DIGEST_LIMIT` characters."""

    subject: str
    text: str


def mail_of(digest: Digest) -> Mail:
    """Make a mail: subject and first line say what happened, and why."""
    limit = LIMIT if digest.is_single else DIGEST_LIMIT
    text = _whole(digest.reports[0], LIMIT) if digest.is_single else _several(digest)
    subject = one_line(f"{digest.sender.app}: {digest.headline}", _SUBJECT_LIMIT)
    return Mail(subject=subject, text=cut(sendable(text), limit))


def _whole(report: Report, limit: int) -> str:
    text = f"{_head(report)}\n{_table(report.facts)}\n"
    if report.detail:
        room = min(_TRACEBACK_LIMIT, limit // 2) if report.variables else limit - len(text) - 1
        text += f"\n{cut(report.detail, max(room, 0))}"
    if report.variables:
        text += f"\nThe variables of the job's own code:\n\n{report.variables}"
    return cut(text, limit)


def _head(report: Report) -> str:
    return f"{report.headline}\n" + (f"{report.link}\n" if report.link else "")


def _several(digest: Digest) -> str:
    """List all, then show as many of them as there is room for."""
    text = f"{digest.headline}\n\n"
    listed = 0
    for report in digest.reports:
        entry = f"- {_head(report)}".rstrip().replace("\n", "\n  ") + "\n"
        if len(text) + len(entry) > _LIST_LIMIT:
            break
        text += entry
        listed += 1
    if left := len(digest.reports) + digest.more - listed:
        text += f"- and {left} more\n"
    shown = [report for report in digest.reports if report.facts][: (DIGEST_LIMIT - len(text)) // _LEAST]
    for index, report in enumerate(shown):
        room = (DIGEST_LIMIT - len(text)) // (len(shown) - index)
        text += cut(f"\n{'-' * 72}\n{_whole(report, room - 80)}", room)
    return text


def _table(facts: Mapping[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in facts.items())
