"""Interviews in the Playground, and their sessions, as docassemble's API opens them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from devserver.server import DevServer

PLAYGROUND = "docassemble.playground1"
#: an interview whose action `call` does what `site_jobs.planning.perform` does
PLANNING = """\
modules:
  - site_jobs.planning
---
mandatory: True
question: Planning
buttons:
  - Exit: exit
---
event: call
code: |
  json_response(perform(action_argument('what'), action_argument('args'), action_argument('kwargs')))
"""


def put_into_playground(server: DevServer, folder: str, name: str, text: str) -> None:
    """Save a file as the Playground does; docassemble restarts itself for a module."""
    saved = server.client().api(
        "POST", "/api/playground", server.api_key, data={"folder": folder}, files={"file": (name, text)}
    )
    assert saved.status_code in (200, 204), saved.text


@dataclass(frozen=True, kw_only=True)
class Session:
    """A session of the administrator."""

    server: DevServer
    #: what docassemble's API calls it by
    place: dict[str, str]

    @classmethod
    def begin(cls, server: DevServer, file: str, **url_args: str) -> "Session":
        """Start a session of an interview: of a package, or by its file alone of the Playground."""
        interview = file if ":" in file else f"{PLAYGROUND}:{file}"
        place = _api(server, "GET", "/api/session/new", params={"i": interview, **url_args})
        return cls(
            server=server, place={key: value for key, value in place.json().items() if key != "encrypted"}
        )

    @property
    def id(self) -> str:
        return self.place["session"]

    def variables(self) -> dict[str, Any]:
        """The variables of the session."""
        place = {key: self.place[key] for key in ("i", "session")}
        found: dict[str, Any] = _api(self.server, "GET", "/api/session", params=place).json()
        return found

    def set(self, **variables: Any) -> None:
        """Change variables."""
        _api(
            self.server,
            "POST",
            "/api/session",
            json={**self.place, "variables": variables, "question": False},
        )

    def answer(self, *, files: Mapping[str, tuple[str, bytes]] | None = None, **variables: Any) -> str:
        """Answer questions, with texts and files; return the next question."""
        data = {**self.place, "variables": json.dumps(variables), "question": "1"}
        answer = _api(self.server, "POST", "/api/session", data=data, files=files)
        return str(answer.json()["questionText"])

    def do(self, action: str, index: int = 0, **arguments: Any) -> Any:
        """Have the interview do something, on one of the servers."""
        body = {**self.place, "action": action, "arguments": arguments}
        return _api(self.server, "POST", "/api/session/action", index, json=body).json()

    def call(self, what: str, *args: Any, server: int = 0, **kwargs: Any) -> dict[str, Any]:
        """Have the interview call a function of docassemble.Scheduler (site_jobs/planning.py)."""
        answer: dict[str, Any] = self.do("call", server, what=what, args=list(args), kwargs=kwargs)
        return answer

    def statuses(self, server: int = 0) -> dict[str, str]:
        """How each job stands, as a server says."""
        return {job["name"]: job["status"] for job in self.call("jobs", server=server)["answer"]}


def _api(server: DevServer, method: str, path: str, index: int = 0, **options: Any) -> requests.Response:
    url, headers = f"{server.urls[index]}{path}", {"X-API-Key": server.api_key}
    answer = requests.request(method, url, headers=headers, timeout=60, **options)
    assert answer.ok, answer.text
    return answer
