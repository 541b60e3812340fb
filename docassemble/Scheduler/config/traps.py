# do not pre-load
"""What YAML 1.1 does to values without quotes: guessed from a value, or known from the file."""

from __future__ import annotations

from datetime import date

from ..core.excerpt import excerpt
from .facts import Surprise


def hint_for(value: object) -> str:
    """Return the hint for a value that YAML has probably mangled where a text was wanted; else empty."""
    if isinstance(value, bool):
        return "`on`, `off`, `yes` and `no` without quotes are true or false in YAML 1.1: quote it."
    if isinstance(value, date):
        return "A date without quotes is no text in YAML 1.1: quote it."
    if isinstance(value, int):
        return clock_hint(value, least=60)
    if isinstance(value, float):
        return "`1.10` without quotes is the number 1.1 in YAML 1.1: quote it."
    return ""


def clock_hint(value: object, *, least: int = 100) -> str:
    """Return the hint for a number that was probably written as a time of day; else empty.

    `least` is the smallest number that is no plausible typo.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value < 86400:
        return ""
    minutes, seconds = divmod(value, 60)
    hours, rest = divmod(minutes, 60)
    written = f"{minutes}:{seconds:02}" if value < 1440 else f"{hours}:{rest:02}:{seconds:02}"
    return f"`{written}` without quotes is {value} in YAML 1.1: quote it."


def hint_of(surprise: Surprise) -> str:
    """Return the hint for what the file shows to be mangled."""
    value = str(surprise.value).lower() if isinstance(surprise.value, bool) else excerpt(surprise.value)
    return f"`{excerpt(surprise.written)}` without quotes is {value} in YAML 1.1: quote it."
