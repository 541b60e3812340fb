# do not pre-load
"""What interviews call: actions of their own that are run later, in the session that schedules them."""

from __future__ import annotations

from typing import Any

from ..management.drafts.job_options import Duration, Moment
from ..management.session_actions import ScheduledAction
from .current import session_scheduler


def schedule_action(
    delay: Duration | None = None,
    action: str | None = None,
    *,
    id: str | None = None,  # noqa: A002 - that is what it is
    at: Moment | None = None,
    every: Duration | None = None,
    **arguments: Any,
) -> str:
    """Run an action of the interview later, in this session, as this user; nobody need open the session again.

    The session must not be encrypted when the action is due: the interview sets `multi_user` to True.

    Parameters:
        delay: A timedelta, a number of seconds, or words such as "3 days"; from now on.
        action: The name of the action: an `event` of the interview.
        id: One with the same id in this session is replaced. Without it, the id is the name of the action.
        at: In place of `delay`, a datetime, a date (its midnight), or a text such as "2027-03-28 14:30". Without a
            zone it is local in docassemble's. Less than 5 minutes ago is now.
        every: After how long it is due again, at least a minute: from the first time on, or from now on if neither
            `delay` nor `at` is given. What is due every so many days keeps its hour when the clocks are moved.
        arguments: What the action finds with `action_argument()`: whatever JSON can hold, up to 10,000 characters.

    Returns the id, for `cancel_action`.

    Raises:
        DefinitionError: The interview has no such action, or it is not clear when it is due, or that has passed.
        DurationError: `delay` or `every` is no duration.
        ArgumentError: An argument is not JSON, or they are too long.
        NotPossible: This is no session, or 100 actions wait in it.
        HostError: docassemble's configuration has no `scheduler:` block.
        StoreUnavailable: The database does not answer.

    Example:
        schedule_action("3 days", "send_reminder", id="first", subject="Please go on")
    """
    return session_scheduler().schedule_action(delay, action, id=id, at=at, every=every, **arguments)


def cancel_action(id: str) -> bool:  # noqa: A002 - as above
    """Take away the action with this id that waits in this session; False when there is none.

    One that is running goes on. Raises NotPossible, HostError, StoreUnavailable as `schedule_action` does, and
    DefinitionError for what cannot be an id.

    Example:
        cancel_action("first")
    """
    return session_scheduler().cancel_action(id)


def scheduled_actions() -> list[ScheduledAction]:
    """Return the actions that wait in this session, by their due times.

    Each has `id`, `action`, `due` (a datetime in docassemble's time zone), `every` (a timedelta, or None) and
    `arguments`. Raises NotPossible, HostError, StoreUnavailable as `schedule_action` does.

    Example:
        scheduled_actions()
    """
    return session_scheduler().scheduled_actions()
