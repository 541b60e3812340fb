# do not pre-load
"""The default error handler under its 0.2.x names, for error handlers that call it themselves."""

from __future__ import annotations

import logging

from .adapters.docassemble import Docassemble
from .job_data import SchedulerJobConfig, get_cur_job
from .notices import ErrorText, Notice, NoticeKind, Sender, critical_mail


def handle_error(ex: BaseException, job: SchedulerJobConfig | None = None) -> None:
    """Log an error of a job and mail it."""
    job = job or get_cur_job()
    name = job.name if job else None
    logging.getLogger("scheduler").error("Error with job '%s': %s: %s", name, type(ex).__name__, ex)
    error_notification(ex)


def error_notification(
    err: BaseException | str | None, additional_message: str = "", **_unused: object
) -> None:
    """Mail an error to docassemble's `error notification email`, with its traceback but without any variables.

    Raises what the mail server raises. Parameters of 0.2.x that asked for variables are taken and ignored.
    """
    host = Docassemble()
    if not host.error_recipients:
        return
    text = additional_message
    if isinstance(err, BaseException):
        text += "\n" + ErrorText.of(err).traceback
    elif err:
        text += f"\n{err}"
    job = get_cur_job()
    sender = Sender(app=host.application_name, server=host.server_name)
    mail = critical_mail(
        sender, job.name if job else None, text.strip(), Notice(kind=NoticeKind.FAILURE, count=1)
    )
    host.mail(mail.subject, mail.text, host.error_recipients)
