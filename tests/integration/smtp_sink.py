"""A mail server that keeps what it is given: docassemble under test mails to it."""

import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller

from devserver.ports import free_port
from devserver.waiting import until
from tests.integration.http_sink import hanging_server


class SmtpSink:
    """A real SMTP server on a free port of this machine, in a thread."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        #: addresses that it takes no mail for
        self.refused: set[str] = set()
        self.port = free_port()
        self._controller = self._new_controller()

    def _new_controller(self) -> Controller:
        return Controller(self, hostname="127.0.0.1", port=self.port)

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Take connections and answer none of them while the block runs."""
        with self.closed(), hanging_server(self.port):
            yield

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Take no connections while the block runs."""
        self._controller.stop()
        try:
            yield
        finally:
            self._controller = self._new_controller()
            self._controller.start()

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Take an address, or refuse it."""
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the name is aiosmtpd's
        """Keep a mail."""
        mail = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 kept"

    def __enter__(self) -> "SmtpSink":
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    @property
    def directive(self) -> dict[str, Any]:
        """docassemble's `mail` directive that leads here."""
        return {"server": "127.0.0.1", "port": self.port, "use tls": False, "use ssl": False}

    def about(self, headline: str) -> list[EmailMessage]:
        """The mails with this text in the subject, or the list of what they are about, oldest first."""
        return [mail for mail in self.mails if headline in mail["Subject"] or headline in text_of(mail)]

    def wait_for(self, headline: str, timeout: float = 120) -> EmailMessage:
        """Wait for a mail with this text in its subject or list; what follows another mail waits for a minute."""
        return until(lambda: self.about(headline), f"mail about {headline!r}", timeout)[0]


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def part_about(mail: EmailMessage, job: str) -> str:
    """The part of a mail that tells of a job: all of it, unless it tells of several."""
    return next(part for part in text_of(mail).split("-" * 72) if f"\nJob: {job}\n" in part)
