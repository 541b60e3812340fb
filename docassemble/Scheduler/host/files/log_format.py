# do not pre-load
"""The forms of a line of scheduler.log: text for people, JSON for log collectors."""

from __future__ import annotations

import json
import logging
from datetime import datetime, tzinfo

from ...core.settings import LogFormat
from ...core.texts.text import text_of
from ...execution.log.run_log import moment, one_line

#: no text of a key is longer, but for message and exception (characters)
_MAX_TEXT = 1_000


def line_formatter(form: LogFormat, zone: tzinfo, server: str) -> logging.Formatter:
    """Return what makes lines of records; times are told in `zone`."""
    return JsonFormatter(zone, server) if form is LogFormat.JSON else LineFormatter(zone)


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


class JsonFormatter(logging.Formatter):
    """One JSON object on an ASCII line for a record: always with the same keys, null where there is nothing.

    `time` is that of `zone`, with its offset; `duration` is in seconds.
    """

    def __init__(self, zone: tzinfo, server: str) -> None:
        super().__init__()
        self._zone = zone
        self._server = server

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line, without the newline at its end."""
        attribute = record.__dict__.get
        error = record.exc_text or (record.exc_info and self.formatException(record.exc_info))
        line = {
            "time": datetime.fromtimestamp(record.created, self._zone).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "job": _text(attribute("job")),
            "event": _text(attribute("event")),
            "message": _sound(record.getMessage()),
            "run": _text(attribute("run")),
            "due": _text(attribute("due")),
            "duration": attribute("duration"),
            "server": self._server,
            "exception": _sound(error) if error else None,
            "source": attribute("source"),
        }
        return json.dumps(line).replace("\x7f", r"\u007f")


def _text(value: object) -> str | None:
    return None if value is None else _sound(text_of(value, _MAX_TEXT))


def _sound(text: str) -> str:
    """Return a text without halves of surrogate pairs, which not every parser of JSON takes."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
