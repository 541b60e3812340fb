# do not pre-load
"""Keep cases in step with a case management system, both ways."""

import time
import uuid
from collections.abc import Mapping
from math import ceil
from typing import Any
from urllib.parse import quote

import requests
from docassemble.base.util import DAStore
from urllib3.util import Retry

from docassemble.Scheduler import current_run
from docassemble.SchedulerRecipes.settings import read_section

__all__ = ["change_case", "get_case"]

#: how long the service may take to answer, and how long we wait while it is busy (seconds)
TIMEOUT, LONGEST_WAIT = 30, 60
#: how often a request is made while the service is busy
ATTEMPTS = 5
BUSY, REFUSED = (429, 503), (404, 409, 422)

cases = DAStore("cases", base="recipe case")
changes = DAStore("changes", base="recipe case change")
cursors = DAStore("cursors", base="recipe case cursor")


def get_case(number: str) -> dict[str, Any] | None:
    """Return the fields of a case as they were last received; None when it is unknown. For interviews."""
    fields: dict[str, Any] | None = cases.get(number)
    return fields


def change_case(number: str, fields: Mapping[str, Any]) -> None:
    """Keep changed fields of a case until they are sent. For interviews."""
    # each change has a key of its own, so that nothing is lost when several people write; keys are in order of time
    changes.set(f"{time.time_ns():020} {uuid.uuid4()}", {"case": number, "fields": dict(fields)})


def sync() -> str:
    """Send what was changed here, then fetch what was changed there; fail when a change was refused."""
    settings = read_section("case management", "url", "token")
    with requests.Session() as service:
        service.headers["Authorization"] = f"Bearer {settings['token']}"
        sent, refused = send(service, settings["url"])
        received = receive(service, settings["url"])
    if refused:
        raise RuntimeError(f"refused, and kept: {'; '.join(refused)}")
    return f"{sent} sent, {received} received"


def send(service: requests.Session, url: str) -> tuple[int, list[str]]:
    """Send the changes, oldest first. Return how many were taken, and why the others were refused."""
    run = current_run()
    assert run is not None  # only the scheduler calls this function
    sent, refused = 0, []
    for key in run.track(sorted(changes.keys()), text="changes sent"):
        change = changes.get(key)
        case = f"{url}/cases/{quote(change['case'], safe='')}"
        # by the key the service knows a change that it has already: from a run that was cut off here
        headers = {"Idempotency-Key": key.split()[1]}
        answer = call(service, "PATCH", case, json=change["fields"], headers=headers)
        if answer.status_code in REFUSED:
            refused.append(f"case {change['case']}: {answer.status_code} {answer.text:.200}")
        else:
            changes.delete(key)
            sent += 1
    return sent, refused


def receive(service: requests.Session, url: str) -> int:
    """Fetch all cases that were changed there since the last run, page by page; return how many."""
    run = current_run()
    assert run is not None  # only the scheduler calls this function
    received, more = 0, True
    while more and not run.should_stop():
        page = call(service, "GET", f"{url}/cases", params={"since": cursors.get("cases")}).json()
        for case in page["cases"]:
            cases.set(case["number"], case["fields"])
        cursors.set("cases", page["cursor"])  # last: a page that was cut off is fetched again
        received, more = received + len(page["cases"]), page["more"]
    return received


def call(service: requests.Session, method: str, url: str, **options: Any) -> requests.Response:
    """Make a request; return the answer, or a refusal. Wait while the service is busy; raise on all other errors."""
    for _ in range(ATTEMPTS):
        answer = service.request(method, url, timeout=TIMEOUT, **options)
        wait = Retry().get_retry_after(answer.raw) or 1
        if answer.status_code not in BUSY or wait > LONGEST_WAIT:
            break
        for _ in range(ceil(wait)):
            time.sleep(1)  # a run that is to stop ends between two of these
    if answer.status_code not in REFUSED:
        answer.raise_for_status()
    return answer
