"""Messages of webhooks, each held against the form that its service has published."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.alerts import Alert, AlertKind, Webhook, WebhookKind
from docassemble.Scheduler.core.run import FinishedRun, Status
from docassemble.Scheduler.core.texts.error_text import ErrorText
from docassemble.Scheduler.notifications.bodies.services import body_for
from docassemble.Scheduler.notifications.message import Digest
from docassemble.Scheduler.notifications.report import (
    Report,
    Sender,
    of_critical,
    of_failure,
    of_recovery,
    of_test,
)

SENDER = Sender(app="Legal Help", server="web1.example.com")
NOON = datetime(2026, 2, 1, 12, tzinfo=timezone.utc)
RUN = FinishedRun(
    id="0" * 32,
    job="nightly report",
    due=NOON,
    attempt=2,
    status=Status.FAILED,
    started=NOON,
    finished=NOON + timedelta(seconds=2),
    error_text=ErrorText(name="ValueError", message="no such case", traceback="Traceback\nValueError"),
)
FIRST = Alert(kind=AlertKind.FAILURE, count=1)
LINK = "https://legal.example.com/scheduler/run?id=" + "0" * 32
FAILURE = replace(of_failure(SENDER, RUN, FIRST, "password = 1"), link=LINK)
EVERY = list(WebhookKind)


class Rule(NamedTuple):
    """A rule of a service: the texts it is about, by their place in the body, and what they may be."""

    place: str
    longest: int | None = None
    one_of: tuple[Any, ...] = ()
    most: int | None = None


#: what is published, and where. `[]` stands for each member of a list; `most` is how many it may have
RULES: dict[WebhookKind, tuple[Rule, ...]] = {
    # https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
    # https://docs.slack.dev/reference/block-kit/blocks and .../composition-objects/text-object
    # https://docs.slack.dev/messaging/formatting-message-text (what is escaped)
    WebhookKind.SLACK: (
        Rule("text", longest=40_000),
        Rule("blocks", most=50),
        Rule("blocks[].type", one_of=("section", "context")),
        Rule("blocks[].text.type", one_of=("plain_text",)),
        Rule("blocks[].text.text", longest=3_000),
        Rule("blocks[].elements", most=10),
        Rule("blocks[].elements[].type", one_of=("mrkdwn",)),
        Rule("blocks[].elements[].text", longest=3_000),
    ),
    # https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
    # https://learn.microsoft.com/en-us/connectors/teams/#adaptivecarditemschema
    # https://adaptivecards.io/explorer/RichTextBlock.html, .../TextRun.html, .../Action.OpenUrl.html
    WebhookKind.TEAMS: (
        Rule("type", one_of=("message",)),
        Rule("attachments", most=1),
        Rule("attachments[].contentType", one_of=("application/vnd.microsoft.card.adaptive",)),
        Rule("attachments[].contentUrl", one_of=(None,)),
        Rule("attachments[].content.type", one_of=("AdaptiveCard",)),
        Rule("attachments[].content.version", one_of=("1.4",)),
        Rule("attachments[].content.body[].type", one_of=("RichTextBlock",)),
        Rule("attachments[].content.body[].inlines[].type", one_of=("TextRun",)),
        Rule("attachments[].content.body[].inlines[].color", one_of=("Good", "Warning", "Attention")),
        Rule("attachments[].content.actions", most=6),
        Rule("attachments[].content.actions[].type", one_of=("Action.OpenUrl",)),
    ),
    # https://discord.com/developers/docs/resources/webhook#execute-webhook
    # https://discord.com/developers/docs/resources/message#embed-object-embed-limits and #allowed-mentions-object
    WebhookKind.DISCORD: (
        Rule("content", longest=2_000),
        Rule("embeds", most=10),
        Rule("embeds[].title", longest=256),
        Rule("embeds[].description", longest=4_096),
        Rule("embeds[].fields", most=25),
        Rule("embeds[].fields[].name", longest=256),
        Rule("embeds[].fields[].value", longest=1_024),
        Rule("allowed_mentions.parse", most=0),
    ),
    # https://developers.mattermost.com/integrate/webhooks/incoming/
    # https://developers.mattermost.com/integrate/reference/message-attachments/
    WebhookKind.MATTERMOST: (
        Rule("text", longest=16_383),
        Rule("attachments[].text", longest=16_383),
        Rule("attachments[].fields[].short", one_of=(True, False)),
    ),
    WebhookKind.JSON: (
        Rule("version", one_of=(1,)),
        Rule(
            "alerts[].kind",
            one_of=("failure", "still failing", "recovery", "critical message", "late start", "test"),
        ),
    ),
}
#: of a whole body, in bytes: Teams takes some 28 KB, which it counts in UTF-16; ours is documented
LARGEST = {WebhookKind.TEAMS: 28_000, WebhookKind.JSON: 1_000_000}
#: of all attachments as JSON, in characters: `PostPropsMaxUserRunes` of Mattermost's source
MAX_ATTACHMENTS = 760_000
#: of all embeds of a message, in characters
MAX_EMBEDS = 6_000
#: keys that must be there
NEEDED = {
    WebhookKind.SLACK: {"text", "blocks"},
    WebhookKind.TEAMS: {"type", "attachments"},
    WebhookKind.DISCORD: {"content", "embeds", "allowed_mentions"},
    WebhookKind.MATTERMOST: {"text", "attachments"},
    WebhookKind.JSON: {"version", "app", "server", "headline", "alerts", "more"},
}


def posted(kind: WebhookKind, *reports: Report, more: int = 0) -> Any:
    digest = Digest(sender=SENDER, reports=reports, more=more)
    return json.loads(body_for(Webhook(kind, "https://example.com/secret"), digest))


def found(body: Any, place: str) -> Iterator[Any]:
    """The values at a place, as far as there are any."""
    step, _, rest = place.partition(".")
    value = body.get(step.removesuffix("[]")) if step.removesuffix("[]") in body else ...
    if value is ...:
        return
    for each in value if step.endswith("[]") else [value]:
        yield from found(each, rest) if rest else [each]


def check(kind: WebhookKind, body: Any) -> None:
    """Hold a body against the rules of its service."""
    assert body.keys() >= NEEDED[kind]
    for rule in RULES[kind]:
        for value in found(body, rule.place):
            assert rule.longest is None or 0 < length(value) <= rule.longest, rule
            assert not rule.one_of or value in rule.one_of, rule
            assert rule.most is None or len(value) <= rule.most, rule
    text = json.dumps(body, ensure_ascii=False)
    encoding = "utf-16-le" if kind is WebhookKind.TEAMS else "utf-8"
    assert len(text.encode(encoding)) <= LARGEST.get(kind, 100_000)
    if kind is WebhookKind.MATTERMOST:
        assert len(json.dumps(body["attachments"])) <= MAX_ATTACHMENTS
    if kind is WebhookKind.DISCORD:
        texts = [text for embed in body["embeds"] for text in strings(embed)]
        assert sum(map(length, texts)) <= MAX_EMBEDS


def length(text: str) -> int:
    """How long a text is for who counts most: in units of UTF-16, where an emoji is two."""
    return len(text.encode("utf-16-le")) // 2


def strings(body: Any) -> Iterator[str]:
    """All texts of a body."""
    if isinstance(body, str):
        yield body
    for each in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
        yield from strings(each)


@pytest.mark.parametrize("kind", EVERY)
def test_a_failure_has_the_form_of_its_service_and_says_what_failed_why_and_where_to_look(
    kind: WebhookKind,
) -> None:
    body = posted(kind, FAILURE)
    check(kind, body)
    said = "\n".join(strings(body)).replace("\\", "")
    for text in ("nightly report failed: ValueError: no such case", LINK, "web1.example.com"):
        assert text in said


@pytest.mark.parametrize("kind", EVERY)
def test_of_a_critical_message_its_traceback_is_not_posted(kind: WebhookKind) -> None:
    message = "the archive is full\nTraceback (most recent call last):\n  secret = 1\nValueError: 5"
    said = "\n".join(strings(posted(kind, of_critical(SENDER, "nightly", message, FIRST))))
    assert "the archive is full" in said
    assert "secret" not in said
    alone = posted(kind, of_critical(SENDER, "nightly", message.partition("\n")[2], FIRST))
    assert "critical message of nightly: ValueError: 5" in "\n".join(strings(alone)).replace("\\", "")


@pytest.mark.parametrize("kind", EVERY)
def test_neither_traceback_nor_variables_are_posted(kind: WebhookKind) -> None:
    said = "\n".join(strings(posted(kind, FAILURE)))
    assert "Traceback" not in said
    assert "password" not in said


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize(
    "report", [of_recovery(SENDER, RUN, FIRST), of_test(SENDER), of_critical(SENDER, None, "", FIRST)]
)
def test_other_messages_have_the_form_too_also_without_a_link(kind: WebhookKind, report: Report) -> None:
    check(kind, posted(kind, report))


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("more", [0, 900])
def test_many_failures_are_one_message_that_says_how_many(kind: WebhookKind, more: int) -> None:
    reports = [replace(FAILURE, job=f"job {n}", headline=f"job {n} failed: " + "x" * 280) for n in range(100)]
    body = posted(kind, *reports, more=more)
    check(kind, body)
    said = "\n".join(strings(body)).replace("\\", "")
    assert "100 jobs failed" in said
    assert "job 9 failed" in said
    assert f"and {90 + more} more" in said or body.get("more") == more


#: what would call people, and what would look like something else, in one service or another
CALLS = "@here @channel @everyone @all <!channel> <!here> <@U123> <@&123> <#C123> <!subteam^S1> @ops"
FORMATS = "*b* _i_ ~s~ `c` **b** __u__ ||x|| > q # h [t](https://evil.example.com) <https://evil.example.com|t> ![i](x)"


@pytest.mark.parametrize("kind", [each for each in EVERY if each is not WebhookKind.JSON])
@pytest.mark.parametrize("several", [False, True])
def test_nobody_is_called_and_nothing_looks_like_something_else(kind: WebhookKind, several: bool) -> None:
    text = f"{CALLS}\n{FORMATS}"
    error = ErrorText(name="E", message=text, traceback="")
    hostile = of_failure(replace(SENDER, server=text), replace(RUN, job=text, error_text=error), FIRST)
    body = posted(kind, *([hostile, hostile] if several else [hostile]))
    check(kind, body)
    for said in strings(body):
        assert not re.search(r"@\w|<[!@#]", said), "a call"
    for said in marked_up(kind, body):
        assert not re.search(r"(?<!\\)[*_~`\[\]|]", said), "a format"
        assert "://" not in said, "a link"


def marked_up(kind: WebhookKind, body: Any) -> list[str]:
    """The texts in which a service looks for formats; what Slack and Teams show as it is is none."""
    places = {
        WebhookKind.SLACK: (),
        WebhookKind.TEAMS: (),
        WebhookKind.DISCORD: ("content", "embeds[].description", "embeds[].fields[].value"),
        WebhookKind.MATTERMOST: ("text", "attachments[].text", "attachments[].fields[].value"),
    }[kind]
    return [text for place in places for text in found(body, place)]


def test_a_link_of_slack_holds_nothing_of_others() -> None:
    body = posted(WebhookKind.SLACK, FAILURE)
    assert [*found(body, "blocks[].elements[].text")] == [f"<{LINK}|Open the run>"]
    assert "&lt;!here&gt;" not in body["text"]
    hostile = of_critical(SENDER, None, "<!here> & more", FIRST)
    assert "&lt;\u200b!here&gt; &amp; more" in posted(WebhookKind.SLACK, hostile)["text"]


LONG: Callable[[str], Report] = lambda text: of_failure(  # noqa: E731 - one line
    SENDER, replace(RUN, job=text, error_text=ErrorText(name=text, message=text * 50, traceback=text)), FIRST
)


@pytest.mark.parametrize("kind", EVERY)
@given(text=st.text(st.characters(codec=None), min_size=1, max_size=300))
def test_any_text_makes_a_message_that_can_be_sent(kind: WebhookKind, text: str) -> None:
    check(kind, posted(kind, LONG(text)))
    check(kind, posted(kind, *[replace(LONG(text), link=LINK)] * 12, more=1))


@pytest.mark.parametrize("letter", ["*", "@", "\U0001f600", "<", "\ud800"])
@pytest.mark.parametrize("kind", EVERY)
def test_the_worst_texts_have_room(kind: WebhookKind, letter: str) -> None:
    check(kind, posted(kind, LONG(letter * 300)))
    check(kind, posted(kind, *[replace(LONG(letter * 300), link=LINK)] * 100))


def test_programs_get_the_fields_of_the_run() -> None:
    body = posted(WebhookKind.JSON, FAILURE)
    assert body == {
        "version": 1,
        "app": "Legal Help",
        "server": "web1.example.com",
        "headline": "nightly report failed: ValueError: no such case",
        "alerts": [
            {
                "kind": "failure",
                "job": "nightly report",
                "headline": "nightly report failed: ValueError: no such case",
                "url": LINK,
                "run": "0" * 32,
                "status": "failed",
                "due": "2026-02-01T12:00:00+00:00",
                "attempt": 2,
                "started": "2026-02-01T12:00:00+00:00",
                "finished": "2026-02-01T12:00:02+00:00",
                "duration": 2.0,
                "reason": None,
                "error": {"type": "ValueError", "message": "no such case"},
                "count": 1,
                "server": "web1.example.com",
            }
        ],
        "more": 0,
    }
