# do not pre-load
"""Jobs that print and use `logging`, two at the same time; and requests that do.

Requests do if docassemble's directive `preloaded modules` names this module.
"""

# ruff: noqa: T201 - what jobs do
import logging
import sys
import threading

from flask import has_app_context, request

from docassemble.Scheduler import log

LOGGER = logging.getLogger("docassemble.Talking")
#: two runs go on together
TOGETHER = threading.Barrier(2, timeout=60)


def talk(name: str) -> None:
    """Say something in each way, while another run of this function does so too."""
    TOGETHER.wait()
    print(name, "prints")
    TOGETHER.wait()
    print(name, "complains", file=sys.stderr)
    LOGGER.info("%s informs", name)
    TOGETHER.wait()
    LOGGER.warning("%s warns", name)
    log(f"{name} logs")
    TOGETHER.wait()
    print(name, "goes", end="")


def talk_alone() -> None:
    """Print, and use a logger that belongs to nobody in particular."""
    print("alone it prints")
    print("alone it complains", file=sys.stderr)
    logging.getLogger("talking").warning("alone it warns")


def answer() -> None:
    """Print and log in a request."""
    print(f"request of {request.path}", flush=True)
    LOGGER.warning("warned of %s", request.path)


def _listen() -> None:
    from flask import current_app

    if has_app_context() and not current_app.got_first_request:
        current_app.before_request_funcs.setdefault(None, []).append(answer)


_listen()
