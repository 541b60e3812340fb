# do not pre-load
"""Log handlers of the site: each gets the records in a thread of its own, and nobody waits for it."""

from __future__ import annotations

import logging
import sys
import threading
import weakref
from collections.abc import Callable, Mapping
from contextvars import Context, ContextVar
from queue import SimpleQueue
from typing import Final

from ..core.clock import Clock
from ..core.errors import SchedulerError
from ..core.texts.error_text import summary
from ..core.texts.text import class_name, cut

#: so many records wait for a handler
MAX_WAITING: Final = 1_000
#: so much of a traceback waits (characters); a message has a limit anyway
MAX_TRACEBACK: Final = 10_000
#: a handler that has lost nothing for so long works again (seconds)
CALM: Final = 60.0
#: what every record has, for patterns such as `%(job)s`
ATTRIBUTES: Final = ("job", "run", "due", "event", "duration")
_PLAIN: Final = {str, int, float, bool, type(None)}
#: whether the present code is of a handler, or tells of one: no handler hears of that, or they would go on for ever
_is_forwarding: ContextVar[bool] = ContextVar("docassemble_scheduler_forwarding", default=False)


class LogHandlers:
    """The handlers that the setting `log handlers` names, in one process."""

    def __init__(
        self,
        finders: Mapping[str, Callable[[], Callable[[], object]]],
        formatter: logging.Formatter,
        *,
        logger: logging.Logger,
        clock: Clock,
    ) -> None:
        """`finders` find what makes the handlers, by the names to show; `formatter` is for those that have none."""
        self._logger = logger
        self._forwarders = [
            Forwarder(name, find, formatter, logger=logger, clock=clock) for name, find in finders.items()
        ]

    def open(self) -> None:
        """Let them have what is logged from now on; to be called once in a process, after its fork."""
        for each in self._forwarders:
            each.start()
            self._logger.addHandler(each)

    def close(self, timeout: float) -> None:
        """Let them end what they have begun, for so many seconds in all."""
        for each in self._forwarders:
            each.end()
        for each in self._forwarders:
            each.wait(timeout / len(self._forwarders))


class Forwarder(logging.Handler):
    """Hands records on to a handler of the site, which may fail, hang or log; never raises, never waits.

    What is handed on is text: a record without arguments and exceptions, with `job`, `run`, `due`, `event` and
    `duration`. Losses are told when they begin and, counted, when the handler works again.
    """

    def __init__(
        self,
        name: str,
        find: Callable[[], Callable[[], object]],
        formatter: logging.Formatter,
        *,
        logger: logging.Logger,
        clock: Clock,
    ) -> None:
        super().__init__()
        self._shown = name
        self._find = find
        self._default_formatter = formatter
        self._logger = logger
        self._clock = clock
        #: None ends it. Its methods cannot be interrupted by the exceptions that stop a run
        self._records: SimpleQueue[logging.LogRecord | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._forward, name=f"scheduler-log-{name}", daemon=True)
        self._is_open = True
        self._counting = threading.Lock()
        self._lost = 0
        self._lost_last = 0.0

    def start(self) -> None:
        """Start the thread; never raises."""
        try:
            self._thread.start()
        except RuntimeError as error:  # the system has no more threads
            self._give_up(error)

    def handle(self, record: logging.LogRecord) -> bool:
        """Have a record handed on, without the lock that handlers have: no thread waits for another one."""
        if not self._is_open or _is_forwarding.get():
            return False
        if self._records.qsize() < MAX_WAITING:
            self._records.put(harmless(record))
        else:
            self._lose(f"does not keep up: {MAX_WAITING} records wait for it")
        return True

    def end(self) -> None:
        """Take no more records, and have the handler closed when it has got those that wait."""
        self._is_open = False
        self._records.put(None)

    def wait(self, timeout: float) -> None:
        """Wait for the end; tell how many records were lost, if any."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        if lost := self._lost + max(self._records.qsize() - 1, 0):
            self._tell(logging.WARNING, f"lost {lost} records until the end of this process")

    def _forward(self) -> None:
        """Make the handler and hand on what comes; the thread's function."""
        _is_forwarding.set(True)
        try:
            handler = self._made()
        except BaseException as error:  # noqa: BLE001 - the boundary of the site's code
            self._give_up(error)
            return
        while (record := self._records.get()) is not None:
            self._attempt(_hand_over, record, handler)
        self._attempt(handler.flush)
        self._attempt(handler.close)

    def _made(self) -> logging.Handler:
        handler = self._find()()
        if not isinstance(handler, logging.Handler):
            raise TypeError(f"it returned a {class_name(type(handler))}, not a logging.Handler")
        if handler.formatter is None:
            handler.setFormatter(self._default_formatter)
        if type(handler).handleError is logging.Handler.handleError:  # which prints each failure
            handler.handleError = self._failed  # type: ignore[assignment, method-assign]
        # Otherwise logging.shutdown(), which dictConfig() calls as well, would wait for one that hangs, and close it.
        logging._removeHandlerRef(weakref.ref(handler))  # type: ignore[attr-defined]
        return handler

    def _attempt(self, work: Callable[..., object], *args: object) -> None:
        try:
            work(*args)
        except BaseException:  # noqa: BLE001 - the boundary of the site's code: the thread goes on
            self._failed()
        else:
            self._recover()

    def _failed(self, _record: logging.LogRecord | None = None) -> None:
        """Count what the handler could not do; in the place of its `handleError`."""
        error = sys.exc_info()[1]
        self._lose("failed" if error is None else f"failed: {summary(error)}")

    def _lose(self, why: str) -> None:
        with self._counting:
            self._lost += 1
            self._lost_last = self._clock.monotonic()
            is_first = self._lost == 1
        if is_first:
            self._tell(logging.WARNING, f"{why}; records are being lost")

    def _recover(self) -> None:
        if not self._lost or self._clock.monotonic() - self._lost_last < CALM:
            return
        with self._counting:
            lost, self._lost = self._lost, 0
        self._tell(logging.WARNING, f"works again; records lost: {lost}")

    def _give_up(self, error: BaseException) -> None:
        self._is_open = False
        self._records = SimpleQueue()
        hint = f" ({error.hint})" if isinstance(error, SchedulerError) and error.hint else ""
        self._tell(logging.ERROR, f"cannot be used: {summary(error)}{hint}")

    def _tell(self, level: int, what: str) -> None:
        Context().run(self._write, level, what)

    def _write(self, level: int, what: str) -> None:
        """Write to the log, in a context of its own: it is about no run, and for no handler of the site."""
        _is_forwarding.set(True)
        self._logger.log(level, "The log handler `%s` %s", self._shown, what)


def _hand_over(record: logging.LogRecord, handler: logging.Handler) -> None:
    if record.levelno >= handler.level:
        handler.handle(record)


def harmless(record: logging.LogRecord) -> logging.LogRecord:
    """Return a record of texts and numbers, which holds nothing of the run that wrote it."""
    copy = logging.LogRecord.__new__(logging.LogRecord)
    plain = {name: value for name, value in record.__dict__.items() if type(value) in _PLAIN}
    copy.__dict__.update({**dict.fromkeys(ATTRIBUTES), **plain, "args": (), "exc_info": None})
    if copy.exc_text:
        copy.exc_text = cut(copy.exc_text, MAX_TRACEBACK)
    return copy
