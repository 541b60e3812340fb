# do not pre-load
"""Which alerts go out together: those that come soon after one another, to the same receiver."""

from __future__ import annotations

from typing import Final

#: how long the first one waits for others (seconds): trouble seldom comes alone
SETTLE: Final = 10.0
#: the least time between two messages to one receiver (seconds)
PAUSE: Final = 60.0


def send_at(first: float, sent: float | None) -> float:
    """Return when what waits is to be sent, in seconds on any one clock.

    `first` is when the first of it came, `sent` when the receiver was sent something before.
    """
    return first + SETTLE if sent is None else max(first + SETTLE, sent + PAUSE)
