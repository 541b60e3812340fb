"""How long the restarts of docassemble take."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from devserver.server import DevServer
from tests.integration.measuring import FIGURES


@dataclass(frozen=True, kw_only=True)
class Restart:
    """How long the parts of a restart took (seconds)."""

    whole: float
    #: until the old process was gone
    ending: int
    #: docassemble's own start
    starting: int


def timed(site: DevServer, restart: Callable[[], None]) -> Restart:
    """Measure a restart, until the site answers again."""
    began, before = time.monotonic(), len(uwsgi_says(site))
    restart()
    whole, said = time.monotonic() - began, uwsgi_says(site)[before:]
    ending, starting = (
        int(found[1])
        for found in (
            re.search(r"buried after (\d+) seconds", said),
            re.search(r"ready in (\d+) seconds", said),
        )
        if found
    )
    restart_took = Restart(whole=whole, ending=ending, starting=starting)
    FIGURES.info("answers again: %s", restart_took)
    return restart_took


def uwsgi_says(site: DevServer) -> str:
    return site.uwsgi_log.read_text(encoding="utf-8", errors="replace")
