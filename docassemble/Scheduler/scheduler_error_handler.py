# do not pre-load
"""The default error handler under its 0.2.x names, for error handlers that call it themselves."""

from __future__ import annotations

import os

from .config import parse
from .config.values.hints import normalised
from .core.alerts import Alert, AlertKind, AlertPolicy
from .core.clock import SystemClock
from .core.texts.error_text import ErrorText, summary
from .core.texts.text import text_of
from .execution.log.logger import scheduler_logger
from .host.docassemble import Docassemble
from .host.files.env_file import read_env_file
from .job_data import SchedulerJobConfig, get_cur_job
from .notifications.delivery import DeliveryQueue
from .notifications.email import LIMIT
from .notifications.message import Digest
from .notifications.outgoing import Outgoing
from .notifications.report import of_critical
from .notifications.webhooks import post

#: how long to wait for the mail server (seconds): the caller may be a job, which holds a slot
MAIL_TIMEOUT = 10.0


def handle_error(ex: BaseException, job: SchedulerJobConfig | None = None) -> None:
    """Log an error of a job and mail it."""
    job = job or get_cur_job()
    name = job.name if job else None
    scheduler_logger().error("Error with job '%s': %s", name, summary(ex))
    error_notification(ex)


def error_notification(
    err: BaseException | str | None, additional_message: str = "", **_unused: object
) -> None:
    """Mail an error to whom `notify` names, with its traceback but without any variables.

    What cannot be sent is logged. Parameters of 0.2.x that asked for variables are taken and ignored.
    """
    host = Docassemble()
    outgoing = Outgoing(host, post, SystemClock())
    targets = outgoing.targets(_policy(host))
    if not targets:
        return
    text = text_of(additional_message, LIMIT)
    if issubclass(type(err), BaseException):
        text += "\n" + ErrorText.of(err).traceback  # type: ignore[arg-type]
    elif err is not None:
        text += f"\n{text_of(err, LIMIT)}"
    job, sender = get_cur_job(), outgoing.sender
    alert = Alert(kind=AlertKind.FAILURE, count=1)
    told = of_critical(sender, job.name if job else None, text.strip(), alert)
    deliveries = DeliveryQueue(scheduler_logger(), SystemClock())
    for target in targets:
        outgoing.send(target, Digest(sender=sender, reports=(told,)), deliveries)
    deliveries.finish(MAIL_TIMEOUT)


def _policy(host: Docassemble) -> AlertPolicy:
    """Return what the setting `notify` says."""
    block = host.configuration.get("scheduler")
    given = block.items() if isinstance(block, dict) else ()
    notify = {key: value for key, value in given if normalised(str(key)) == "notify"}
    read = parse(
        notify,
        zone=host.time_zone,
        environ=os.environ,
        env_file=read_env_file(host.configuration_file),
        now=SystemClock().now(),
    )
    return read.settings.notify
