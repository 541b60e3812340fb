"""Pages in a language that has no Latin letters: where one is left, a text did not go through the site's words."""

import logging
import re
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from docassemble.Scheduler.config import parse
from docassemble.Scheduler.config.keys import JOB_KEYS
from docassemble.Scheduler.core.run import Outcome, Status
from docassemble.Scheduler.core.texts.phrase import PLACEHOLDER
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.management.manager import SchedulerManager
from docassemble.Scheduler.management.permissions import Caller
from docassemble.Scheduler.management.registry import JobRegistry
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.testing import ManualClock, MemoryStore
from docassemble.Scheduler.web.concurrency_limit import ConcurrencyLimit
from docassemble.Scheduler.web.dashboard.views import Dashboard
from tests.unit.web.test_dashboard_views import Access, Site, app_of
from tests.unit.web.views import NOON

#: what may be in Latin letters on a page in Russian: names, and the symbols of units
NAMES = {"UTC", "JSON", "CSV", "GMT", "min", "ms", *(word for key in JOB_KEYS for word in key.split())}
#: attributes that are read to people
READ = {"title", "aria-label", "placeholder", "alt", "data-label"}


def foreign(text: str) -> str:
    """Return a text in a language without Latin letters, its placeholders as they are."""
    parts = re.split(r"(\{\w+\})", text)
    return "".join(part if PLACEHOLDER.fullmatch(part) else re.sub("[A-Za-z]", "ж", part) for part in parts)


class Texts(HTMLParser):
    """Collects what people read on a page, but for code, data and what they typed themselves."""

    CODE = frozenset({"code", "pre", "textarea", "script", "style"})

    def __init__(self) -> None:
        super().__init__()
        #: the elements that are not read, and that the present text is inside of
        self.inside: list[str] = []
        self.found: list[str] = []

    def handle_starttag(self, tag, attributes):
        if tag in self.CODE or ("translate", "no") in attributes:
            self.inside.append(tag)
        self.found += [text or "" for name, text in attributes if name in READ]

    def handle_endtag(self, tag):
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, text):
        if not self.inside:
            self.found.append(text)


def untranslated(html: str) -> list[str]:
    """Return the texts of a page that have Latin letters."""
    texts = Texts()
    texts.feed(html)
    return [text.strip() for text in texts.found if set(re.findall(r"[A-Za-z]{2,}", text)) - NAMES]


def test_a_text_that_was_forgotten_is_found():
    assert untranslated('<p title="Hello">жж</p>жж<code>x = now</code> UTC') == ["Hello"]
    assert untranslated(f"<p>{foreign('Now {it}')}</p>") == ["жжж {it}"]


class Foreigner(Access):
    """Somebody who reads Russian, in a zone whose name is no word."""

    def __init__(self):
        super().__init__()
        self.caller = Caller(name="я@пример.рф", privileges=frozenset({"admin"}))
        self.zone = ZoneInfo("UTC")
        self.locale = "ru"

    def word(self, text: str) -> str:
        return foreign(text)


BLOCK = {
    "дело": {"function": "a.job", "crontab": "*/5 9-17 1,15 6-8 1-5", "description": "жжж"},
    "пауза": {"function": "a.job", "every": "90 minutes"},
    "нет": {"function": "a.job", "every": "1 hour", "enabled": False},
    "долг": {
        "function": "a.job",
        "every": "1 hour",
        "overlap": "queue",
        "max runtime": "2 minutes",
        "retries": 3,
    },
}


@pytest.fixture
def site() -> Site:
    clock, store, access = ManualClock(NOON), MemoryStore(), Foreigner()
    configuration = parse(BLOCK, zone="Europe/Berlin", environ={}, now=NOON)
    registry = JobRegistry(configuration, store=store, clock=clock, logger=logging.getLogger("tests.pages"))
    store.register_jobs(configuration.jobs, NOON)
    manager = SchedulerManager(registry=registry, store=store, functions=Functions(), clock=clock)
    app = app_of(Dashboard(lambda: manager, access, clock, ConcurrencyLimit(4)))
    app.context_processor(lambda: {"word": access.word})
    return Site(app, store, manager, access)


PAGES = [
    "/scheduler",
    "/scheduler?view=timeline",
    "/scheduler?view=servers",
    "/scheduler?group=name&q=nothing",
    *(f"/scheduler/job?name={name}" for name in BLOCK),
    "/scheduler/backfill?name=дело",
    "/scheduler/backfill?name=дело&since=2026-03-01T00:00",
    "/scheduler/runs",
    "/scheduler/runs?group=error",
    "/scheduler/runs?q=ничто",
]


@pytest.mark.parametrize("path", PAGES)
def test_nothing_on_a_page_stays_english(site, path):
    assert untranslated(site.get(path)) == []


def test_what_buttons_answer_is_translated_too(site):
    for action in (
        "run",
        "pause",
        "pause",
        "resume",
        "resume",
        "pause_all",
        "pause_all",
        "resume_all",
        "resume_all",
    ):
        assert untranslated(site.press(action, "дело", job="дело").text) == []
    assert untranslated(site.press("cancel", "дело", confirmed=False, job="дело").text) == []


def test_runs_and_their_pages_are_translated(site):
    request = site.store.request_run("дело", NOON, "я")
    (claim,) = site.store.claim([ClaimRequest(site.manager.job("дело").job, run_request=request)], NOON)
    pages = [f"/scheduler/run?id={claim.run.id}", "/scheduler", "/scheduler/runs", "/scheduler/job?name=дело"]
    assert [text for page in pages for text in untranslated(site.get(page))] == []
    ended = Outcome(
        status=Status.SKIPPED, started=NOON, finished=NOON, reason="the previous run is still going"
    )
    site.store.finish(claim.run, ended)
    assert [text for page in pages for text in untranslated(site.get(page))] == []
