"""The request that a job seems to be in: it is made when it is asked for, and is as Flask makes it."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from threading import Barrier

import pytest
from flask import (
    Flask,
    copy_current_request_context,
    flash,
    get_flashed_messages,
    has_request_context,
    request,
    session,
    stream_with_context,
    url_for,
)
from flask.sessions import SecureCookieSessionInterface

from docassemble.Scheduler.host.context import BackgroundRequest

URL = "https://court.example/da/interview"


class Site:
    """A Flask application that tells which requests it had."""

    def __init__(self) -> None:
        self.opened = 0
        self.torn_down: list[BaseException | None] = []
        site = self

        class Sessions(SecureCookieSessionInterface):
            def open_session(self, app, request):
                site.opened += 1
                return super().open_session(app, request)

        self.app = Flask(__name__)
        self.app.secret_key = "secret"
        self.app.session_interface = Sessions()
        self.app.add_url_rule("/interview", "interview", lambda: "")
        self.app.teardown_request(self.torn_down.append)
        self._requests = BackgroundRequest()

    @contextmanager
    def job(self) -> Iterator[None]:
        """Be in a job."""
        with (
            self.app.app_context(),
            self._requests.context(self.app, "https://court.example/da/", "/interview"),
        ):
            yield


@pytest.fixture
def site() -> Site:
    return Site()


def test_a_job_that_asks_for_nothing_has_a_request_that_is_never_made(site: Site) -> None:
    with site.job():
        assert has_request_context()
    assert (site.opened, site.torn_down) == (0, [])
    assert not has_request_context()


def test_a_job_finds_address_and_view_of_its_request(site: Site) -> None:
    with site.job():
        assert request.url == URL
        assert request.endpoint == "interview"
        assert url_for("interview", _external=True) == URL
        assert request.args.get("i") is None
    assert site.torn_down == [None]


def test_with_a_flask_that_keeps_its_request_elsewhere_it_is_made_at_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("flask.globals._cv_request")
    with site.job():
        assert site.opened == 1
        assert request.url == URL
    assert site.torn_down == [None]
    assert not has_request_context()


def test_what_a_job_puts_into_the_session_and_flashes_is_there_for_the_rest_of_it(site: Site) -> None:
    with site.job():
        session["docket"] = "1A"
        flash("filed")
        assert session["docket"] == "1A"
        assert get_flashed_messages() == ["filed"]
        assert get_flashed_messages() == ["filed"]
    with site.job():
        assert "docket" not in session
        assert get_flashed_messages() == []
    assert site.opened == 2


def test_a_request_that_was_made_hears_how_the_job_ended(site: Site) -> None:
    error = ValueError("no docket")
    with pytest.raises(ValueError, match="no docket"), site.job():
        _ask_and_raise(error)
    assert site.torn_down == [error]


def _ask_and_raise(error: Exception) -> None:
    assert request.path == "/interview"
    raise error


def test_threads_that_ask_at_once_get_the_same_request(site: Site) -> None:
    together = Barrier(8)

    def ask(_: int) -> object:
        together.wait(10)
        return request._get_current_object()  # type: ignore[attr-defined]

    with site.job(), ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(copy_context().run, ask, number) for number in range(8)]
        assert len({id(each.result(10)) for each in asked}) == 1
    assert site.opened == 1
    assert site.torn_down == [None]


def test_a_request_that_a_task_of_asyncio_asked_for_first_ends_with_the_job(site: Site) -> None:
    async def ask() -> str:
        return await asyncio.create_task(asyncio.to_thread(lambda: request.url))

    with site.job():
        assert asyncio.run(ask()) == URL
    assert site.torn_down == [None]


def test_what_flask_does_with_contexts_of_requests_works(site: Site) -> None:
    with site.job():
        copied = copy_current_request_context(lambda: request.url)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(copied).result(10) == URL
        assert list(stream_with_context(request.path for _ in range(2))) == ["/interview"] * 2
        with site.app.test_request_context("/other"):
            assert request.path == "/other"
        assert request.path == "/interview"
        assert site.opened == 2
    assert not has_request_context()


def test_an_address_without_a_view_is_no_failure(site: Site) -> None:
    with (
        site.app.app_context(),
        BackgroundRequest().context(site.app, "http://localhost/", "/nowhere"),
    ):
        assert request.url_rule is None
        assert request.path == "/nowhere"
