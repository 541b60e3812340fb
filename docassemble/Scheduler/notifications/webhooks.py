# do not pre-load
"""Posting to webhooks: with a limit of time, again where that may help, and without a word about the address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .. import __version__
from ..core.alerts import Webhook
from ..core.errors import LimitExceeded, WebhookError

#: how long a call may take, from the connection to the answer (seconds)
TIMEOUT: Final = 10.0
#: how long is waited before another attempt, where there may be one (seconds)
PAUSES: Final = (2.0, 10.0)
#: a service that asks for more time is not waited for (seconds)
MAX_PAUSE: Final = 30.0
_TOO_MANY: Final = 429


class _MayPass(WebhookError):
    """Trouble that may pass: another attempt is worth it, after so many seconds when the service says so."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


def post(webhook: Webhook, body: bytes, sleep: Callable[[float], None]) -> None:
    """Post a body; again when there was no answer, or one that says that the service is in trouble.

    Raises WebhookError, in whose message no part of the address stands.
    """
    for pause in (*PAUSES, None):
        try:
            _post(webhook.url, body)
        except _MayPass as trouble:
            wanted = pause if trouble.after is None else trouble.after
            if pause is None or wanted is None or wanted > MAX_PAUSE:
                raise WebhookError(str(trouble)) from None
            sleep(wanted)
        else:
            return


def _post(url: str, body: bytes) -> None:
    from .http_client import Session

    # Teams counts a body without a charset twice
    headers = {
        "User-Agent": f"docassemble.Scheduler/{__version__}",
        "Content-Type": "application/json; charset=utf-8",
    }
    try:
        # No redirect is followed: the address, and what it lets people do, is for one host. Nor is the answer read.
        with (
            Session(TIMEOUT) as session,
            session.post(
                url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True
            ) as answer,
        ):
            status, after = answer.status_code, answer.headers.get("Retry-After", "")
    except LimitExceeded as error:
        raise _MayPass(f"it {error}") from None
    except Exception as error:  # noqa: BLE001 - their messages have the address in them, which is a secret
        raise _MayPass(f"it does not answer: {type(error).__name__}") from None
    if status == _TOO_MANY or status >= 500:
        raise _MayPass(f"it answers {status}", float(after) if after.isascii() and after.isdigit() else None)
    if 300 <= status < 400:
        raise WebhookError(f"it answers {status}, a redirect, which is not followed")
    if not 200 <= status < 300:
        raise WebhookError(f"it answers {status}")
