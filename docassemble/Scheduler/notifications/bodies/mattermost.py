# do not pre-load
"""Messages for Mattermost: attachments, in which texts of others are escaped and call nobody.

Published: at most 16,383 characters in `text` (https://developers.mattermost.com/integrate/webhooks/incoming/); what an
attachment has is at https://developers.mattermost.com/integrate/reference/message-attachments/. The server refuses a
post whose attachments have more than 760,000 characters as JSON (`PostPropsMaxUserRunes` of its source).
"""

from __future__ import annotations

from typing import Any

from ..message import Digest
from ..report import Report
from .text import FACT, SHOWN, TEXT, Body, colour, facts, left, plain_markdown, quiet, title, why


def body(digest: Digest) -> Body:
    """Make the body for an incoming webhook."""
    text = plain_markdown(title(digest), 2 * TEXT)
    if more := left(digest):
        text += f"\n({more})"
    attachments = [_attachment(report, single=digest.is_single) for report in digest.reports[:SHOWN]]
    return {"text": text, "attachments": attachments}


def _attachment(report: Report, *, single: bool) -> Body:
    text = (why(report) or report.headline) if single else report.headline
    attachment: Body = {
        "fallback": quiet(report.headline, TEXT),
        "color": f"#{colour(report):06x}",
        "text": plain_markdown(text, 2 * TEXT),
    }
    if report.link:
        attachment |= {"title": "Open the run", "title_link": report.link}
    if single:
        attachment["fields"] = [_field(name, value) for name, value in facts(report).items()]
    return attachment


def _field(name: str, value: str) -> dict[str, Any]:
    return {"short": True, "title": name, "value": plain_markdown(value, 2 * FACT)}
