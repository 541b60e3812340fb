# do not pre-load
"""Messages for Discord: embeds, in which texts of others are escaped, and nobody is mentioned.

Published: at most 2,000 characters in `content`, 10 embeds
(https://discord.com/developers/docs/resources/webhook#execute-webhook); of an embed 256 in its title, 4,096 in its
description, 25 fields with 256 in a name and 1,024 in a value, and 6,000 in all embeds of a message together
(https://discord.com/developers/docs/resources/message#embed-object-embed-limits).
"""

from __future__ import annotations

from typing import Any

from ..message import Digest
from ..report import Report
from .text import FACT, SHOWN, Body, colour, facts, left, plain_markdown, quiet, title, why

#: of one embed among several, and of a single one: 6,000 characters are allowed in all
_EACH, _ALONE = 400, 2_000


def body(digest: Digest) -> Body:
    """Make the body for a webhook of a channel."""
    embeds = [_embed(report, single=digest.is_single) for report in digest.reports[:SHOWN]]
    content = plain_markdown(title(digest), 1_000)
    if more := left(digest):
        content += f"\n({more})"
    return {"content": content, "embeds": embeds, "allowed_mentions": {"parse": []}}


def _embed(report: Report, *, single: bool) -> Body:
    text = (why(report) or report.headline) if single else report.headline
    embed: Body = {"description": plain_markdown(text, _ALONE if single else _EACH), "color": colour(report)}
    if report.link:
        embed |= {"title": "Open the run", "url": report.link}
    if single and (found := facts(report)):
        embed["fields"] = [_field(name, value) for name, value in found.items()]
    return embed


def _field(name: str, value: str) -> dict[str, Any]:
    return {"name": quiet(name, 256), "value": plain_markdown(value, 2 * FACT) or "-", "inline": True}
