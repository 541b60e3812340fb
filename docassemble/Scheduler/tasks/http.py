# do not pre-load
"""Calls an address on the web: the job `http.request`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from docassemble.Scheduler.core.errors import LimitExceeded
from docassemble.Scheduler.core.texts.excerpt import excerpt, shown_address
from docassemble.Scheduler.notifications.http_client import Session
from docassemble.Scheduler.tasks.arguments import read_seconds
from docassemble.Scheduler.tasks.http_call import HttpCall, HttpError, read_call
from docassemble.Scheduler.tasks.interruption import stop_if_asked

#: how much of an answer an error shows (characters)
SHOWN = 300
#: how much of it is looked at for that (bytes): a secret that is cut in two would not be recognised
_KEPT = 5_000
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
    try:
        answer = _exchange(call, seconds)
    except HttpError:
        raise
    except LimitExceeded as error:
        raise HttpError(f"{call} {error}") from None
    except Exception as error:  # noqa: BLE001 - whatever it is: its text may hold the whole URL, with its secrets
        raise HttpError(f"{call} failed: {_reason(error)}") from None
    if answer.status >= 400:
        raise HttpError(f"{answer.whose} answered {answer}: {answer.start}")
    return str(answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, without the secrets of the call."""

    #: method and address that were called in the end, after redirects
    whose: str
    status: int
    reason: str
    #: how the body begins
    start: str

    def __str__(self) -> str:
        return f"{self.status} {self.reason}".strip()


def _exchange(call: HttpCall, seconds: float) -> Answer:
    with _Session(call, seconds) as session:
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
                whose=f"{response.request.method} {shown_address(response.url)}",
                status=response.status_code,
                reason=excerpt(call.masked(response.reason or "", response.url)),
                start=excerpt(call.masked(_start(response), response.url), SHOWN),
            )


def _start(response: requests.Response) -> str:
    """Read the body to its end, so that the answer is known to be whole; return how it begins.

    Nothing is decompressed: we ask for plain answers, and a few bytes may become any number of them.
    """
    start = b""
    for chunk in response.raw.stream(65_536, decode_content=False):
        start += chunk[: _KEPT - len(start)]
    if response.headers.get("Content-Encoding", "identity") != "identity":
        return "(its answer is compressed)"
    return start.decode("utf-8", errors="replace")


class _Session(Session):
    """Follows redirects only as far as nothing of the call is told to somebody else, or lost."""

    def __init__(self, call: HttpCall, seconds: float) -> None:
        super().__init__(seconds, stop_if_asked)
        self._call = call
        self.max_redirects = REDIRECTS

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return where a response redirects to; None when it does not. Raises HttpError where we do not follow."""
        location = super().get_redirect_target(resp)
        if location is not None:
            self._call.check_redirect(resp, location, leaves=self.should_strip_auth)
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
