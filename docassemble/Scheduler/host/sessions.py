# do not pre-load
"""Sessions of interviews: the one that code is called from, and actions that run in one as its user."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..core.errors import HostError, NotPossible, SchedulerError
from ..core.session_action import NotRun, Place
from ..core.texts.error_text import summary
from ..execution.context import current_run
from ..management.session_actions import PresentSession

#: what stands before the number of a user who is not signed in
ANONYMOUS = "t"


def present_session() -> PresentSession:
    """Return the session that this code is called from; raises NotPossible outside of an interview."""
    functions = importlib.import_module("docassemble.base.functions")
    try:
        info: Any = functions.this_thread.current_info
        interview, session = info["yaml_filename"], functions.get_uid()
        user, begun = info["user"], functions.this_thread.internal["starttime"]
    except (AttributeError, KeyError, TypeError, RuntimeError):  # each version lacks something else
        interview = session = None
    if not interview or not session:
        raise NotPossible(
            "an action is scheduled in a session, and this code is not called from one",
            hint="call it in a `code` block of an interview; elsewhere, schedule a function with `schedule_in`",
        )
    return PresentSession(
        place=Place(interview=str(interview), session=str(session)),
        user=str(user["the_user_id"]),
        by=str(user.get("email") or "a user who is not signed in"),
        begun=begun.isoformat(),
        has_action=lambda action: defines(str(interview), action),
    )


def defines(interview: str, action: str) -> bool:
    """Return whether a block of an interview defines what an action names; docassemble says nothing if none does.

    Of attributes and elements, such as `client.remind`, only docassemble can tell, when it comes to it.
    """
    cache = importlib.import_module("docassemble.base.interview_cache")
    return (
        not action.isidentifier()
        or action.startswith("_")
        or action in cache.get_interview(interview).questions
    )


@contextmanager
def acting_as(user: str) -> Iterator[None]:
    """Be a user of docassemble, as long as the context of a job lasts: what runs may do what that user may.

    Raises RunSkipped when there is no such user any more, or docassemble does not let that user in.
    """
    from flask import g, session

    login = importlib.import_module("flask_login")
    if user.startswith(ANONYMOUS):
        person = importlib.import_module("flask").current_app.login_manager.anonymous_user()
        session["tempuser"] = _number(user[1:])
    else:
        person = _person(_number(user))
    before = login.current_user._get_current_object()
    g._login_user = person
    try:
        yield
    finally:
        g._login_user = before
        session.pop("tempuser", None)


def _person(number: int) -> Any:
    from docassemble.webapp.users.models import UserModel
    from flask import current_app
    from sqlalchemy import select

    database = current_app.extensions["sqlalchemy"].session
    person = database.execute(select(UserModel).where(UserModel.id == number)).unique().scalars().first()
    if person is None:
        raise NotRun.NO_USER.exception
    if not person.active:
        raise NotRun.INACTIVE_USER.exception
    return person


def _number(text: str) -> int:
    if not text.isdigit():
        raise HostError(f"{text!r} is no number of a user")
    return int(text)


class SessionActionError(SchedulerError):
    """An action in a session that failed, or that nobody has scheduled."""


def run(  # noqa: PLR0913 - what `schedule_action` has kept
    *,
    interview: str,
    session: str,
    id: str,  # noqa: A002 - that is what it is
    action: str,
    arguments: Mapping[str, Any],
    user: str,
    begun: str,
) -> None:
    """Run an action in a session, as the user who scheduled it: the function of the jobs that actions become.

    Raises RunSkipped where that makes no sense any more, and SessionActionError when the action fails.
    """
    current = current_run()
    if current is None or current.job != Place(interview=interview, session=session).job(id):
        raise SessionActionError(
            "this function runs what `schedule_action` has scheduled, and nothing else",
            hint="let an interview call `schedule_action`",
        )
    with acting_as(user):
        _check_session(interview, session, begun)
        _check_action(interview, action)
        _run(interview, session, action, dict(arguments))


def _check_session(interview: str, session: str, begun: str) -> None:
    """Raise RunSkipped unless the session is open, and the one in which the action was scheduled."""
    from docassemble.base.error import DAException
    from docassemble.base.util import get_session_variables

    try:
        variables = get_session_variables(interview, session, simplify=False)
    except DAException as error:
        # there is no other way to tell them apart
        for word, reason in {"decrypt": NotRun.ENCRYPTED, "obtain": NotRun.GONE}.items():
            if word in str(error):
                raise reason.exception from None
        raise
    if variables["_internal"]["starttime"].isoformat() != begun:
        raise NotRun.BEGUN_ANEW.exception


def _check_action(interview: str, action: str) -> None:
    """Raise RunSkipped when the interview has no such action any more."""
    from docassemble.base.error import DANotFoundError

    try:
        is_there = defines(interview, action)
    except DANotFoundError:
        raise NotRun.NO_INTERVIEW.exception from None
    if not is_there:
        raise NotRun.NO_ACTION.exception


def _run(interview: str, session: str, action: str, arguments: dict[str, Any]) -> None:
    from docassemble.base.util import run_action_in_session

    try:
        # over the last step, like docassemble's own scheduled tasks: no step that the user would go back to
        run_action_in_session(interview, session, action, arguments=arguments, overwrite=True)
    except Exception as error:
        raise SessionActionError(f"the action {action} failed: {summary(error)}") from error
