# do not pre-load
"""Monitors that are pinged over HTTP: Healthchecks.io, and what speaks like it."""

from __future__ import annotations

from .. import __version__
from ..core.errors import LimitExceeded, MonitorError
from .monitor import Ping

#: how long a ping may take, from the connection to the answer (seconds)
PATIENCE = 5.0


class _Trouble(MonitorError):
    """Trouble that may have passed in a moment."""


def send(ping: Ping) -> None:
    """Make the request; once more when there was no answer, or one that says that the server is in trouble.

    Raises MonitorError, in whose message no part of the address stands.
    """
    try:
        _post(ping)
    except _Trouble:
        _post(ping)


def _post(ping: Ping) -> None:
    from .http_client import Session

    try:
        # No redirect is followed: the address, and what it lets people do, is for one host. Nor is the answer read.
        with (
            Session(PATIENCE) as session,
            session.post(
                ping.url,
                data=ping.body.encode("utf-8", "replace"),
                headers={"User-Agent": f"docassemble.Scheduler/{__version__}", "Content-Type": "text/plain"},
                timeout=PATIENCE,
                allow_redirects=False,
                stream=True,
            ) as answer,
        ):
            status = answer.status_code
    except LimitExceeded as error:
        raise _Trouble(f"the ping {error}") from None
    except Exception as error:  # noqa: BLE001 - their messages have the address in them, which is a secret
        raise _Trouble(f"it does not answer: {type(error).__name__}") from None
    if status >= 500:
        raise _Trouble(f"it answers {status}")
    if not 200 <= status < 300:
        raise MonitorError(f"it answers {status}")
