# do not pre-load
"""Capture: what runs print, and tell Python's `logging`, goes into the log too.

It still goes where it went before, and so does what others write. A handler of the root logger would not do:
docassemble's loggers do not propagate to it, `dictConfig()` removes it, and while it is there, Python does not write
warnings of loggers without handlers to standard error, and `basicConfig()` does nothing.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from ...core.errors import is_interruption
from ...core.texts.error_text import summary
from ...core.texts.excerpt import masked
from ...core.texts.text import last_words, text_of
from ..context import RUN, CurrentRun, RunLogHandler
from .captured import MAX_IN_LOG, MAX_TEXT
from .logger import SteadfastLogger, make_harmless, message_of
from .run_log import one_line

#: the levels of the standard streams
LEVELS: Final = {"stdout": logging.INFO, "stderr": logging.WARNING}

#: whether what is written now needs no line: it is in the log already, in another form, or it is about the log itself
_is_told: ContextVar[bool] = ContextVar("docassemble_scheduler_told", default=False)

CallHandlers = Callable[[logging.Logger, logging.LogRecord], None]


@contextmanager
def uncaptured() -> Iterator[None]:
    """Leave out of the log what is written to streams and loggers while the block lasts."""
    token = _is_told.set(True)
    try:
        yield
    finally:
        _is_told.reset(token)


class Capture:
    """Takes what the runs of this process write to the standard streams and to loggers into our own log.

    Each record has the attribute `source`: the name of the stream, or of the logger.
    """

    def __init__(self, logger: logging.Logger) -> None:
        """`logger` writes the log."""
        self._logger = logger
        self._is_open = False

    def open(self) -> None:
        """Begin, in this process; to be called once."""
        self._is_open = True
        for name, level in LEVELS.items():
            stream = getattr(sys, name)
            if stream is not None:
                setattr(sys, name, CapturedStream(stream, self._writer(stream.write, name, level), self))
        calls = self._caller(logging.Logger.callHandlers)
        logging.Logger.callHandlers = calls  # type: ignore[method-assign, assignment]

    def close(self) -> None:
        """End; what others have put around us meanwhile stays, and takes no notice."""
        self._is_open = False
        for name in LEVELS:
            stream = getattr(sys, name)
            if type(stream) is CapturedStream and stream.owner is self:
                setattr(sys, name, stream.stream)
        before = getattr(logging.Logger.callHandlers, "before", None)
        if before is not None and getattr(logging.Logger.callHandlers, "owner", None) is self:
            logging.Logger.callHandlers = before  # type: ignore[method-assign]

    def _writer(self, write: Callable[[str], int], stream: str, level: int) -> Callable[[str], int]:
        """Return what takes the place of a stream's method `write`."""
        run, is_told = RUN.get, _is_told.get

        def captured(text: str, /) -> int:
            current = run()
            if current is None or is_told() or not self._is_open:
                return write(text)
            token = _is_told.set(True)
            try:
                written = write(text)
                if self._logger.isEnabledFor(level):
                    self._attempt(self._add, current, stream, text)
            finally:
                _is_told.reset(token)
            return written

        return captured

    def _caller(self, call: CallHandlers) -> CallHandlers:
        """Return what takes the place of `logging.Logger.callHandlers`: filters have let a record pass by then."""
        run, is_told = RUN.get, _is_told.get

        def captured(logger: logging.Logger, record: logging.LogRecord) -> None:
            if run() is None or is_told() or not self._is_open or isinstance(logger, SteadfastLogger):
                return call(logger, record)
            token = _is_told.set(True)  # what handlers write is this record in another form
            try:
                self._attempt(self._tell, record)  # first: a handler may hang
                return call(logger, record)
            finally:
                _is_told.reset(token)

        captured.before, captured.owner = call, self  # type: ignore[attr-defined]
        return captured

    def _attempt(self, work: Callable[..., None], *args: object) -> None:
        """Record what a run wrote; that it cannot be recorded is no failure of the run."""
        try:
            work(*args)
        except BaseException as error:
            if is_interruption(error):
                raise
            last_words(f"what a run wrote is not in its log: {summary(error)}")

    def _add(self, current: CurrentRun, stream: str, text: object) -> None:
        told = text if type(text) is str else text_of(text, MAX_TEXT)
        current.own_log.take(self._line).add(stream, told)

    def _line(self, stream: str, line: str) -> None:
        self._write(stream, LEVELS[stream], line)

    def _tell(self, record: logging.LogRecord) -> None:
        if self._logger.isEnabledFor(record.levelno):
            error = record.exc_info if record.exc_info and record.exc_info[1] is not None else None
            # Libraries write addresses with all that is secret in them; what is printed is the job's own words.
            args = record.args if isinstance(record.args, tuple) else (record.args,)
            text = masked(message_of(record.msg, args))
            self._write(one_line(record.name), record.levelno, text, error, record.stack_info)

    def _write(self, source: str, level: int, text: str, error: Any = None, stack: str | None = None) -> None:
        """Write one record, or once that there are too many; the run's own log has them all the same."""
        current = RUN.get()
        if current is None:
            return
        captured = current.own_log.take(self._line)
        captured.count += 1
        with uncaptured():
            if captured.count == MAX_IN_LOG + 1:
                self._logger.warning(
                    "The run has written %d lines to stdout, stderr and `logging`; more are in its own log only",
                    MAX_IN_LOG,
                )
            record = self._logger.makeRecord(
                self._logger.name,
                level,
                __file__,
                0,
                f"{source}: {text}",
                (),
                error,
                func="_write",
                extra={"source": source},
                sinfo=stack,
            )
            if captured.is_too_much:
                self._keep(record)
            else:
                self._logger.handle(record)

    def _keep(self, record: logging.LogRecord) -> None:
        make_harmless(record)
        for handler in self._logger.handlers:
            if isinstance(handler, RunLogHandler):
                handler.handle(record)


class CapturedStream:
    """A standard stream with another method `write`; all else is that of the stream."""

    def __init__(self, stream: Any, write: Callable[[str], int], owner: Capture) -> None:
        self.stream = stream
        self.owner = owner
        # attributes of its own are found sooner than methods: `print()` of web threads pays for it
        self.write = write
        self.flush = stream.flush

    def writelines(self, lines: Iterable[str], /) -> None:
        """Write each line, as streams do."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        if name == "stream":  # a copy that was never made
            raise AttributeError(name)
        return getattr(self.stream, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.stream)

    def __enter__(self) -> CapturedStream:
        self.stream.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.stream.__exit__(*error)
