# do not pre-load
"""A logger that does not depend on what jobs do to `logging`, and whose records cannot do harm.

It stands outside of the tree of loggers: `logging.disable()`, `dictConfig()`, levels and handlers that are set on the
root logger or on one of its name do not reach it. Before a record comes to any handler, its message and its traceback
are made into text, within limits.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, Final

from ...core.errors import is_interruption
from ...core.texts.error_text import MAX_TRACEBACK, ErrorText, summary
from ...core.texts.excerpt import masked
from ...core.texts.text import cut, last_words, repr_of, text_of

#: not a name that others may have for a logger of theirs; no `logging.getLogger()` returns this one
NAME: Final = "docassemble.Scheduler"
#: how much of a message is written (characters); of a traceback it is as much as a record keeps
MAX_MESSAGE: Final = 10_000
#: so many different failures of handlers are told on standard error
_MAX_COMPLAINTS: Final = 20
_LEVEL_NAMES: Final = {10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"}
_PLAIN: Final = {int, float, bool, type(None)}
#: a few texts of this length are shorter than the limit (characters)
_SURELY_SHORT: Final = 1_000
#: integers of more bits take long to write out
_LARGEST_INT: Final = 10_000


class SteadfastLogger(logging.Logger):
    """A logger of its own, without a parent; logging to it never raises, but for what stops a run."""

    def __init__(self, name: str) -> None:
        super().__init__(name, logging.INFO)
        self.propagate = False
        #: failures of handlers that have been told
        self._complaints: set[str] = set()

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - the name is logging's
        """Return whether a record of this level is written: `logging.disable()` makes no difference."""
        return level >= self.level

    def setLevel(self, level: int | str) -> None:  # noqa: N802
        """Set the level from which on records are written."""
        self.level = logging._checkLevel(level)  # type: ignore[attr-defined]

    def makeRecord(  # noqa: N802, PLR0913, PLR0917, D102 - as in the base class
        self,
        name: str,
        level: int,
        fn: str,
        lno: int,
        msg: object,
        args: Any,
        exc_info: Any,
        func: str | None = None,
        extra: Mapping[str, object] | None = None,
        sinfo: str | None = None,
    ) -> logging.LogRecord:
        # neither the factory nor the names of levels that others may have set
        record = logging.LogRecord(name, level, fn, lno, msg, (), exc_info, func, sinfo)
        record.args = args  # which the record would ask for their class
        record.levelname = _LEVEL_NAMES.get(level, record.levelname)
        if extra is not None:
            record.__dict__.update(extra)
        return record

    def handle(self, record: logging.LogRecord) -> None:
        """Hand a record to the handlers; what they raise is told on standard error, once."""
        try:
            make_harmless(record)
            if self.filter(record):
                self.callHandlers(record)
        except BaseException as error:
            if is_interruption(error):
                raise
            self._complain(error, record)

    def _complain(self, error: BaseException, record: logging.LogRecord) -> None:
        try:
            text = summary(error)
            if text not in self._complaints and len(self._complaints) < _MAX_COMPLAINTS:
                self._complaints.add(text)
                last_words(f"a handler of the log failed ({text}) with the record: {record.msg}")
        except BaseException:  # noqa: BLE001, S110 - nobody is left to be told
            pass


@cache
def scheduler_logger() -> logging.Logger:
    """Return the logger that writes scheduler.log where the scheduler runs, and nothing elsewhere."""
    return SteadfastLogger(NAME)


def make_harmless(record: logging.LogRecord) -> None:
    """Put text in the place of the objects that a record would be made of, within limits; never raises."""
    record.msg, record.args = message_of(record.msg, record.args), ()
    if record.exc_info and record.exc_info[1] is not None:
        told = getattr(record, "error_text", None) or ErrorText.of(record.exc_info[1])
        record.exc_text = told.traceback.removesuffix("\n")
    if record.stack_info is not None:
        record.stack_info = cut(record.stack_info, MAX_TRACEBACK)


def message_of(message: object, args: Any) -> str:
    """Return the message of a log record, whatever its arguments are and do."""
    if not args:
        is_plain = type(message) is str and len(message) <= _SURELY_SHORT
        return message if is_plain else _text_of(message)  # type: ignore[return-value]
    if type(message) is str and type(args) is tuple and len(message) <= _SURELY_SHORT:
        for each in args:
            if type(each) is not str or len(each) > _SURELY_SHORT:
                break
        else:
            with suppress(TypeError, ValueError):  # what does not fit is told below
                return message % args
    pattern = _text_of(message)
    try:
        if len(args) == 1 and type(args[0]) is dict and "%(" in pattern:
            named = {key: _argument(value) for key, value in args[0].items()}
            return cut(pattern % named, MAX_MESSAGE)
        return cut(pattern % tuple(map(_argument, args)), MAX_MESSAGE)
    except BaseException as error:
        if is_interruption(error):
            raise
        return cut(f"{pattern} (its arguments do not fit: {repr_of(args, 500)})", MAX_MESSAGE)


def _argument(value: object) -> object:
    """Return an argument that costs nothing to put into a message."""
    kind = type(value)
    if kind is str:
        return value if len(value) <= MAX_MESSAGE else cut(value, MAX_MESSAGE)  # type: ignore[arg-type]
    if kind in _PLAIN and (kind is not int or int.bit_length(value) <= _LARGEST_INT):  # type: ignore[arg-type]
        return value
    return _Argument(value)


def _text_of(value: object, make: Callable[[object, int], str] = text_of) -> str:
    """Return a value as text; an exception without the addresses that it has in its message."""
    text = make(value, MAX_MESSAGE)
    return masked(text) if issubclass(type(value), BaseException) else text


class _Argument:
    """An argument that becomes text within limits, however a message wants to have it."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __str__(self) -> str:
        return _text_of(self._value)

    def __repr__(self) -> str:
        return _text_of(self._value, repr_of)

    def __int__(self) -> int:
        return int(self._value)  # type: ignore[call-overload, no-any-return]

    def __float__(self) -> float:
        return float(self._value)  # type: ignore[arg-type]


def report_error(logger: logging.Logger, message: str, *args: object) -> None:
    """Log the exception that is being handled, at a boundary; never raises: standard error is the last resort."""
    try:
        logger.error(message, *args, exc_info=sys.exc_info())
    except BaseException as error:  # noqa: BLE001 - as it says
        last_words(f"{message_of(message, args)} (and the log failed: {summary(error)})")
