"""Jobs, records and a viewer for the tests of pages, and what the templates make of them."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from docassemble.Scheduler.core.run import Status, Trigger
from docassemble.Scheduler.management.status import JobState
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.store.base import WaitingActions
from docassemble.Scheduler.store.records import JobRecord, Pause, RunQuery, RunSummary
from docassemble.Scheduler.testing import job
from docassemble.Scheduler.web.dashboard import presentation, views
from docassemble.Scheduler.web.dashboard.jobs.drawings import sparkline
from docassemble.Scheduler.web.dashboard.jobs.job_facts import DOCS, facts
from docassemble.Scheduler.web.dashboard.jobs.jobs_filter import ORDER
from docassemble.Scheduler.web.dashboard.jobs.timeline import timeline
from docassemble.Scheduler.web.dashboard.presentation import Viewer

NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(views.__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
)
TEMPLATES.globals.update(
    word=str,
    csrf_token=lambda: "token",
    url_for=lambda endpoint, **values: f"/{endpoint}?{values}",
    has_page=lambda _endpoint: True,
    frame_has_main=lambda: False,
    edits_configuration=True,
    general_pause=lambda: None,
    is_refresh=False,
    request=SimpleNamespace(script_root="", endpoint=""),
)
VIEWER = Viewer(now=NOON, zone=ZoneInfo("Europe/Berlin"))


def bar(ago=MINUTE, took=timedelta(seconds=1), status=Status.SUCCEEDED, name="a.job", count=1):
    """Return a record that began so long ago; `took` None = it goes on."""
    began = NOON - ago
    ended = None if took is None else began + took
    return RunSummary(
        id=f"{began:%d%H%M%S}", job=name, status=status, due=began, began=began, ended=ended, times=count
    )


def state(name="a.job", recent=(), *, paused=False, cursor=NOON, **fields):
    """Return how a job stands that is due each hour; `recent` is newest first, `paused` may be "with all"."""
    record = JobRecord(
        name=name,
        pause=Pause(at=NOON, by="alice@example.com", of_all=paused == "with all") if paused else None,
        cursor=cursor,
        failures=0,
        recent=tuple(recent),
        running=tuple(each for each in recent if each.status is Status.RUNNING),
    )
    return JobState.of(job(name, Interval(HOUR), **fields), record, None, NOON)


def rendered(template, viewer=VIEWER, **values):
    """Return the part of a page that changes, as HTML; spaces between words are one."""
    part = TEMPLATES.get_template(f"docassemble_scheduler/{template}_part.html")
    return " ".join(part.render(viewer=viewer, show=presentation, draw=sparkline, **values).split())


def overview_html(page, servers=(), runs=(), viewer=VIEWER):
    """Return the overview as HTML."""
    drawn = timeline(page.states, runs, viewer) if page.filter.view == "timeline" else None
    return rendered(
        "overview",
        viewer,
        page=page,
        timeline=drawn,
        address_of=lambda job, bar: f"/{job}/{bar.run}",
        servers=servers,
        waiting=WaitingActions(count=0, next_due=None),
        statuses=ORDER,
    )


def job_html(state, viewer=VIEWER, **values):
    """Return the page of a job as HTML."""
    shown = {
        "runs": (),
        "older": None,
        "servers": (),
        "upcoming": (),
        "events": (),
        "problems": (),
        "facts": facts(state.job, shows_arguments=True),
        "charts": (None, None),
        "docs": DOCS,
        "is_added": False,
        "can_configure": True,
        "line": 41,
        **values,
    }
    return rendered(
        "job", viewer, state=state, query=RunQuery(job=state.name), statuses=Status, triggers=Trigger, **shown
    )
