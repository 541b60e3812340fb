# do not pre-load
"""What a line of the log looks like."""

from __future__ import annotations

import logging
from datetime import datetime, tzinfo
from typing import Final

_ESCAPES: Final = {code: f"\\x{code:02x}" for code in (*range(32), 127)} | {9: "\\t", 10: "\\n", 13: "\\r"}


def one_line(text: str) -> str:
    r"""Return a text as one line of ASCII: whatever is not printable ASCII is escaped (`\n`, `\xe9`)."""
    return text.encode("ascii", "backslashreplace").decode("ascii").translate(_ESCAPES)


def moment(record: logging.LogRecord, zone: tzinfo) -> str:
    """Return when a record was made, in `zone`, to the millisecond."""
    return datetime.fromtimestamp(record.created, zone).replace(tzinfo=None).isoformat(" ", "milliseconds")


class LineFormatter(logging.Formatter):
    r"""One ASCII line for a record: `2026-11-21 11:35:27.123 INFO [job name] message`, time in `zone`.

    `[job name]` is the record's attribute `job` and is left out without one. A traceback
    follows the message in the same line; whatever is not printable ASCII is escaped (`\n`,
    `\xe9`), because the Logs page miscounts, and then refuses to show, any other text.
    """

    def __init__(self, zone: tzinfo) -> None:
        super().__init__()
        self._zone = zone

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802, D102 - the name is logging's
        job = getattr(record, "job", None)
        where = f" [{job}]" if job else ""
        return f"{moment(record, self._zone)} {record.levelname}{where} {record.message}"

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line, without the newline at its end."""
        return one_line(super().format(record))
