# do not pre-load
"""The dashboard, on Flask's side: addresses, forms, buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import wraps
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from markupsafe import escape

from ...core.clock import Clock
from ...core.errors import (
    ArgumentError,
    NotPermitted,
    NotPossible,
    SchedulerError,
    StoreUnavailable,
    UnknownJob,
    UnknownRun,
)
from ...core.run import Status, Trigger, instant_of
from ...management.backfill import MAX_REQUESTED
from ...management.drafts.editing import Editing, edits_configuration
from ...management.manager import SchedulerManager
from ...management.permissions import Caller
from ...store.records import FAILURES, RunPage, RunQuery
from ..concurrency_limit import ConcurrencyLimit
from .actions import do
from .editor import EditorPages
from .jobs.job_page import DAY, backfill_command, backfill_preview, job_values, local_minute
from .jobs.overview_page import press, show_overview
from .language import Language
from .presentation import Viewer
from .rendering import edition as _edition
from .rendering import frame_has_main
from .rendering import render as _render
from .runs.csv_file import CHUNK, MAX_ROWS, rows
from .runs.run_filter import RunFilter
from .runs.run_page import ShownRun
from .sentences import recognised
from .session_actions import show_actions

NAME = "docassemble_scheduler"
PATH = "/scheduler"
TITLE = "Scheduler"
#: how many records the page of a job shows
PAGE = 25
#: times to choose from, for what began since
PRESETS = (
    ("an hour ago", timedelta(hours=1)),
    ("a day ago", timedelta(days=1)),
    ("a week ago", timedelta(weeks=1)),
)
#: how long a file of runs is searched for (seconds)
FILE_TIMEOUT = 30
#: a page is not kept, and no other site shows it in a frame, where a click on it would be a click on something else:
#: docassemble says so too, but not with `allow embedding: true`, which is meant for interviews
HEADERS = {
    "Cache-Control": "no-store",
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Security-Policy": "frame-ancestors 'self'",
}
#: what a page is headed with that could not be made, by the status of the answer
HEADINGS = {
    404: "There is no such thing",
    409: "That is not possible",
    503: "The database does not answer in time",
}
#: what is asked about before it is done: it ends something, or keeps it from happening
ASKED = {
    "stop": "Stop this run? What it has done so far is not undone.",
    "cancel": "Cancel this job? It is not run any more. A run that goes on is not stopped.",
}


class Access(Protocol):
    """Who may see the pages, and who looks at them now."""

    def staff_only(self, view: Callable[..., Any]) -> Callable[..., Any]:
        """Let administrators and developers in, and nobody else."""
        ...

    def word(self, text: str) -> str:
        """Return a text in the language of who looks."""
        ...

    @property
    def caller(self) -> Caller:
        """Who looks, and what docassemble lets them do."""
        ...

    @property
    def user(self) -> int | None:
        """The number of the user in docassemble."""
        ...

    @property
    def zone(self) -> ZoneInfo:
        """Where they are."""
        ...

    @property
    def locale(self) -> str:
        """Name their language, and their region where it is known: `es`, `en_GB`; may be any text."""
        ...


class Dashboard:
    """The pages, around a manager."""

    def __init__(
        self,
        manager: Callable[[], SchedulerManager],
        access: Access,
        clock: Clock,
        limit: ConcurrencyLimit,
        editing: Editing | None = None,
    ) -> None:
        """`limit` lets requests wait for the database. Without `editing`, there are no pages that edit."""
        self._manager = manager
        self._access = access
        self._clock = clock
        self._limit = limit
        self._editing = editing

    def blueprint(self) -> Blueprint:
        """Return what Flask is to serve."""
        blueprint = self._empty_blueprint()
        self._add_editor(blueprint, self._manager)
        blueprint.add_url_rule("", "overview", self._page(self.overview))
        blueprint.add_url_rule("/job", "job", self._page(self.job))
        blueprint.add_url_rule("/backfill", "backfill", self._page(self.backfill))
        blueprint.add_url_rule("/run", "run", self._page(self.run))
        blueprint.add_url_rule("/runs", "runs", self._page(self.runs))
        blueprint.add_url_rule("/runs.csv", "runs_csv", self._page(self.runs_csv))
        blueprint.add_url_rule("/actions", "actions", self._page(self.actions))
        blueprint.add_url_rule("/act", "act", self._page(self.act), methods=["POST"])
        blueprint.add_url_rule("/act-on-jobs", "act_on_jobs", self._page(self.act_on_jobs), methods=["POST"])
        blueprint.context_processor(lambda: {"general_pause": lambda: self._manager().general_pause()})
        return blueprint

    def _empty_blueprint(self) -> Blueprint:
        blueprint = Blueprint(
            NAME,
            "docassemble.Scheduler.web.dashboard",
            url_prefix=PATH,
            template_folder="templates",
            static_folder="static",
        )
        blueprint.context_processor(
            lambda: {
                "general_pause": lambda: None,
                "has_page": lambda endpoint: endpoint in current_app.view_functions,
                "frame_has_main": frame_has_main,
                "edits_configuration": edits_configuration(self._access.caller),
            }
        )
        return blueprint

    def _add_editor(self, blueprint: Blueprint, manager: Callable[[], SchedulerManager] | None) -> None:
        """Add the pages that edit; without a manager, none that adds jobs."""
        if self._editing is None:
            return
        pages = EditorPages(
            self._editing,
            person=self._access,
            clock=self._clock,
            manager=manager,
            render=lambda template, **values: _render(template, self._viewer(), **values),
        )
        for path, name, view in pages.rules():
            blueprint.add_url_rule(path, name, self._page(view), methods=["GET", "POST"])

    def _page(self, view: Callable[[], Any]) -> Callable[..., Any]:
        """Make a view of a method: for those who may see it, never kept or framed, and told in words when it fails."""

        @wraps(view)
        def answered() -> Any:
            try:
                with self._limit.turn():
                    response = make_response(view())
            except (UnknownJob, UnknownRun) as error:
                response = self._explained(error, 404)
            except StoreUnavailable as error:
                response = self._explained(error, 503)
            except SchedulerError as error:
                response = self._explained(error, 409)
            response.headers.update(HEADERS)
            return response

        return self._access.staff_only(answered)

    def overview(self) -> Response:
        """Show all jobs."""
        return show_overview(self._manager(), self._viewer())

    def act_on_jobs(self) -> Any:
        """Do what a button in a row, or for several jobs, says."""
        return press(self._manager(), self._viewer(), self._access.caller)

    def job(self) -> Response:
        """Show one job."""
        viewer, query = self._viewer(), _query(request.args.get("name", ""))
        caller = self._access.caller
        values = job_values(self._manager(), query, viewer, caller)
        is_linked = self._editing is not None and values["state"] is not None and edits_configuration(caller)
        line = self._editing.line_of(query.job or "") if self._editing is not None and is_linked else None
        return _render("job", viewer, line=line, **values)

    def backfill(self) -> Response:
        """Show which due times of a job a backfill would run."""
        manager, viewer = self._manager(), self._viewer()
        name, since, until = (request.args.get(each, "") for each in ("name", "since", "until"))
        job = manager.job(name).job
        found, mistake = None, None
        try:
            found = backfill_preview(manager, name, viewer, since, until)
        except NotPossible as error:
            mistake = viewer.sentence(error.explanation)
        return _render(
            "backfill",
            viewer,
            name=name,
            since=since or local_minute(viewer.now, viewer, ago=DAY),
            until=until or local_minute(viewer.now, viewer),
            found=found,
            mistake=mistake,
            most=MAX_REQUESTED,
            command=None if found is None else backfill_command(job, found),
        )

    def run(self) -> Response:
        """Show one run."""
        manager = self._manager()
        run = manager.run(request.args.get("id", ""))
        usual = manager.usual_duration(run.job) if run.status is Status.RUNNING else None
        page = ShownRun(run=run, usual=usual, may_look=self._access.caller.is_administrator)
        return _render("run", self._viewer(), run=run, page=page)

    def runs(self) -> Any:
        """Show the runs of all jobs that are asked for, or failures in groups."""
        manager, viewer = self._manager(), self._viewer()
        wanted = RunFilter.read(request.args.to_dict(flat=False), viewer)
        page = _render(
            "runs",
            viewer,
            filter=wanted.of(viewer),
            names=manager.names(),
            servers=[server.name for server in manager.servers()],
            statuses=Status,
            triggers=Trigger,
            failures=[status.value for status in Status if status in FAILURES],
            presets=[(text, viewer.now.replace(second=0, microsecond=0) - ago) for text, ago in PRESETS],
            max_rows=viewer.number(MAX_ROWS),
            **_found(manager, wanted),
        )
        return (page, 400) if wanted.mistakes else page

    def actions(self) -> Response:
        """Show the actions that wait in sessions of interviews."""
        return show_actions(self._manager(), self._viewer())

    def runs_csv(self) -> Any:
        """Send the same runs as a file."""
        manager, viewer = self._manager(), self._viewer()
        wanted = RunFilter.read(request.args.to_dict(flat=False), viewer)
        if wanted.mistakes:
            return redirect(f"{url_for(f'{NAME}.runs')}?{request.query_string.decode('ascii', 'replace')}")
        first = manager.page(replace(wanted.query, limit=CHUNK))
        ends = self._clock.monotonic() + FILE_TIMEOUT

        def following(before: str, limit: int) -> RunPage:
            with self._limit.turn():
                return manager.page(replace(wanted.query, before=before, limit=limit))

        parts = rows(first, following, viewer, lambda: self._clock.monotonic() > ends)
        name = f"runs {viewer.now.astimezone(viewer.zone):%Y-%m-%d %H.%M}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(parts, content_type="text/csv; charset=utf-8", headers=headers)

    def act(self) -> Any:
        """Do what a button says, once it is confirmed, and go back to the page of the job."""
        action, target = request.form.get("action", ""), request.form.get("target", "")
        back = request.form.get("job", "")
        if action in ASKED and request.form.get("confirmed") != "yes":
            question = ASKED[action]
            return _render(
                "confirm", self._viewer(), action=action, target=target, question=question, job=back
            )
        try:
            said = do(action, target, self._manager(), self._access.caller, request.form)
            # docassemble prints what is flashed as HTML
            flash(str(escape(self._viewer().plain(said))), "success")
        except (UnknownJob, UnknownRun, NotPermitted, NotPossible, ArgumentError) as error:
            flash(str(escape(self._viewer().sentence(error.explanation))), "error")
        where = url_for(f"{NAME}.job", name=back) if back else url_for(f"{NAME}.overview")
        if action == "where":
            where = url_for(f"{NAME}.run", id=target)
        return redirect(where, 303)

    def _explained(self, error: SchedulerError, status: int) -> Response:
        said = Language.of(self._access.locale, self._access.word).plain(recognised(error.explanation))
        values = {"title": HEADINGS[status], "text": said, "version": _edition()}
        # the database may be what does not answer
        html = render_template(f"{NAME}/error.html", general_pause=lambda: None, **values)
        return make_response(html, status)

    def _viewer(self) -> Viewer:
        language = Language.of(self._access.locale, self._access.word)
        return Viewer(now=self._clock.now(), zone=self._access.zone, language=language)


def _found(manager: SchedulerManager, wanted: RunFilter) -> dict[str, Any]:
    """Return what the page of all runs shows of them, or why a search was not answered."""
    nothing = {"found": None, "searched_to": None, "unanswered": None}
    if wanted.mistakes:
        return nothing
    if wanted.grouped:
        return {**nothing, "found": manager.failures(wanted.query)}
    try:
        page = manager.page(wanted.query)
    except StoreUnavailable as error:
        if not wanted.query.is_search:
            raise
        return {**nothing, "unanswered": error.explanation}
    is_full = len(page.runs) == wanted.query.limit
    searched_to = None if is_full or page.before is None else instant_of(page.before)
    return {**nothing, "found": page, "searched_to": searched_to}


def _query(job: str) -> RunQuery:
    status = _known(request.args.get("status", ""), [each.value for each in Status])
    trigger = _known(request.args.get("trigger", ""), [each.value for each in Trigger])
    return RunQuery(
        job=job,
        statuses=(Status(status),) if status else (),
        trigger=Trigger(trigger) if trigger else None,
        server=request.args.get("server") or None,
        before=request.args.get("before") or None,
        limit=PAGE,
    )


def _known(text: str, known: Sequence[str]) -> str:
    return text if text in known else ""
