# do not pre-load
"""The page of the actions that wait in sessions of interviews: what, where and when, but not in which session."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import Response, request

from ...management.manager import SchedulerManager
from ...store.base import WaitingAction
from .presentation import Viewer
from .rendering import render

#: how many a page shows
PAGE = 100


def show_actions(manager: SchedulerManager, viewer: Viewer) -> Response:
    """Show the actions that wait, the first that is due first, of all interviews or one."""
    interview = request.args.get("interview") or None
    found = manager.session_actions(interview, after=after(request.args), limit=PAGE)
    return render(
        "actions",
        viewer,
        waiting=manager.count_actions(),
        actions=found,
        interview=interview,
        following=address(found[-1], interview) if len(found) == PAGE else None,
    )


def after(args: Mapping[str, str]) -> tuple[datetime, str] | None:
    """Read after which action a page begins; what makes no sense is left out."""
    try:
        due = datetime.fromisoformat(args.get("due", ""))
    except ValueError:
        return None
    return None if due.tzinfo is None else (due, args.get("job", ""))


def address(last: WaitingAction, interview: str | None) -> dict[str, str]:
    """Return the arguments of the address of the page that begins after an action."""
    args = {"due": last.due.isoformat(), "job": last.action.job}
    return args if interview is None else {**args, "interview": interview}
