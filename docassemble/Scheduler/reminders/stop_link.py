# do not pre-load
"""The link that stops the reminders of a session: whoever has it can do that, and nothing else."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

from .reminder import ReminderError

__all__ = ["is_stop_link", "restart_by_link", "stop_by_link"]

#: the interview that the link opens
INTERVIEW = "docassemble.Scheduler:data/questions/stop_reminders.yml"
STOP, RESTART = "reminders_stop", "reminders_restart"


def stop_link() -> str:
    """Return the link for the present session.

    It names the session in encrypted form only: a link into the session would show all answers to whoever a message
    reaches, and mails reach others, for example when an address is mistyped.
    """
    from docassemble.base.util import interview_url, user_info

    info = user_info()
    token = _cipher().encrypt(json.dumps([info.filename, info.session]).encode()).decode()
    return str(interview_url(i=INTERVIEW, new_session=1, link=token))


def is_stop_link(token: object) -> bool:
    """Return whether a link is one that this site has made."""
    return _place(token) is not None


def stop_by_link(token: object) -> None:
    """Stop the reminders of the session that a link is about; raises ReminderError."""
    _run(token, STOP)


def restart_by_link(token: object) -> None:
    """Have the reminders of the session again; raises ReminderError."""
    _run(token, RESTART)


def _run(token: object, action: str) -> None:
    from docassemble.base.error import DAException
    from docassemble.base.util import run_action_in_session

    interview, session = _known(token)
    try:
        run_action_in_session(interview, session, action, overwrite=True)
    except DAException as error:
        if action == STOP and "obtain" in str(error):
            return  # the session was deleted, and its reminders with it; there is no other way to tell
        raise ReminderError(f"{action} failed in the session of this link: {error}") from error


def _known(token: object) -> tuple[str, str]:
    place = _place(token)
    if place is None:
        raise ReminderError("this link is not one of this site, or not complete")
    return place


def _place(token: object) -> tuple[str, str] | None:
    from cryptography.fernet import InvalidToken

    try:
        interview, session = json.loads(_cipher().decrypt(str(token).encode()))
    except InvalidToken:
        return None
    return interview, session


def _cipher() -> Any:
    """Return what encrypts with the site's own key; what this key encrypts elsewhere is nothing to it."""
    from cryptography.fernet import Fernet
    from flask import current_app

    secret = current_app.secret_key or ""
    key = sha256(
        b"docassemble.Scheduler reminders " + (secret if isinstance(secret, bytes) else secret.encode())
    )
    return Fernet(urlsafe_b64encode(key.digest()))
