# do not pre-load
"""Messages for Slack: blocks, in which texts of others are `plain_text`.

Published: at most 50 blocks in a message, 3,000 characters in the text of a section, 10 elements in a context
(https://docs.slack.dev/reference/block-kit/blocks and below), and 40,000 characters in `text`
(https://docs.slack.dev/reference/methods/chat.postMessage). `&`, `<` and `>` are escaped in `text` and `mrkdwn`
(https://docs.slack.dev/messaging/formatting-message-text).
"""

from __future__ import annotations

from typing import Any, Final

from ..message import Digest
from ..report import Report
from .text import FACT, SHOWN, TEXT, Body, facts, left, quiet, title, why

#: of the fallback, which notifications show
_FALLBACK: Final = 1_000
#: of a section: half of what is allowed, because a character outside of the basic plane may count as two
_SECTION: Final = 1_500
_LINK: Final = "Open the run"


def body(digest: Digest) -> Body:
    """Make the body for an incoming webhook."""
    blocks = [_section(title(digest))]
    for report in digest.reports[:SHOWN]:
        blocks += _details(report) if digest.is_single else [_section(report.headline)]
        blocks += _link(report)
    if more := left(digest):
        blocks.append(_section(more))
    return {"text": _escaped(quiet(title(digest), _FALLBACK)), "blocks": blocks}


def _details(report: Report) -> list[Body]:
    text = "\n".join(f"{name}: {quiet(value, FACT)}" for name, value in facts(report).items())
    return [_section(part) for part in (quiet(why(report), TEXT), text) if part]


def _section(text: str) -> Body:
    return {"type": "section", "text": {"type": "plain_text", "text": quiet(text, _SECTION), "emoji": False}}


def _link(report: Report) -> list[Any]:
    if not report.link:
        return []
    link = f"<{_escaped(report.link).replace('|', '%7C')}|{_LINK}>"
    return [{"type": "context", "elements": [{"type": "mrkdwn", "text": link}]}]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
