# do not pre-load
"""The page of all jobs, on Flask's side: its views, and the buttons of rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, flash, redirect, request, url_for
from markupsafe import Markup, escape

from ....core.errors import NotPossible
from ....management.manager import SchedulerManager
from ....management.permissions import Caller
from ....store.records import RECENT
from ..presentation import Viewer
from ..refresh import tag_of
from ..rendering import FOLDER, edition, is_known, render, unchanged
from .bulk import act_on, question
from .jobs_filter import ORDER, Filter
from .overview import LATEST, overview
from .timeline import SPAN, RunMark, runs_of, timeline

ENDPOINT = f"{FOLDER}.overview"


def show_overview(manager: SchedulerManager, viewer: Viewer) -> Response:
    """Show the jobs, their timeline or the servers; what looks as before is not even put together."""
    wanted = Filter.of(request.args)
    recent = RECENT if wanted.needs_all_records else LATEST
    page = overview(manager.jobs(recent=recent), manager.problems, wanted)
    servers, waiting = manager.servers(), manager.count_actions()
    etag = tag_of(
        edition(),
        page.mark,
        manager.general_pause(),
        waiting,
        viewer.server_marks(servers),
        viewer.period(wanted.view),
        *viewer.habits,
    )
    if is_known(etag):
        return unchanged(etag)
    drawn = None
    if wanted.view == "timeline":
        runs = manager.history.timeline(viewer.now - SPAN, viewer.now)
        drawn = timeline(page.states, runs, viewer)
    elif wanted.view == "jobs":
        page = page.filled(manager.jobs)
    return render(
        "overview",
        viewer,
        etag,
        page=page,
        timeline=drawn,
        address_of=_address_of,
        servers=servers,
        waiting=waiting,
        statuses=ORDER,
    )


def _address_of(job: str, bar: RunMark) -> str:
    """Return the page of a run, or that of the several that a bar stands for."""
    if bar.records == 1:
        return url_for(f"{FOLDER}.run", id=bar.run)
    return url_for(f"{FOLDER}.runs", **_given(runs_of(job, bar)))


def _given(args: Mapping[str, str]) -> dict[str, Any]:
    """Return the arguments of an address; Flask's own options have other names."""
    return dict(args)


def press(manager: SchedulerManager, viewer: Viewer, by: Caller) -> Any:
    """Do what a button in a row, or one for all jobs that are ticked, says; then go back to the list."""
    wanted, form = Filter.of(request.args), request.form
    action, _, name = form.get("one", "").partition(" ")
    names = [name] if action else form.getlist("job")
    action = action or form.get("all", "")
    asked = question(action, names)
    if asked is not None and form.get("confirmed") != "yes":
        text, values = asked
        asking = viewer.say(text, **values)
        return render("confirm_jobs", viewer, action=action, names=names, question=asking, filter=wanted)
    try:
        done = act_on(action, names, manager, by)
    except NotPossible as error:
        flash(
            str(escape(viewer.sentence(error.explanation))), "error"
        )  # docassemble prints what is flashed as HTML
    else:
        said = (viewer.say(text, **values) for text, values in (done.sentence(), *done.reasons()))
        flash(
            str(Markup(" ").join(said)),
            "success" if done.is_complete else "warning" if done.done else "error",
        )
    return redirect(url_for(ENDPOINT, **_given(wanted.args)), 303)
