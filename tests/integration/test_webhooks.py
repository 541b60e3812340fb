"""Who is told of failures: chats, programs and people, each in the form of theirs, and no secret anywhere."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import pytest
from playwright.sync_api import expect

from devserver.server import DevServer
from devserver.settings import ADMIN_EMAIL, ADMIN_PASSWORD
from devserver.waiting import until
from docassemble.Scheduler.core.alerts import WebhookKind
from tests.integration.browser import chromium, sign_in
from tests.integration.conftest import StartDevServer
from tests.integration.http_sink import HttpSink, hanging_server
from tests.integration.json_client import API, NEVER, JsonClient
from tests.integration.notes import TOP_LEVEL
from tests.integration.shell import Shell
from tests.integration.smtp_sink import SmtpSink, text_of
from tests.unit.notifications.test_bodies import check

#: stands in the address of each webhook
SECRET = "5ec2e7-0f-the-address"
OPERATOR, BOSS = "ops@example.com", "boss@example.com"
#: the kind of each webhook, which is also its path
KINDS = [kind.value for kind in WebhookKind]
MANY = [f"many {number}" for number in range(14)]


@dataclass(frozen=True, kw_only=True)
class Site:
    server: DevServer
    mails: SmtpSink
    hooks: HttpSink

    @property
    def api(self) -> JsonClient:
        return JsonClient(server=self.server)

    def posted(self, path: str) -> list[Any]:
        """The bodies that were posted to a webhook."""
        return [json.loads(request.body) for request in self.hooks.below(f"/{path}/")]

    def run(self, *jobs: str) -> None:
        for job in jobs:
            self.api.post("/run_now", job=job)

    def told(self, path: str, text: str) -> Any:
        """Wait for a message to a webhook that has a text in it; others wait for a minute after one."""
        messages = until(
            lambda: [each for each in self.posted(path) if text in plain(each)], f"{text!r} at {path}", 150
        )
        return messages[0]


def plain(body: Any) -> str:
    """All of a body as text, without what keeps Markdown from being one."""
    return json.dumps(body, ensure_ascii=False).replace("\\", "").replace("\u200b", "")


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer) -> Iterator[Site]:
    answers = {"/refuses": 503, "/gone": 410, "/redirects": 307}
    with SmtpSink() as mails, HttpSink(answers) as hooks, hanging_server() as port:
        notify: list[Any] = [OPERATOR]
        notify += [{kind: f"{hooks.url}/{kind}/{SECRET}?key={SECRET}"} for kind in KINDS]
        notify += [f"{hooks.url}{path}/{SECRET}" for path in answers]
        notify += [f"http://user:{SECRET}@127.0.0.1:{port}/{SECRET}"]
        own = {"to": [BOSS, {"json": f"{hooks.url}/own/{SECRET}"}]}
        jobs = {
            **{f"noticed.{name}": {"function": "noticed.fails", **NEVER} for name in MANY},
            "noticed.fails_once": dict(NEVER),
            "noticed.fails_loudly": dict(NEVER),
            "noticed.fails quietly": {"function": "noticed.fails", **NEVER, "notify": False},
            "noticed.fails own": {"function": "noticed.fails", **NEVER, "notify": own},
            "noticed.fails own 2": {"function": "noticed.fails", **NEVER, "notify": own},
            "noticed.fails out of the environment": {
                **NEVER,
                "function": "noticed.fails",
                "notify": "${HOOK}",
            },
            "noticed.works wrong": {
                **NEVER,
                "function": "noticed.works",
                "notify": [{"slak": f"https://a.b/{SECRET}"}],
            },
        }
        server = start_devserver(
            {
                "mail": mails.directive,
                "scheduler": {"log level": "debug", "concurrency": 8, "notify": notify, **jobs},
            },
            pythonpath=[TOP_LEVEL],
            environ={"HOOK": f"{hooks.url}/gone/out-of-the-environment-{SECRET}"},
        )
        yield Site(server=server, mails=mails, hooks=hooks)


def test_what_fails_at_once_is_one_mail_and_one_message_to_each_webhook_in_its_form(site: Site) -> None:
    site.run(*(f"noticed.{name}" for name in MANY))
    mail = site.mails.wait_for("14 jobs failed: ")
    assert mail["To"] == OPERATOR
    assert [f"- noticed.{name} failed: ValueError: " in text_of(mail) for name in MANY] == [True] * 14
    for kind in WebhookKind:
        body = site.told(kind.value, "14 jobs failed: ")
        check(kind, body)
        assert len(site.posted(kind.value)) == 1
    assert len(site.mails.mails) == 1


def test_a_job_tells_those_whom_it_names_and_nobody_else_with_a_link_that_opens_the_run(site: Site) -> None:
    site.run("noticed.fails own")
    mail = site.mails.wait_for("noticed.fails own failed: ValueError: ('no such case', 9, 21)")
    assert (mail["To"], len(site.mails.about("noticed.fails own"))) == (BOSS, 1)
    body = site.told("own", "noticed.fails own failed")
    check(WebhookKind.JSON, body)
    (alert,) = body["alerts"]
    link = link_of(mail)
    assert link == alert["url"] == f"{site.server.url}/scheduler/run?id={alert['run']}"
    with chromium() as browser:
        page = browser.new_context().new_page()
        page.goto(link)
        page.fill("#email", ADMIN_EMAIL)
        page.fill("#password", ADMIN_PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url(link)
        expect(page.locator("main, #damain, body").first).to_contain_text("noticed.fails own")
        expect(page.locator("body")).to_contain_text("no such case")


def link_of(mail: EmailMessage) -> str:
    """The second line."""
    return text_of(mail).splitlines()[1]


def test_nothing_is_told_of_a_job_whose_notify_is_false(site: Site) -> None:
    site.run("noticed.fails quietly")
    assert site.api.last_run("noticed.fails quietly", "failed")["error"].startswith("ValueError")
    site.run("noticed.fails own 2")  # what is told now, comes after what would have been told
    site.mails.wait_for("noticed.fails own 2 failed")
    assert site.mails.about("noticed.fails quietly") == []
    assert [path for path in (*KINDS, "own") for each in site.posted(path) if "quietly" in plain(each)] == []
    assert site.api.get("/job", name="noticed.fails quietly")["state"] == "failing"
    tested = Shell(server=site.server).read("test-notify", "noticed.fails quietly", status=1)
    assert tested == {"ok": False, "receivers": []}


def test_a_job_that_works_again_is_told_and_hostile_texts_call_nobody(site: Site) -> None:
    site.run("noticed.fails_loudly")
    site.run("noticed.fails_once")
    site.api.last_run("noticed.fails_once", "failed")
    site.run("noticed.fails_once")
    mail = site.mails.wait_for("noticed.fails_once works again")
    assert "1 job works again" in mail["Subject"]
    for kind in WebhookKind:
        body = site.told(kind.value, "noticed.fails_once works again")
        check(kind, body)
        if kind is not WebhookKind.JSON:
            assert not re.search(r"@here|<!channel>", json.dumps(body, ensure_ascii=False))
        assert "path-of-a-secret" not in plain(body)


def test_services_in_trouble_are_asked_again_and_hold_up_nobody_and_no_redirect_is_followed(
    site: Site,
) -> None:
    said = r"ERROR The message '.*' to json at http://127.0.0.1:\d+ could not be sent: WebhookError: "
    site.server.wait_for_log(said + "it answers 503", 120)
    site.server.wait_for_log(said + "it answers 307, a redirect, which is not followed", 120)
    site.server.wait_for_log(said + "it was not answered within 10 seconds", 120)
    first = site.hooks.below("/refuses")[0]
    assert [each.body for each in site.hooks.below("/refuses")[:3]] == [first.body] * 3
    assert not site.hooks.below("/redirected")


def test_a_webhook_out_of_the_environment_is_not_even_shown_by_its_host(site: Site) -> None:
    site.run("noticed.fails out of the environment")
    site.server.wait_for_log(
        r"ERROR The message .* to json \(address not shown\) could not be sent: .* 410", 60
    )


def test_a_test_message_is_sent_to_whom_a_job_names(site: Site) -> None:
    shell = Shell(server=site.server)
    shown = shell.read("test-notify", "noticed.fails own")
    host = site.hooks.url
    assert shown == {
        "ok": True,
        "receivers": [{"to": BOSS, "error": None}, {"to": f"json at {host}", "error": None}],
    }
    site.mails.wait_for("a test: messages of the scheduler arrive here")
    check(WebhookKind.JSON, site.told("own", "a test: messages of the scheduler arrive here"))


def test_no_address_is_shown_anywhere(site: Site) -> None:
    """After all that was done above: log, pages, API, the command line, mails and other webhooks."""
    shell, api = Shell(server=site.server), site.api
    name = "noticed.fails own"
    shown = [site.server.read_log(), shell.type("check", status=1).stdout, shell.type("jobs").stdout]
    shown += [json.dumps(shell.read("check", status=1))]
    for path, options in (
        ("/jobs", {}),
        ("/problems", {}),
        ("/job", {"name": name}),
        ("/runs", {"job": name}),
    ):
        answer = api.ask("GET", API + path, params=options)
        shown.append(answer.text)
    shown += [text_of(mail) for mail in site.mails.mails]
    shown += [request.body for request in site.hooks.requests]
    with chromium() as browser:
        page = browser.new_context().new_page()
        sign_in(page, site.server.url)
        for path in ("", f"/job?name={name}", "/job?name=noticed.fails out of the environment"):
            page.goto(f"{site.server.url}/scheduler{path}")
            shown.append(page.content())
    assert "bad-receiver" in shown[0]
    assert not [text for text in shown if SECRET in text]
