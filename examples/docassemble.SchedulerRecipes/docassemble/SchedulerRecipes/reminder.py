# do not pre-load
"""Remind the user of a session three days after it began."""

from docassemble.base.util import current_context

from docassemble.Scheduler import schedule_in

__all__ = ["remind_in"]


def remind_in(delay: str) -> str:
    """Have the action `send_reminder` run in this session after a time; return the id of the job."""
    here = current_context()
    return schedule_in(
        delay,
        "interviews.run_action",
        args=[here.filename, "send_reminder", [here.session]],
        id=f"Reminder of session {here.session}",
        retries=3,
    )
