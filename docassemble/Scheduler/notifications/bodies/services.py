# do not pre-load
"""The services that can be posted to, and who makes the bodies for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

from ...core.alerts import Webhook, WebhookKind
from ..message import Digest
from . import discord, json_body, mattermost, slack, teams
from .text import Body

_BODIES: Final[Mapping[WebhookKind, Callable[[Digest], Body]]] = {
    WebhookKind.SLACK: slack.body,
    WebhookKind.TEAMS: teams.body,
    WebhookKind.DISCORD: discord.body,
    WebhookKind.MATTERMOST: mattermost.body,
    WebhookKind.JSON: json_body.body,
}


def body_for(webhook: Webhook, digest: Digest) -> bytes:
    """Make what is posted, as JSON in UTF-8."""
    made = _BODIES[webhook.kind](digest)
    return json.dumps(made, ensure_ascii=False).encode("utf-8", "replace")
