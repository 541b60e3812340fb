# do not pre-load
"""The dashboard, on Flask's side. What pages show is decided in `web/dashboard/`; the manager does the rest."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from markupsafe import escape

from ... import __version__
from ...core.clock import Clock
from ...core.errors import NotPermitted, NotPossible, SchedulerError, StoreUnavailable, UnknownJob, UnknownRun
from ...core.run import Status, Trigger
from ...management.manager import SchedulerManager
from ...management.permissions import Caller
from ...store.records import RunQuery
from ..concurrency_limit import ConcurrencyLimit
from . import job as job_page
from . import run as run_page
from .actions import DOINGS
from .badges import ORDER
from .overview import POLL, Filter, overview
from .timeline import SPAN
from .viewer import Viewer

NAME = "docassemble_scheduler"
PATH = "/scheduler"
TITLE = "Scheduler"
#: how many due times and doings the page of a job shows
UPCOMING, EVENTS = 8, 20
#: a page is not kept, and no other site shows it in a frame, where a click on it would be a click on something else:
#: docassemble says so too, but not with `allow embedding: true`, which is meant for interviews
HEADERS = {
    "Cache-Control": "no-store",
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Security-Policy": "frame-ancestors 'self'",
}
#: what is asked about before it is done: it ends something, or keeps it from happening
ASKED = {
    "stop": "Stop this run? What it has done so far is not undone.",
    "pause": "Pause this job? Its due times are skipped, on every server, until somebody resumes it.",
}


class Guests(Protocol):
    """Who looks at the pages."""

    def staff_only(self, view: Callable[..., Any]) -> Callable[..., Any]:
        """Let administrators and developers in, and nobody else."""
        ...

    def word(self, text: str) -> str:
        """Return a text in the visitor's language."""
        ...

    @property
    def caller(self) -> Caller:
        """Who it is, and what docassemble lets them do."""
        ...

    @property
    def zone(self) -> ZoneInfo:
        """Where it is."""
        ...


class Dashboard:
    """The pages, around a manager."""

    def __init__(
        self, manager: Callable[[], SchedulerManager], guests: Guests, clock: Clock, limit: ConcurrencyLimit
    ) -> None:
        """`limit` lets requests wait for the database."""
        self._manager = manager
        self._guests = guests
        self._clock = clock
        self._limit = limit

    def blueprint(self) -> Blueprint:
        """Return what Flask is to serve."""
        blueprint = Blueprint(
            NAME,
            "docassemble.Scheduler.web.dashboard",
            url_prefix=PATH,
            template_folder="templates",
            static_folder="static",
        )
        blueprint.add_url_rule("", "overview", self._page(self.overview))
        blueprint.add_url_rule("/job", "job", self._page(self.job))
        blueprint.add_url_rule("/run", "run", self._page(self.run))
        blueprint.add_url_rule("/act", "act", self._page(self.act), methods=["POST"])
        return blueprint

    def _page(self, view: Callable[[], Any]) -> Callable[..., Any]:
        """Make a view of a method: for those who may see it, never kept or framed, and told in words when it fails."""

        @wraps(view)
        def told() -> Any:
            try:
                with self._limit.turn():
                    response = make_response(view())
            except (UnknownJob, UnknownRun) as error:
                response = make_response(_told(error, "There is no such thing"), 404)
            except StoreUnavailable as error:
                response = make_response(_told(error, "The database does not answer in time"), 503)
            except SchedulerError as error:
                response = make_response(_told(error, "That is not possible"), 409)
            response.headers.update(HEADERS)
            return response

        return self._guests.staff_only(told)

    def overview(self) -> str:
        """Show all jobs."""
        manager, viewer = self._manager(), self._viewer()
        page = overview(
            manager.jobs(recent=POLL),
            in_full=manager.jobs,
            bars=manager.history.timeline(viewer.now - SPAN, viewer.now),
            servers=manager.servers(),
            problems=manager.problems,
            wanted=_filter(),
            viewer=viewer,
        )
        return _render("overview", page=page, standings=ORDER)

    def job(self) -> str:
        """Show one job."""
        manager, viewer = self._manager(), self._viewer()
        name = request.args.get("name", "")
        state, query = manager.job(name), _query(name)
        page = job_page.job_page(
            state,
            runs=manager.runs(query),
            query=query,
            servers=[server.name for server in manager.servers()],
            upcoming=[due.at for due in manager.upcoming(count=UPCOMING, job=name)],
            events=manager.events(name)[:EVENTS],
            viewer=viewer,
        )
        return _render("job", page=page, statuses=job_page.STATUSES, triggers=job_page.TRIGGERS)

    def run(self) -> str:
        """Show one run."""
        record = self._manager().run(request.args.get("id", ""))
        return _render("run", page=run_page.run_page(record, self._viewer()))

    def act(self) -> Any:
        """Do what a button says, once it is confirmed, and go back to the page of the job."""
        action, target = request.form.get("action", ""), request.form.get("target", "")
        if action in ASKED and request.form.get("confirmed") != "yes":
            back = request.form.get("job", "")
            return _render("confirm", action=action, target=target, question=ASKED[action], job=back)
        try:
            # docassemble prints what is flashed as HTML
            flash(str(escape(self._guests.word(self._done(action, target)))), "success")
        except (UnknownJob, UnknownRun, NotPermitted, NotPossible) as error:
            flash(str(escape(_sentence(error))), "error")
        back = request.form.get("job", "")
        where = url_for(f"{NAME}.job", name=back) if back else url_for(f"{NAME}.overview")
        return redirect(where, 303)

    def _done(self, action: str, target: str) -> str:
        """Do it, and say so."""
        doing = DOINGS.get(action)
        if doing is None:
            raise NotPossible(f"there is no button {action!r}", hint="use those of the page")
        return doing(self._manager(), target, self._guests.caller)

    def _viewer(self) -> Viewer:
        return Viewer(now=self._clock.now(), zone=self._guests.zone)


@cache
def _edition() -> str:
    """Name what the browser may keep for a year: the release, and what its files hold."""
    files = sorted((Path(__file__).parent / "static").iterdir())
    digest = blake2b(b"".join(file.read_bytes() for file in files), digest_size=4)
    return f"{__version__}-{digest.hexdigest()}"


def _render(template: str, **values: Any) -> str:
    """Render a page, or, for our script, only the part of it that changes."""
    part = "_part" if request.args.get("part") == "live" else ""
    return render_template(f"{NAME}/{template}{part}.html", version=_edition(), **values)


def _told(error: SchedulerError, title: str) -> str:
    return render_template(f"{NAME}/trouble.html", title=title, text=_sentence(error), version=_edition())


def _sentence(error: SchedulerError) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}." + (f" {error.hint}" if error.hint else "")


def _filter() -> Filter:
    page = request.args.get("page", "1")
    return Filter(
        text=request.args.get("q", "")[:200],
        standing=_known(request.args.get("state", ""), ORDER),
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
    )


def _query(job: str) -> RunQuery:
    status = _known(request.args.get("status", ""), job_page.STATUSES)
    trigger = _known(request.args.get("trigger", ""), job_page.TRIGGERS)
    return RunQuery(
        job=job,
        statuses=(Status(status),) if status else (),
        trigger=Trigger(trigger) if trigger else None,
        server=request.args.get("server") or None,
        before=request.args.get("before") or None,
        limit=job_page.PAGE + 1,
    )


def _known(text: str, known: tuple[str, ...]) -> str:
    return text if text in known else ""
