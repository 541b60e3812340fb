# do not pre-load
"""What `http.request` sends, and where it may be sent to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

import requests
from requests.auth import AuthBase, HTTPBasicAuth
from requests.structures import CaseInsensitiveDict

from docassemble.Scheduler import __version__
from docassemble.Scheduler.core.errors import SchedulerError
from docassemble.Scheduler.core.texts.excerpt import masked, shown_address
from docassemble.Scheduler.tasks import arguments
from docassemble.Scheduler.tasks.arguments import InvalidArgument

#: names of headers whose values are hidden
_SECRET = re.compile("auth|cookie|key|pass|secret|sign|token", re.IGNORECASE)
#: shorter parts of paths and queries are no secrets (characters): they would hide what an answer says
_SHORTEST = 6


class HttpError(SchedulerError):
    """A call that was not made, not answered, or answered with an error. The message has no secrets in it."""


class Bearer(AuthBase):
    """A token in the header `Authorization`."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add it to a request."""
        r.headers["Authorization"] = f"Bearer {self._token}"
        return r


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCall:
    """One request."""

    method: str
    url: str = field(repr=False)
    params: Mapping[str, Any] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | Mapping[str, Any] | None = field(repr=False)
    auth: AuthBase | None = field(repr=False)
    #: what no message may show
    secrets: tuple[str, ...] = field(repr=False)
    #: there is something in it that another host must not see
    confidential: bool

    def __str__(self) -> str:
        return f"{self.method} {shown_address(self.url)}"

    def masked(self, text: str, url: str = "") -> str:
        """Return a text without the secrets of this call, and of the address that it led to."""
        for secret in sorted({*self.secrets, *_parts(url)}, key=len, reverse=True):
            text = text.replace(secret, "***")
        return masked(text)

    def check_redirect(
        self, response: requests.Response, location: str, *, leaves: Callable[[str, str], bool]
    ) -> None:
        """Raise HttpError where a redirect is not followed; `leaves` says whether two URLs differ in their host."""
        target = urljoin(response.url, location)
        why = None
        if urlsplit(target).scheme not in ("http", "https"):
            why = "to something that is neither http nor https"
        elif response.url.startswith("https:") and target.startswith("http:"):
            why = "from https to http"
        elif self.confidential and leaves(response.url, target):
            why = f"to another host, {urlsplit(target).hostname}, which must not see what is sent"
        elif response.request.method not in ("GET", "HEAD") and response.status_code in (301, 302):
            why = f"to {shown_address(target)}, where the method would become GET"
        if why:
            raise HttpError(
                f"{self} is redirected {why}: put the address that is right into the configuration"
            )


def read_call(  # noqa: PLR0913 - the arguments of a job
    url: object, method: object, *, params: Any, headers: Any, json: Any, data: Any, auth: Any
) -> HttpCall:
    """Check what a job was given; raise InvalidArgument for what cannot be sent."""
    if not isinstance(method, str) or not re.fullmatch("[A-Za-z]+", method):
        raise InvalidArgument("`method` must be a word such as GET or POST")
    checked = _url(url)
    query = arguments.read_mapping(params, "params")
    given = {name: str(value) for name, value in arguments.read_mapping(headers, "headers").items()}
    body = _body(json, data)
    credentials = {} if auth is None else _credentials(auth)
    own = {"User-Agent": f"docassemble.Scheduler/{__version__}", "Accept-Encoding": "identity"}
    own |= {} if json is None else {"Content-Type": "application/json"}
    return HttpCall(
        method=method.upper(),
        url=checked,
        params=query,
        headers=CaseInsensitiveDict({**own, **given}),
        body=body,
        auth=_auth(credentials),
        secrets=tuple(filter(None, _secrets(checked, query, given, credentials))),
        confidential=bool(given or credentials or body or urlsplit(checked).username),
    )


def _url(url: object) -> str:
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        if parts and parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts.geturl()
    except ValueError:
        pass  # a port that is no number, or half an IPv6 address
    raise InvalidArgument("`url` must begin with http:// or https:// and the name of a host")


def _body(json: object, data: object) -> bytes | Mapping[str, Any] | None:
    if json is not None and data is not None:
        raise InvalidArgument("`json` and `data` cannot both be the body; leave one of them out")
    if json is not None:
        return arguments.read_json(json, "json")
    if isinstance(data, str):
        return data.encode()
    return arguments.read_mapping(data, "data") or None


def _credentials(auth: object) -> Mapping[str, str]:
    section = arguments.read_section(auth, "auth")
    given = {"user": section.get("user", section.get("username"))}
    given |= {name: section.get(name) for name in ("password", "token")}
    found = {name: str(value) for name, value in given.items() if value not in (None, "")}
    if found.keys() not in ({"user", "password"}, {"token"}):
        raise InvalidArgument("`auth` must have `user` and `password`, or `token` alone")
    return found


def _auth(credentials: Mapping[str, str]) -> AuthBase | None:
    if "token" in credentials:
        return Bearer(credentials["token"])
    if credentials:
        return HTTPBasicAuth(credentials["user"].encode(), credentials["password"].encode())
    return None


def _secrets(
    url: str, params: Mapping[str, Any], headers: Mapping[str, str], credentials: Mapping[str, str]
) -> Iterator[str]:
    yield from (value for name, value in credentials.items() if name != "user")
    yield urlsplit(url).password or urlsplit(url).username or ""
    yield from _parts(url)
    yield from (str(value) for value in params.values() if len(str(value)) >= _SHORTEST)
    yield from (value for name, value in headers.items() if _SECRET.search(name))


def _parts(url: str) -> Iterator[str]:
    """Yield the parts of an address that may be secrets: a server that fails often repeats what it was asked for."""
    parts = urlsplit(url)
    values = [value for _, value in parse_qsl(parts.query)]
    for each in (parts.path, parts.query, *parts.path.split("/"), *values):
        yield from {text for text in (each, unquote(each)) if len(text) >= _SHORTEST}
