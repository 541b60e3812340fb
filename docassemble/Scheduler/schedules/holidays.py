# do not pre-load
"""The holidays of countries and their parts, from the package `holidays`.

The package is optional and only imported when a job names a place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from importlib import import_module
from typing import Any

from ..core.errors import ScheduleError, closest
from ..core.texts.excerpt import excerpt
from .closed_days import HolidayCalendar

PIP_NAME = "holidays>=0.96,<1"
LIKE = "Write the code of a country, and maybe of a part of it: `US`, `US-MA`, `DE-BE`."
#: countries whose names have an article in a sentence
_THE = {"United States", "United Kingdom", "United Arab Emirates", "Netherlands", "Philippines", "Bahamas"}


class HolidaysMissing(ScheduleError):
    """The package `holidays` is not installed."""


@lru_cache(maxsize=256)
def calendar_of(code: str) -> HolidayCalendar:
    """Return the holidays of a country, such as `DE`, or a part of it, such as `US-MA`.

    Raises ScheduleError for a place that is not known, HolidaysMissing without the package.
    """
    package = _package()
    country, _, rest = code.strip().upper().partition("-")
    names = _countries(package)
    if country not in names:
        raise ScheduleError(f"`{excerpt(code)}` is not a country.", hint=_country_hint(country, names))
    kind = getattr(package, names[country])
    if not rest:
        return HolidayCalendar(country, _country_name(names[country]), _dates(package, country, None))
    parts = {part.upper(): part for part in kind.subdivisions}
    if rest not in parts:
        raise ScheduleError(f"{country} has no part `{excerpt(rest)}`.", hint=_part_hint(kind, country, rest))
    part = parts[rest]
    return HolidayCalendar(
        f"{country}-{part}", _part_name(kind, country, part), _dates(package, country, part)
    )


def _package() -> Any:
    try:
        return import_module("holidays")
    except ImportError as error:
        raise HolidaysMissing(
            "The Python package `holidays` is not installed.",
            hint=f"Install the Python package `{PIP_NAME}`.",
        ) from error


def _countries(package: Any) -> dict[str, str]:
    """Return the names of the package's classes by the codes of two letters; nothing of them is loaded."""
    return {code: name for name, code, *_ in package.registry.COUNTRIES.values()}


def _dates(package: Any, country: str, part: str | None) -> Callable[[int], frozenset[date]]:
    def dates(year: int) -> frozenset[date]:
        return frozenset(package.country_holidays(country, subdiv=part, years=year, expand=False))

    return dates


def _country_name(name: str) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return f"the {words}" if words in _THE else words


def _part_name(kind: Any, country: str, part: str) -> str:
    return next((name for name, code in _part_names(kind).items() if code == part), f"{country}-{part}")


def _part_names(kind: Any) -> Mapping[str, str]:
    """Return the codes of parts by their names."""
    names: Mapping[str, str] = getattr(kind, "subdivisions_aliases", {})
    return names


def _country_hint(country: str, names: Mapping[str, str]) -> str:
    """Guess what was meant: a name in place of the code, or a typing error."""
    by_name = {name.lower(): code for code, name in names.items()}
    close = closest(country.replace(" ", "").lower(), by_name, 0.8)
    return f"Did you mean `{by_name[close]}`?" if close else LIKE


def _part_hint(kind: Any, country: str, rest: str) -> str:
    """Guess what was meant: a name in place of the code, or a typing error."""
    if not kind.subdivisions:
        return f"Write `{country}`."
    known = {each.lower(): each for each in kind.subdivisions}
    known |= {name.lower(): code for name, code in _part_names(kind).items()}
    close = closest(rest.lower(), known)
    listed = ", ".join(f"`{country}-{each}`" for each in kind.subdivisions)
    return (
        f"Did you mean `{country}-{known[close]}`? There are {listed}." if close else f"There are {listed}."
    )
