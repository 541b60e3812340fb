# do not pre-load
"""Messages for any program: JSON of our own, with a version."""

from __future__ import annotations

from typing import Final

from ..message import Digest
from ..report import Report, sendable
from .text import Body

#: counted up when a field changes its meaning or goes; new fields may come at any time
VERSION: Final = 1


def body(digest: Digest) -> Body:
    """Make the body."""
    return {
        "version": VERSION,
        "app": sendable(digest.sender.app),
        "server": sendable(digest.sender.server),
        "headline": sendable(digest.headline),
        "alerts": [_alert(report) for report in digest.reports],
        "more": digest.more,
    }


def _alert(report: Report) -> Body:
    return {
        "kind": report.kind.value,
        "job": report.job,
        "headline": report.headline,
        "url": report.link,
        **report.data,
    }
