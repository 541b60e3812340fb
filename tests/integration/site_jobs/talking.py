# do not pre-load
"""Jobs that print and use `logging`, two at the same time."""

# ruff: noqa: T201 - what jobs do
import logging
import sys
import threading

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
