# do not pre-load
"""Jobs that fork, and jobs that leave threads and processes behind."""

import ctypes
import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from docassemble.Scheduler import jobs
from docassemble.Scheduler.scheduler_logger import log

#: longer than any test (seconds)
FOR_LONG = 600
#: a pool that outlives the run that made it
POOL = ThreadPoolExecutor(1, "kept")


def terminate_child() -> str:
    """Return how a child ended that was terminated at once."""
    begin = time.monotonic()
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(FOR_LONG,))
    child.start()
    child.terminate()
    child.join()
    return json.dumps({"seconds": time.monotonic() - begin, "exit code": child.exitcode})


def kill_child() -> str:
    """Do the same without `multiprocessing`, which Celery's processes may not use."""
    begin = time.monotonic()
    child = os.fork()
    if not child:
        time.sleep(FOR_LONG)
    os.kill(child, signal.SIGTERM)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return json.dumps({"seconds": time.monotonic() - begin, "exit code": code})


def forked(then: Callable[[], object]) -> str | None:
    """Do something in a child; the parent returns how it ended."""
    child = os.fork()
    if not child:
        log("the child was here")
        print("the child prints", flush=True)  # noqa: T201 - what jobs do
        then()
        return "the child"
    _, status = os.waitpid(child, 0)
    return f"the parent, exit code {os.waitstatus_to_exitcode(status)}"


def fork_and_return() -> str | None:
    """Return in the child as well."""
    return forked(lambda: None)


def fork_and_exit() -> str | None:
    """Call sys.exit() in the child."""
    return forked(lambda: sys.exit(3))


def fork_and_raise() -> str | None:
    """Raise in the child."""
    return forked(lambda: 1 / 0)


async def fork_in_coroutine() -> str | None:
    """Return in the child of a coroutine."""
    return forked(lambda: None)


def end_in_c() -> str | None:
    """Call C's exit() in the child, which calls what uWSGI does at the end of a process."""
    return forked(lambda: ctypes.CDLL(None).exit(5))


def fork_in_thread() -> str:
    """Fork in a thread of the job, which ends in the child."""
    found: list[str | None] = []
    thread = threading.Thread(target=lambda: found.append(forked(lambda: None)))
    thread.start()
    thread.join()
    return str(found)


def ask_in_child() -> str | None:
    """Ask the database in the child, through our functions, more often than there are connections."""
    return forked(lambda: sys.exit(0 if all(jobs() for _ in range(10)) else 4))


def daemonise() -> str:
    """Leave a grandchild behind, which goes on; return its number."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        if grandchild := os.fork():
            os.write(writing, str(grandchild).encode())
            os._exit(0)
        time.sleep(FOR_LONG)
        return "the grandchild"
    os.waitpid(child, 0)
    return os.read(reading, 100).decode()


def leave_behind() -> str:
    """Leave threads of several kinds and a process behind; return the number of the process."""
    threading.Thread(target=time.sleep, args=(FOR_LONG,), name="left behind", daemon=False).start()
    POOL.submit(time.sleep, FOR_LONG)
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(FOR_LONG,), name="a child")
    child.start()
    return str(child.pid)
