# do not pre-load
"""Messages for Microsoft Teams: an Adaptive Card, in which texts of others are runs without Markdown.

Published: a workflow posts a message of some 28 KB
(https://learn.microsoft.com/en-us/connectors/teams/#known-issues-and-limitations), which Teams counts in UTF-16
(https://learn.microsoft.com/en-us/microsoftteams/platform/bots/how-to/format-your-bot-messages); its form is at
https://learn.microsoft.com/en-us/connectors/teams/#adaptivecarditemschema. A card has at most six actions
(https://learn.microsoft.com/en-us/microsoftteams/platform/task-modules-and-cards/cards/cards-reference). Its elements
are those of https://adaptivecards.io/explorer, version 1.4.
"""

from __future__ import annotations

from ..message import Digest
from ..report import Report, ReportKind
from .text import FACT, SHOWN, TEXT, Body, facts, left, quiet, title, why

_CARD = "application/vnd.microsoft.card.adaptive"
_SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
_LINK = "Open the run"


def body(digest: Digest) -> Body:
    """Make the body for a workflow that is started by a webhook."""
    first = digest.reports[0]
    blocks = [_line(title(digest), weight="Bolder", size="Medium", color=_colour(first))]
    actions = []
    if digest.is_single:
        blocks += [_line(quiet(why(first), TEXT))] if why(first) else []
        blocks += [
            _line(f"{name}: {quiet(value, FACT)}", isSubtle=True) for name, value in facts(first).items()
        ]
        actions = [_open(first)] if first.link else []
    else:
        blocks += [_entry(report) for report in digest.reports[:SHOWN]]
        blocks += [_line(more)] if (more := left(digest)) else []
    card: Body = {"$schema": _SCHEMA, "type": "AdaptiveCard", "version": "1.4", "body": blocks}
    if actions:
        card["actions"] = actions
    attachment = {"contentType": _CARD, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _line(text: str, **look: object) -> Body:
    run = {"type": "TextRun", "text": quiet(text, TEXT), **look}
    return {"type": "RichTextBlock", "inlines": [run]}


def _entry(report: Report) -> Body:
    action = {"selectAction": _open(report)} if report.link else {}
    return _line(report.headline, color=_colour(report), **action)


def _open(report: Report) -> Body:
    return {"type": "Action.OpenUrl", "title": _LINK, "url": report.link}


def _colour(report: Report) -> str:
    if report.kind is ReportKind.RECOVERY:
        return "Good"
    return "Warning" if report.kind in {ReportKind.LATE, ReportKind.TEST} else "Attention"
