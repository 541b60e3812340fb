# do not pre-load
"""Calls an address on the web: the job `http.request`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

import requests

from docassemble.Scheduler.tasks.arguments import read_seconds
from docassemble.Scheduler.tasks.http_call import Call, HttpError, address, read_call
from docassemble.Scheduler.tasks.interruption import STRETCH, stop_if_asked, undisturbed

#: how much of an answer an error shows (bytes)
SHOWN = 300
REDIRECTS = 5


def request(  # noqa: PLR0913 - the arguments of a job
    url: str,
    method: str = "GET",
    *,
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, Any] | None = None,
    json: Any = None,
    data: str | Mapping[str, Any] | None = None,
    auth: str | Mapping[str, Any] | None = None,
    timeout: float | str = 30,
) -> str:
    """Call a URL; return the status, such as `200 OK`. A status of 400 or more fails the run.

    `params` are added to the URL. The body is `json`, or `data`: a text, or a mapping that is sent as a form.
    `auth` is a mapping with `user` and `password`, or with `token`; or the name of a section of docassemble's
    configuration that has them. `timeout` is for all of it, until the end of the answer.
    """
    call = read_call(url, method, params=params, headers=headers, json=json, data=data, auth=auth)
    seconds = read_seconds(timeout, "timeout")
    given_up = Event()
    try:
        answer = _within(seconds, lambda: _exchange(call, seconds, given_up))
    except HttpError:
        raise
    except (TimeoutError, requests.Timeout):
        raise HttpError(f"{call} was not answered within {seconds:g} seconds") from None
    except Exception as error:  # noqa: BLE001 - whatever it is: its text may hold the whole URL, with its secrets
        raise HttpError(f"{call} failed: {_reason(error)}") from None
    finally:
        given_up.set()
    if answer.status >= 400:
        raise HttpError(f"{answer.whose} answered {answer}: {call.masked(answer.start)}")
    return str(answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    #: method and address that were called in the end, after redirects
    whose: str
    status: int
    reason: str
    #: how the body begins
    start: str

    def __str__(self) -> str:
        return f"{self.status} {self.reason}".strip()


def _within(seconds: float, work: Callable[[], Answer]) -> Answer:
    """Do `work` in a thread and wait for it, at most that long; raise TimeoutError then, and leave it to itself.

    Nothing else limits the time of everything: a slow name server, and a server that sends a byte now and then.
    """
    future: Future[Answer] = Future()
    with undisturbed():
        Thread(target=_fill, args=(future, work), daemon=True, name="http.request").start()
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        stop_if_asked()
        if wait([future], min(STRETCH, left)).done:
            return future.result()
    raise TimeoutError


def _fill(future: Future[Answer], work: Callable[[], Answer]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that waits for it
        future.set_exception(error)


def _exchange(call: Call, seconds: float, given_up: Event) -> Answer:
    with _Session(call) as session:
        response = session.request(
            call.method,
            call.url,
            params=call.params,
            headers=call.headers,
            data=call.body,
            auth=call.auth,
            timeout=seconds,
            stream=True,
        )
        with response:
            return Answer(
                whose=f"{response.request.method} {address(response.url)}",
                status=response.status_code,
                reason=response.reason or "",
                start=_start(response, given_up),
            )


def _start(response: requests.Response, given_up: Event) -> str:
    """Read the body to its end, so that the answer is known to be whole; return how it begins, in one line."""
    start = b""
    for chunk in response.iter_content(8192):
        start += chunk[: SHOWN - len(start)]
        if given_up.is_set():
            break
    return " ".join(start.decode("utf-8", errors="replace").split())


class _Session(requests.Session):
    """Follows redirects only as far as nothing of the call is told to somebody else, or lost."""

    def __init__(self, call: Call) -> None:
        super().__init__()
        self._call = call
        self.max_redirects = REDIRECTS

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return where a response redirects to; None when it does not. Raises HttpError where we do not follow."""
        location = super().get_redirect_target(resp)
        if location is not None:
            try:
                self._call.check_redirect(resp, location, leaves=self.should_strip_auth)
            except HttpError:
                resp.close()
                raise
        return location


def _reason(error: BaseException) -> str:
    """Say why a call failed: the kind of the error, and what the operating system said, which has no URL in it."""
    cause: object = error
    for _ in range(10):
        if isinstance(cause, OSError) and isinstance(cause.strerror, str):
            return f"{type(error).__name__}, {cause.strerror}"
        if not isinstance(cause, BaseException):
            break
        cause = getattr(cause, "reason", None) or cause.__cause__ or cause.__context__
    return type(error).__name__
