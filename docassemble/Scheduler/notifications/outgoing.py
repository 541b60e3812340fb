# do not pre-load
"""Outgoing messages: who is told of an alert, and how the message gets to each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from ..core.alerts import AlertPolicy, Webhook
from ..core.clock import Clock
from .bodies.services import body_for
from .delivery import Delivery, DeliveryQueue
from .email import mail_of
from .message import Digest
from .report import Sender

#: the page of a run, below the address of the site
RUN_PAGE = "scheduler/run?id="


class MailHost(Protocol):
    """The docassemble that mails for us."""

    @property
    def application_name(self) -> str:
        """What the site calls itself."""
        ...

    @property
    def server_name(self) -> str:
        """The name of this server."""
        ...

    @property
    def external_url(self) -> str | None:
        """The address of the site, with a slash at the end; None when it is not known."""
        ...

    @property
    def error_recipients(self) -> Sequence[str]:
        """Who gets mails about errors."""
        ...

    def mail(self, subject: str, text: str, recipients: Sequence[str]) -> None:
        """Send a mail."""
        ...


#: posts a body to a webhook, and may let time pass between attempts; raises WebhookError
Post = Callable[[Webhook, bytes, Callable[[float], None]], None]


@dataclass(frozen=True, slots=True)
class Target:
    """Whom one message goes to: all who are mailed, or one webhook."""

    to: tuple[str, ...] | Webhook
    #: whether the environment names them: then nothing shows who they are
    hidden: bool = False

    def __str__(self) -> str:
        if isinstance(self.to, Webhook):
            return f"{self.to.kind.value} (address not shown)" if self.hidden else str(self.to)
        return "mail (addresses not shown)" if self.hidden else ", ".join(self.to)


class Outgoing:
    """Knows who is to be told, and makes deliveries of what they are told."""

    def __init__(self, host: MailHost, post: Post, clock: Clock, *, has_pages: bool = True) -> None:
        """`has_pages` says whether the dashboard is served, so that there is something to link to."""
        self._host = host
        self._post = post
        self._clock = clock
        self._has_pages = has_pages

    @property
    def sender(self) -> Sender:
        """Who writes."""
        return Sender(app=self._host.application_name, server=self._host.server_name)

    def link(self, run: str | None) -> str | None:
        """Return the address of the page of a run; None rather than a wrong one."""
        site = self._host.external_url if self._has_pages and run else None
        return site and f"{site}{RUN_PAGE}{run}"

    def targets(self, policy: AlertPolicy) -> list[Target]:
        """Return whom a policy names, else docassemble's own recipients; nobody where it is muted."""
        if policy.muted:
            return []
        emails = policy.emails or (() if policy.webhooks else tuple(self._host.error_recipients))
        receivers: list[tuple[str, ...] | Webhook] = [*([emails] if emails else []), *policy.webhooks]
        return [Target(each, policy.hidden) for each in receivers]

    def delivery(self, target: Target, digest: Digest) -> Delivery:
        """Make the delivery of a message, which raises what keeps it from being sent."""
        mail = mail_of(digest)
        if isinstance(target.to, tuple):
            do = partial(self._host.mail, mail.subject, mail.text, target.to)
            return Delivery(f"The mail {mail.subject!r}", do)
        do = partial(self._post, target.to, body_for(target.to, digest), self._clock.sleep)
        return Delivery(f"The message {mail.subject!r} to {target}", do)

    def send(self, target: Target, digest: Digest, deliveries: DeliveryQueue) -> None:
        """Put a message into the queue: a service that hangs holds up no other one."""
        delivery = self.delivery(target, digest)
        channel = f"webhook {target.to.shown}" if isinstance(target.to, Webhook) else "mail"
        deliveries.put(channel, delivery.name, delivery.do)
