"""How docassemble answers visitors who come one after the other, as `wrk` sees it."""

import re
import subprocess
import urllib.request
from collections.abc import Mapping, Sequence
from statistics import median

from devserver.errors import DevServerError

Figures = Mapping[str, float]

#: a page of docassemble that everybody sees, and that needs the database
PAGE = "/user/sign-in"
#: as many visitors at once as docassemble's uWSGI has threads
VISITORS = 6
#: About every 15 seconds of this, Python's garbage collector holds up all of docassemble for 0.3 to 0.5 seconds. A
#: part of so many seconds has that or has it not, and most have it not.
PART = 3.0


def look_at(url: str, times: int) -> None:
    """Open docassemble's default interview so many times, one after the other, each time as somebody new."""
    for _ in range(times):
        with urllib.request.urlopen(f"{url}/", timeout=30) as answer:  # noqa: S310 - of a docassemble of ours
            answer.read()


def visit(url: str | None, seconds: float) -> Figures:
    """Visit the page all the time."""
    return summed_up([_visit(url, PART) for _ in range(max(1, round(seconds / PART)))])


def summed_up(parts: Sequence[Figures]) -> Figures:
    """Return the medians of all parts, and the slowest answer of all."""
    usual = {name: median(part[name] for part in parts) for name in parts[0]}
    return usual | {"max ms": max(part["max ms"] for part in parts)}


def _visit(url: str | None, seconds: float) -> Figures:
    command = [
        "wrk",
        "--latency",
        "-t1",
        f"-c{VISITORS}",
        f"-d{seconds:g}s",
        "--timeout",
        "30s",
        f"{url}{PAGE}",
    ]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise DevServerError(f"docassemble did not answer well:\n{output}")
    return visited(output)


def visited(output: str) -> Figures:
    """Return what `wrk` has printed as figures."""
    return {
        "p50 ms": _milliseconds(r"50%", output),
        "p99 ms": _milliseconds(r"99%", output),
        "max ms": _milliseconds(r"Latency(?:\s+[\d.]+\w+){2}", output),
        "requests per s": float(re.findall(r"Requests/sec:\s+([\d.]+)", output)[0]),
    }


_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 60e3}


def _milliseconds(before: str, output: str) -> float:
    value, unit = re.findall(rf"{before}\s+([\d.]+)(us|ms|s|m)", output)[0]
    return float(value) * _UNITS[unit]
