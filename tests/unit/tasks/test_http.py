"""`http.request`, against real servers on this machine."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from devserver.waiting import until
from docassemble.Scheduler.core.errors import JobTimeout
from docassemble.Scheduler.tasks import http
from docassemble.Scheduler.tasks.arguments import InvalidArgument
from docassemble.Scheduler.tasks.http import HttpError
from docassemble.Scheduler.tasks.http_call import read_call

SECRET = "s3cret!/"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A request, as the server got it."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: str


@dataclass
class Site:
    """A server; `answers` says what a path is answered with: status, headers, body."""

    server: ThreadingHTTPServer
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    #: ends answers that go on and on
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self.server.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.netloc}"

    def redirect(self, path: str, status: int, target: str) -> None:
        self.answers[path] = (status, {"Location": target}, b"")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def answer(self) -> None:
        path = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(
            method=self.command, path=path.path, query=parse_qs(path.query), headers=headers, body=body
        )
        self.site.seen.append(seen)
        if path.path == "/trickle":
            return self.trickle()
        if path.path == "/long":
            self.answer_at_length()
            return None
        status, more, text = self.site.answers.get(path.path, (200, {}, b"fine"))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(text)), **more}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)
        return None

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

    def trickle(self) -> None:
        """Send one byte of the headers now and then, until the other side has had enough."""
        try:
            while not self.site.closing.wait(0.05):
                self.wfile.write(b"x")
                self.wfile.flush()
        except OSError:
            pass
        self.close_connection = True

    def answer_at_length(self) -> None:
        self.send_response(299, "x" * 60_000)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served() -> Iterator[Site]:
    handler = type("OwnHandler", (Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    site = Site(server)
    handler.site = site  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    with served() as running:
        yield running


@pytest.fixture
def other() -> Iterator[Site]:
    with served() as running:
        yield running


def basic(credentials: str) -> str:
    return "Basic " + base64.b64encode(credentials.encode()).decode()


def said(error: BaseException) -> str:
    """All that a log or a mail would show of an error."""
    return "".join(traceback.format_exception(error))


# --- what is sent


def test_an_address_is_enough(site: Site) -> None:
    assert http.request(f"{site.url}/report") == "200 OK"
    [seen] = site.seen
    assert (seen.method, seen.path, seen.body) == ("GET", "/report", "")
    assert seen.headers["user-agent"].startswith("docassemble.Scheduler/")


@pytest.mark.parametrize(
    ("arguments", "method", "expected"),
    [
        ({"params": {"a": 1, "b": ["x", "y"]}}, "GET", {"query": {"a": ["1"], "b": ["x", "y"]}}),
        (
            {"method": "POST", "json": {"name": "Zo\xeb", "list": [1, None]}},
            "POST",
            {"body": '{"name": "Zo\\u00eb", "list": [1, null]}', "type": "application/json"},
        ),
        ({"method": "put", "data": "plain \xe9"}, "PUT", {"body": "plain \xe9"}),
        (
            {"method": "POST", "data": {"a": "1 2", "b": 3}},
            "POST",
            {"body": "a=1+2&b=3", "type": "application/x-www-form-urlencoded"},
        ),
        (
            {"method": "POST", "json": [], "headers": {"content-type": "application/ld+json"}},
            "POST",
            {"body": "[]", "type": "application/ld+json"},
        ),
        ({"method": "HEAD"}, "HEAD", {}),
        ({"method": "DELETE"}, "DELETE", {}),
    ],
)
def test_method_parameters_and_body_arrive(
    site: Site, arguments: dict[str, Any], method: str, expected: dict[str, Any]
) -> None:
    assert http.request(site.url, **arguments) == "200 OK"
    [seen] = site.seen
    assert seen.method == method
    found = {"query": seen.query, "body": seen.body, "type": seen.headers.get("content-type")}
    assert found == {"query": {}, "body": "", "type": None, **expected}


def test_a_header_may_be_a_number(site: Site) -> None:
    http.request(site.url, headers={"X-Number": 5})
    assert site.seen[0].headers["x-number"] == "5"


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        ({"user": "me", "password": SECRET}, basic(f"me:{SECRET}")),
        ({"username": "m\xeb", "password": 1234}, basic("m\xeb:1234")),
        ({"token": "abc"}, "Bearer abc"),
        ("reporting api", "Bearer from the configuration"),
    ],
)
def test_credentials_are_given_or_stand_in_a_section_of_the_configuration(
    site: Site, daconfig: dict[str, Any], auth: Any, expected: str
) -> None:
    daconfig["reporting api"] = {"token": "from the configuration", "url": "https://example.com"}
    assert http.request(site.url, auth=auth) == "200 OK"
    assert site.seen[0].headers["authorization"] == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"url": "ftp://example.com"}, "`url` must begin with http:// or https:// and the name of a host"),
        ({"url": "/report"}, "`url` must begin with http:// or https:// and the name of a host"),
        (
            {"url": f"http://me:{SECRET}@h:x/"},
            "`url` must begin with http:// or https:// and the name of a host",
        ),
        ({"url": "http://[::1"}, "`url` must begin with http:// or https:// and the name of a host"),
        ({"url": 5}, "`url` must begin with http:// or https:// and the name of a host"),
        ({"method": "GET /"}, "`method` must be a word such as GET or POST"),
        ({"params": "a=1"}, "`params` must be a mapping from names to values"),
        ({"headers": {1: 2}}, "`headers` must be a mapping from names to values"),
        ({"data": ["a"]}, "`data` must be a mapping from names to values"),
        ({"data": "a", "json": "a"}, "`json` and `data` cannot both be the body; leave one of them out"),
        ({"json": {1, 2}}, "`json` cannot be written as JSON: Object of type set is not JSON serializable"),
        ({"auth": SECRET}, "`auth` names no section of docassemble's configuration"),
        ({"auth": {"user": "me"}}, "`auth` must have `user` and `password`, or `token` alone"),
        ({"auth": {"token": "a", "user": "b"}}, "`auth` must have `user` and `password`, or `token` alone"),
        ({"timeout": "soon"}, "`timeout` is not a duration. Write a number of seconds, or words like"),
        ({"timeout": 0}, "`timeout` must be more than 0 seconds"),
    ],
)
@pytest.mark.usefixtures("daconfig")
def test_an_argument_that_makes_no_sense_is_named_and_its_value_not_shown(
    arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidArgument) as caught:
        http.request(**{"url": "http://127.0.0.1:1/", **arguments})
    assert str(caught.value).startswith(message)
    assert SECRET not in said(caught.value)


# --- what comes back


@pytest.mark.parametrize(
    ("status", "result"), [(201, "201 Created"), (204, "204 No Content"), (304, "304 Not Modified")]
)
def test_a_status_below_400_is_the_result(site: Site, status: int, result: str) -> None:
    site.answers["/"] = (status, {}, b"")
    assert http.request(site.url) == result


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_a_status_of_400_or_more_fails_the_run_with_the_start_of_the_answer(site: Site, status: int) -> None:
    site.answers["/x"] = (status, {}, b"<p>Out of\n  order</p>" + b" and so on" * 1000)
    with pytest.raises(HttpError) as caught:
        http.request(f"{site.url}/x")
    text = str(caught.value)
    assert text.startswith(f"GET {site.url}/... answered {status} ")
    assert ": <p>Out of order</p> and so on and" in text
    assert len(text) < 400


def test_an_answer_that_is_cut_off_fails_the_run(site: Site) -> None:
    site.answers["/"] = (200, {"Content-Length": "100", "Connection": "close"}, b"only this")
    with pytest.raises(HttpError, match=rf"^GET {site.url} failed: "):
        http.request(site.url)


def test_no_server_is_told_with_what_the_system_says() -> None:
    with served() as gone:
        url = gone.url
    with pytest.raises(HttpError, match=rf"^GET {url}/\.\.\. failed: ConnectionError, Connection refused$"):
        http.request(f"{url}/a?token={SECRET}")


def test_secrets_stand_in_no_error(site: Site, other: Site) -> None:
    echo = json.dumps([SECRET] * 3)
    site.answers["/echo"] = (500, {}, f"you sent {echo}".encode())
    site.answers["/cut"] = (200, {"Content-Length": "100", "Connection": "close"}, b"")
    site.redirect("/away", 302, f"{other.url}/?token={SECRET}")
    netloc = f"me:{SECRET.replace('/', '%2F')}@{site.netloc}"
    for path in ("echo", "cut", "away"):
        for sent in (
            {"auth": {"user": "me", "password": SECRET}},
            {"auth": {"token": SECRET}},
            {"headers": {"X-Api-Key": SECRET}},
            {"params": {"token": SECRET}, "headers": {"Accept": "text/plain"}},
        ):
            with pytest.raises(HttpError) as caught:
                http.request(f"http://{netloc}/{path}?key={SECRET}", **sent)  # type: ignore[arg-type]
            assert SECRET not in said(caught.value)
            assert "%2F" not in said(caught.value)


WEBHOOK = "/services/T000/B000/T0k3nOfT0000"
TOKEN = "T0k3nOfT0000"


@pytest.mark.parametrize(
    "answer",
    [
        b"no_service",
        f"Cannot POST {WEBHOOK}".encode(),
        f'{{"path": "{WEBHOOK}?thread=5", "token": "{TOKEN}"}}'.encode(),
        f"see https://other.example{WEBHOOK}".encode(),
        WEBHOOK.replace("/", "%2F").encode(),
        b"x" * (http.SHOWN - 6) + TOKEN.encode(),
    ],
)
def test_a4_a_webhook_that_fails_shows_its_host_and_not_its_path(site: Site, answer: bytes) -> None:
    site.answers[WEBHOOK] = (500, {}, answer)
    with pytest.raises(HttpError) as caught:
        http.request(f"{site.url}{WEBHOOK}", "POST", json={})
    assert str(caught.value).startswith(f"POST {site.url}/... answered 500 Internal Server Error: ")
    assert TOKEN[:3] not in said(caught.value)


def test_a4_the_path_of_a_webhook_is_in_no_error(site: Site, other: Site) -> None:
    site.redirect("/a", 302, WEBHOOK)
    site.redirect("/b", 302, f"{other.url}{WEBHOOK}")
    site.redirect("/c", 302, f"{WEBHOOK}/circle")
    site.redirect(f"{WEBHOOK}/circle", 302, f"{WEBHOOK}/circle")
    site.redirect("/d", 302, f"htps://example.com{WEBHOOK}")
    site.redirect("/e", 302, f"http://{TOKEN}:{TOKEN}{WEBHOOK}")
    for failing in (site, other):
        failing.answers[WEBHOOK] = (403, {}, f"not {TOKEN}".encode())
    with served() as gone:
        urls = [f"{gone.url}{WEBHOOK}"]
    urls += [f"{site.url}/{path}" for path in "abcde"]
    urls += [
        f"http://me:{TOKEN}@{site.netloc}{WEBHOOK}",
        f"http://{TOKEN}.invalid./x".replace(TOKEN, "nowhere"),
    ]
    for url in urls:
        for sent in ({"method": "GET"}, {"method": "POST", "json": {}}):
            with pytest.raises(HttpError) as caught:
                http.request(url, timeout=5, **sent)  # type: ignore[arg-type]
            assert TOKEN not in said(caught.value)


def test_a_status_is_one_short_line(site: Site) -> None:
    assert http.request(f"{site.url}/long") == f"299 {'x' * 57}..."


# --- redirects


def test_a_redirect_on_the_same_host_is_followed_with_credentials(site: Site) -> None:
    site.redirect("/old", 301, "/new?x=1")
    assert http.request(f"{site.url}/old", auth={"token": "abc"}) == "200 OK"
    assert [seen.path for seen in site.seen] == ["/old", "/new"]
    assert site.seen[1].headers["authorization"] == "Bearer abc"


@pytest.mark.parametrize("status", [307, 308])
def test_a_body_is_sent_again_where_the_status_says_so(site: Site, status: int) -> None:
    site.redirect("/old", status, f"{site.url}/new")
    assert http.request(f"{site.url}/old", "POST", json={"a": 1}) == "200 OK"
    assert [(seen.method, seen.body) for seen in site.seen] == [("POST", '{"a": 1}')] * 2


def test_what_follows_a_303_is_a_get(site: Site) -> None:
    site.redirect("/make", 303, "/made")
    assert http.request(f"{site.url}/make", "POST", data="a") == "200 OK"
    assert [seen.method for seen in site.seen] == ["POST", "GET"]


@pytest.mark.parametrize("status", [301, 302])
def test_a_post_does_not_become_a_get(site: Site, status: int) -> None:
    site.redirect("/old", status, "/new")
    with pytest.raises(
        HttpError, match=rf"redirected to {site.url}/\.\.\., where the method would become GET"
    ):
        http.request(f"{site.url}/old", "POST", data="a")
    assert len(site.seen) == 1


@pytest.mark.parametrize(
    "sent",
    [
        {"auth": {"token": "abc"}},
        {"auth": {"user": "me", "password": "x"}},
        {"headers": {"X-Api-Key": "abc"}},
        {"method": "POST", "json": {"name": "Ada"}},
        {"method": "POST", "data": {"name": "Ada"}},
    ],
)
def test_another_host_gets_nothing_of_a_request_that_has_something_to_hide(
    site: Site, other: Site, sent: dict[str, Any]
) -> None:
    site.redirect("/", 307, f"{other.url}/")
    with pytest.raises(
        HttpError, match=r"redirected to another host, 127\.0\.0\.1, which must not see what is sent"
    ):
        http.request(site.url, **sent)
    assert other.seen == []


def test_credentials_in_the_address_do_not_go_to_another_host(site: Site, other: Site) -> None:
    site.redirect("/", 302, f"{other.url}/")
    with pytest.raises(HttpError, match="another host"):
        http.request(f"http://me:secret@{site.netloc}/")
    assert other.seen == []


def test_another_host_is_asked_where_there_is_nothing_to_hide(site: Site, other: Site) -> None:
    site.redirect("/", 302, f"{other.url}/there")
    assert http.request(site.url, params={"page": 2}) == "200 OK"
    assert [(seen.path, seen.query) for seen in other.seen] == [("/there", {})]


def test_redirects_in_a_circle_end(site: Site) -> None:
    site.redirect("/", 302, "/")
    with pytest.raises(HttpError, match="failed: TooManyRedirects"):
        http.request(site.url)
    assert len(site.seen) == http.REDIRECTS + 1


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://example.com/", "from https to http"),
        ("//example.com/", None),
        ("/again", None),
        ("ftp://example.com/", "to something that is neither http nor https"),
        ("file:///etc/passwd", "to something that is neither http nor https"),
    ],
)
def test_a_redirect_never_leads_to_a_worse_scheme(location: str, why: str | None) -> None:
    response = requests.Response()
    response.url, response.status_code = "https://example.com/", 302
    response.request = requests.Request("GET", response.url).prepare()
    call = read_call(response.url, "GET", params=None, headers=None, json=None, data=None, auth=None)
    if why is None:
        call.check_redirect(response, location, leaves=lambda *_: False)
    else:
        with pytest.raises(HttpError, match=f"is redirected {why}:"):
            call.check_redirect(response, location, leaves=lambda *_: False)


# --- time


def test_the_time_is_that_of_the_whole_request_however_busy_the_server_seems(site: Site) -> None:
    before = time.monotonic()
    with pytest.raises(HttpError, match=rf"^GET {site.url}/\.\.\. was not answered within 0\.5 seconds$"):
        http.request(f"{site.url}/trickle", timeout=0.5)
    assert 0.5 <= time.monotonic() - before < 3


@pytest.mark.parametrize("force", [False, True])
def test_a_run_that_is_stopped_does_not_wait_for_the_answer(
    site: Site, stoppable: Callable[[Callable[[], object]], Any], force: bool
) -> None:
    job = stoppable(lambda: http.request(f"{site.url}/trickle", timeout="1 hour"))
    until(lambda: site.seen, "request", 10)
    assert isinstance(job.stop(force=force), JobTimeout)


# --- the name of the module


def test_the_library_of_the_same_name_is_not_hidden() -> None:
    script = (
        "import docassemble.Scheduler.tasks.http, docassemble.Scheduler.tasks.test, http, http.client;"
        "print(http.__file__ == http.client.__file__.replace('client', '__init__'), http.HTTPStatus.OK.value)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "200"]
