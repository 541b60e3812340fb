"""A program that calls the JSON API of the scheduler, and docassemble's own, with the administrator's key."""

from dataclasses import dataclass
from typing import Any

import requests

from devserver.server import DevServer
from devserver.waiting import until

API = "/api/scheduler"
#: a job with it runs only when it is told to
NEVER = {"crontab": "0 0 1 1 *"}


@dataclass(frozen=True, kw_only=True)
class JsonClient:
    server: DevServer

    @property
    def key(self) -> str:
        return self.server.api_key

    def ask(self, method: str, path: str, key: str | None = None, **options: Any) -> requests.Response:
        """Any request, of any path; `headers={}` leaves out the key."""
        headers = {"X-API-Key": key or self.key}
        return requests.request(
            method, f"{self.server.url}{path}", **{"headers": headers, "timeout": 60, **options}
        )

    def host(self, method: str, path: str, **options: Any) -> requests.Response:
        """A call of docassemble's own API that must succeed."""
        answer = self.ask(method, path, **options)
        assert answer.ok, answer.text
        return answer

    def get(self, path: str, **parameters: Any) -> Any:
        answer = self.ask("GET", API + path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **body: Any) -> Any:
        answer = self.ask("POST", API + path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def add(self, name: str, **definition: Any) -> None:
        """Add a job, which no restart is needed for; it is due from now on."""
        self.post("/job", name=name, definition=definition)

    def run(self, name: str, **definition: Any) -> None:
        """Add a job and run it once, now."""
        self.add(name, **NEVER, **definition)
        self.post("/run_now", job=name)

    def last_run(self, job: str, status: str) -> dict[str, Any]:
        """Wait for a run of a job with a status."""
        return until(
            lambda: next(iter(self.get("/runs", job=job, status=status)["runs"]), None),
            f"{status} run of {job}",
            60,
        )


def refused(answer: requests.Response) -> bool:
    """Return whether an answer is the one that docassemble's own API gives to a wrong key."""
    return (answer.status_code, answer.json()) == (403, "Access denied.")
