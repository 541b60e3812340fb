# do not pre-load
"""A docassemble that keeps what it is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class FakeHost:
    """A docassemble that keeps what it is told: the users whose contexts were entered, the mails, the lines."""

    def __init__(self, *, recipients: Sequence[str] = ("admin@example.com",)) -> None:
        self.application_name = "docassemble"
        self.server_name = "server-1"
        self.external_url: str | None = None
        self.error_recipients = recipients
        self.entered: list[str | None] = []
        self.left = 0
        self.mails: list[tuple[str, str, Sequence[str]]] = []
        self.said: list[str] = []
        #: raised by `mail`, when set
        self.mail_error: Exception | None = None

    @contextmanager
    def context(self, user: str | None) -> Iterator[None]:
        """Enter the context of `user`."""
        self.entered.append(user)
        try:
            yield
        finally:
            self.left += 1

    def mail(self, subject: str, text: str, recipients: Sequence[str]) -> None:
        """Keep the mail."""
        if self.mail_error is not None:
            raise self.mail_error
        self.mails.append((subject, text, recipients))

    def say(self, message: str) -> None:
        """Keep the line."""
        self.said.append(message)
