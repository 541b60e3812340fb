"""A browser for tests: an HTTP session with docassemble that is logged in as administrator."""

import html
import re
from typing import Any
from urllib.parse import urljoin

import requests

from devserver.errors import DevServerError
from devserver.settings import ADMIN_EMAIL, ADMIN_PASSWORD


class Client:
    """Paths are relative to the site; a POST carries what docassemble wants against CSRF."""

    def __init__(self, url: str, *, timeout: float = 60) -> None:
        self.url = url
        self.timeout = timeout
        self.session = requests.Session()
        self._token: str | None = None

    def log_in(self, email: str = ADMIN_EMAIL, password: str = ADMIN_PASSWORD) -> None:
        """Sign in through docassemble's own page; raises DevServerError when it refuses."""
        form = {
            "email": email,
            "password": password,
            "csrf_token": self.csrf_token(),
            "next": "",
            "reg_next": "",
        }
        self.session.post(self.url_of("/user/sign-in"), data=form, timeout=self.timeout)
        profile = self.get("/user/profile")
        if "/user/sign-in" in profile.url or profile.status_code != 200:
            raise DevServerError(f"docassemble did not let {email} sign in")
        self._token = None

    def csrf_token(self, page: str = "/user/sign-in") -> str:
        """The token in the form of a page."""
        text = self.get(page).text
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)
        if not found:
            raise DevServerError(f"{page} has no CSRF token")
        return html.unescape(found[1])

    def url_of(self, path: str) -> str:
        """The full URL of a path."""
        return urljoin(f"{self.url}/", path)

    def get(self, path: str, **options: Any) -> requests.Response:
        """GET, options as for requests."""
        return self.session.get(self.url_of(path), **{"timeout": self.timeout, **options})

    def post(self, path: str, *, token_from: str = "/user/profile", **options: Any) -> requests.Response:  # noqa: S107
        """POST with a CSRF token; options as for requests."""
        if self._token is None:
            self._token = self.csrf_token(token_from)
        headers = {"X-CSRFToken": self._token, **options.pop("headers", {})}
        return self.session.post(self.url_of(path), headers=headers, **{"timeout": self.timeout, **options})

    def api(self, method: str, path: str, api_key: str, **options: Any) -> requests.Response:
        """A call of docassemble's API, without the session's cookies."""
        headers = {"X-API-Key": api_key, **options.pop("headers", {})}
        options = {"timeout": self.timeout, **options}
        return requests.request(method, self.url_of(path), headers=headers, **options)
