# do not pre-load
"""Jobs that note what `noting.note` does, and misbehave in between: all of it must stay a matter of their own."""

import logging
import multiprocessing
import os
import threading
import time

from site_jobs.hostile import AwayHandler
from site_jobs.noting import write

#: how long what is left behind goes on (seconds): a server that starts again needs the sockets that it inherits
BRIEFLY = 0.5


def fork() -> None:
    """Return in a child as well."""
    write("begin")
    child = os.fork()
    if not child:
        return
    os.waitpid(child, 0)
    write("end")


def terminate() -> None:
    """Terminate a child at once."""
    write("begin")
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(BRIEFLY,))
    child.start()
    child.terminate()
    child.join()
    write("end")


def spoil_logging() -> None:
    """Give loggers a handler that raises, and switch off what can be switched off."""
    write("begin")
    for name in (None, "docassemble.Scheduler"):
        logging.getLogger(name).handlers[:] = [AwayHandler()]
    logging.disable(logging.CRITICAL)
    write("end")


def leave_thread() -> None:
    """Leave a thread behind that Python waits for at its end."""
    write("begin")
    threading.Thread(target=time.sleep, args=(BRIEFLY,), daemon=False).start()
    write("end")
