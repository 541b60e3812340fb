# do not pre-load
"""Names and values as people write them, as YAML 1.1 reads them, and as hints show them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from keyword import iskeyword

from ...core.errors import closest
from ...core.texts.excerpt import excerpt, is_huge

_SEPARATORS = re.compile(r"[\s_-]+")


def normalised(key: str) -> str:
    """Return the one spelling of a key: lower case, words separated by one space."""
    return _SEPARATORS.sub(" ", key).strip().lower()


def is_dotted(name: str) -> bool:
    """Tell whether a name can be that of something in a module: identifiers with at least one dot."""
    parts = name.split(".")
    return len(parts) > 1 and all(part.isidentifier() and not iskeyword(part) for part in parts)


def did_you_mean(word: str, words: Iterable[str], *, cutoff: float = 0.7) -> str:
    """Return the hint ``Did you mean `minutes`?``, or an empty text when no word is near."""
    known = {each.lower(): each for each in reversed([*words])}
    close = closest(word.lower(), known, cutoff)
    return f"Did you mean `{known[close]}`?" if close else ""


#: keys of APScheduler and others that are called otherwise here
_ELSEWHERE = {
    "coalesce": "Write `missed`: `once`, as here by default, is `coalesce: true`; `all` is `coalesce: false`.",
    "max instances": "Write `overlap`: `skip`, as here by default, or `allow` for any number of runs at once.",
}


def meant(key: str, keys: Iterable[str]) -> str:
    """Return a hint for a key that is not known: what another scheduler calls so, or a key that is near."""
    return _ELSEWHERE.get(key) or did_you_mean(key, keys, cutoff=0.65)  # `retry`: `retries`


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


def kind_of(value: object) -> str:
    """Name what YAML has made of a value: `a list`, `a text`."""
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true or false"),
        ((int, float), "a number"),
        (str, "a text"),
        (Mapping, "a mapping"),
        ((list, tuple, set), "a list"),
        (date, "a date"),
    )
    other = "blank" if value is None else "not a text"
    return next((name for kind, name in kinds if isinstance(value, kind)), other)


def shown(value: object) -> str:
    """Show a value in a sentence: scalars as in YAML, the rest by its kind, as it may hold secrets."""
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, str) or (isinstance(value, int | float | date) and not is_huge(value)):
        return f"`{excerpt(value) or '(empty)'}`"
    return f"This {kind_of(value).removeprefix('a ')}" if isinstance(value, Mapping | list) else "This value"


def text_of(key: object) -> str:
    """Return the text of a key, which YAML lets be anything: `true`'s is `True`, as in 0.2.x."""
    return key if isinstance(key, str) else excerpt(key)
