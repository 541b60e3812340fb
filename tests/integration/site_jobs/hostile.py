# do not pre-load
"""Jobs that do what none should: to logging, to their thread, with what they return and raise."""

import asyncio
import contextvars
import decimal
import logging.config
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import requests

#: whoever names their logger so is answered by the log of the scheduler
LOGGER = "docassemble.Scheduler"
COLOUR = contextvars.ContextVar("COLOUR", default="unset")


class AwayHandler(logging.Handler):
    """Raises for every record."""

    def emit(self, _record: logging.LogRecord) -> None:
        raise ConnectionError("the log service does not answer")


def handle_badly() -> None:
    """Give the loggers a handler that raises."""
    for name in (LOGGER, None):
        logging.getLogger(name).addHandler(AwayHandler())


def silence() -> None:
    """Switch off all logging that can be reached."""
    logging.disable(logging.CRITICAL)
    logging.getLogger(LOGGER).setLevel(logging.CRITICAL)
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": True})


def leave_context() -> None:
    """Leave a context variable, a decimal context and a closed event loop behind."""
    COLOUR.set("left by another job")
    decimal.getcontext().prec = 3
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.close()


def find_context() -> list[str]:
    """Return what is found of that."""
    return [COLOUR.get(), str(decimal.Decimal(1) / 3)]


def generator() -> Iterator[str]:
    """Do nothing: nobody asks for what it yields."""
    yield "nothing of this runs"


async def async_generator() -> AsyncIterator[str]:
    """Do the same, asynchronously."""
    yield "nothing of this runs"


def failed_future() -> "Future[float]":
    """Return work that has failed."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: 1 / 0)


def result() -> dict[str, int]:
    """Return more items than Python's own short forms show."""
    return {"sent": 1, "failed": 2, "skipped": 3, "bounced": 4, "total": 10, "left": 11}


class _Nameless(type):
    def __getattribute__(cls, name: str) -> object:
        if name in {"__name__", "__qualname__", "__module__"}:
            raise RuntimeError("no name")
        return super().__getattribute__(name)


class Unnamed(Exception, metaclass=_Nameless):
    """An exception that cannot be asked what it is."""


def unnamed_error() -> None:
    """Raise it."""
    raise Unnamed("x")


def webhook(url: str) -> None:
    """Fail with an address in the error, in what caused it, and in the line of source."""
    try:
        requests.post(url, json={}, timeout=5)
    except requests.RequestException as error:
        raise RuntimeError(f"{url} was not told") from error  # https://example.com/services/T0k3n


def huge_message() -> None:
    """Fail with fifty megabytes to say."""
    raise ValueError("M" * 50_000_000)
