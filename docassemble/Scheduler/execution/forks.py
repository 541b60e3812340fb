# do not pre-load
"""Processes that a job forks: they are the job's. Nothing of ours goes on in them.

uWSGI and Celery fork processes of ours too, but from one that has not called `disown_children`.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from ..core.texts.error_text import summary
from ..core.texts.text import last_words

#: signals that end a process; uWSGI, Celery and our command line have handlers for them
_SIGNALS: Final = (
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGUSR1,
    signal.SIGUSR2,
)


def disown_children(logger: logging.Logger, let_go: Callable[[], object] = lambda: None) -> None:
    """Make each process that Python forks from this one a stranger: `let_go` is called in it first.

    Signals end it, and what it logs goes to standard error. Its threads, connections and files of ours are
    left alone, not closed: they belong to the parent.
    """
    here = threading.local()

    def before() -> None:
        # a signal that arrives before the child has its own handlers would run those of uWSGI in it
        here.mask = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)

    def in_parent() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, here.mask)

    def in_child() -> None:
        try:
            for number in _SIGNALS:  # whatever `getsignal` says: it does not know of uWSGI's
                signal.signal(number, signal.SIG_DFL)
            logger.handlers[:] = [_standard_error()]
            let_go()
        finally:
            in_parent()

    os.register_at_fork(before=before, after_in_parent=in_parent, after_in_child=in_child)


@contextmanager
def children_end_here() -> Iterator[None]:
    """End a process that was forked inside of this block, at the end of the block.

    Its exit status is that of a Python program: 0, what was given to `sys.exit`, or 1.
    """
    home, status = os.getpid(), 1
    try:
        yield
        status = 0
    except BaseException as error:
        if os.getpid() == home:
            raise
        status = _status(error)
    finally:
        if os.getpid() != home:
            os._exit(status)


def _status(error: BaseException) -> int:
    """Return the exit status of a program that raised this; say what it was if it was no number."""
    code = error.code if type(error) is SystemExit else error
    if code is None or type(code) is int:
        return (code or 0) & 0xFF
    last_words(f"a process that a job forked ended: {summary(error)}")
    return 1


def _standard_error() -> logging.Handler:
    handler = logging.StreamHandler()
    handler.setFormatter(
        logging.Formatter("docassemble.Scheduler: %(levelname)s in a forked process: %(message)s")
    )
    return handler
